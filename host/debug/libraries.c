/* SPDX-License-Identifier: ISC */
/*
 * What is mapped, for gdb: it knows one program, the others and what they use are libraries to it ("Debugging with GDB",
 * E.14). So symbols and breakpoints of a program that is started later come by themselves.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"

#define HEADERS 4096u

static uint64_t main_start; /* 0: gdb has no program of its own */
static char main_name[256];

void libraries_quote(struct str *out, const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~') /* what is not ASCII may be cut in the middle */
			str_add(out, "?");
		else if (strchr("<>&\"", *c))
			str_addf(out, "&#%d;", *c);
		else
			str_add_n(out, c, 1);
}

static void find_main(void *ctx, const struct guest_thread *t, uint64_t start, const char *name)
{
	const struct guest_thread *wanted = ctx;

	if (t->as == wanted->as && start && !main_start && !strcmp(name, main_name))
		main_start = start;
}

void libraries_main(const struct guest_thread *t)
{
	main_start = 0;
	kernel_exe(t, main_name, sizeof main_name);
	if (*main_name)
		kernel_mapped(find_main, (void *)(uintptr_t)t);
}

/* What an ELF file's headers in memory say: by how much it is moved, and where its dynamic section is (0: none). */
static bool look_at(const struct guest_thread *t, uint64_t start, uint64_t *moved, uint64_t *dynamic)
{
	uint8_t page[HEADERS];
	Elf64_Ehdr e;
	bool loads = false;

	if (kernel_read(t, start, page, sizeof page) < sizeof page)
		return false;
	memcpy(&e, page, sizeof e);
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_phentsize != sizeof(Elf64_Phdr) || e.e_phoff > sizeof page ||
	    (sizeof page - e.e_phoff) / sizeof(Elf64_Phdr) < e.e_phnum)
		return false;
	*moved = *dynamic = 0;
	for (unsigned i = 0; i < e.e_phnum; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, page + e.e_phoff + i * sizeof ph, sizeof ph);
		if (ph.p_type == PT_LOAD && !loads) {
			*moved = start - (ph.p_vaddr & ~(uint64_t)4095);
			loads = true;
		}
		if (ph.p_type == PT_DYNAMIC)
			*dynamic = ph.p_vaddr;
	}
	*dynamic += *dynamic ? *moved : 0;
	return loads;
}

struct described {
	struct str *out;
	uint64_t *start;
	size_t count;
};

/* After a fork two processes have the same at the same place. */
static bool known(struct described *d, uint64_t start)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->start[i] == start)
			return true;
	d->start = xrealloc(d->start, (d->count + 1) * sizeof *d->start);
	d->start[d->count++] = start;
	return false;
}

static void describe(void *ctx, const struct guest_thread *t, uint64_t start, const char *name)
{
	struct described *d = ctx;
	uint64_t moved, dynamic;

	if (!start || *name != '/' || strstr(name, "/..") || (start == main_start && !strcmp(name, main_name)) ||
	    !look_at(t, start, &moved, &dynamic) || known(d, start))
		return;
	str_add(d->out, "<library name=\"");
	libraries_quote(d->out, name);
	str_addf(d->out, "\" lm=\"%#llx\" l_addr=\"%#llx\" l_ld=\"%#llx\" lmid=\"0\"/>", (unsigned long long)start,
		 (unsigned long long)moved, (unsigned long long)dynamic);
}

void libraries_describe(struct str *out)
{
	struct described d = {.out = out};

	str_add(out, "<library-list-svr4 version=\"1.0\">");
	kernel_mapped(describe, &d);
	str_add(out, "</library-list-svr4>");
	free(d.start);
}

static void list(void *ctx, const struct guest_thread *t, uint64_t start, const char *name)
{
	if (start)
		str_addf(ctx, "  %#llx %s\n", (unsigned long long)start, name);
	else
		str_addf(ctx, "process %d %s\n", t->pid, name);
}

void libraries_list(struct str *out)
{
	kernel_mapped(list, out);
}
