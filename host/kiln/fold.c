/* SPDX-License-Identifier: ISC */
/*
 * Samples hold registers and stacks as they were. Here they become names: the program's frames with the program's or its
 * libraries' files out of the image, the kernel's with the symbols that bake kept. What a guest wrote is checked
 * like any input; a wrong sample gives wrong names, nothing worse.
 */
#include "fold.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/mman.h>

#include "guest_file.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "trace.h"
#include "unwind.h"

#define DEPTH       200u
#define MAPS_MAX    65536u /* then the older half is forgotten */
#define OBJECTS_MAX 4096u /* the others have no names */

struct map {
	uint32_t pid;
	uint64_t start, end, offset;
	struct unwind_object *object;
};

struct stack {
	char *text;
	unsigned long count;
};

struct folder {
	const struct image_file *image;
	struct unwind_object **object; /* by name; elf NULL: cannot be read */
	size_t objects;
	struct unwind_object kernel;
	struct file_map kernel_map;
	uint64_t kernel_base;
	struct map *map;
	size_t maps;
	uint32_t pid; /* whose maps count */
	void *stacks; /* tsearch */
	unsigned long samples;
};

static struct unwind_object *object_of(struct folder *f, const char *name)
{
	struct unwind_object *o;
	const void *data;
	uint64_t size = 0;

	for (size_t i = 0; i < f->objects; i++)
		if (!strcmp(f->object[i]->name, name))
			return f->object[i];
	if (f->objects == OBJECTS_MAX)
		name = "";
	if (f->objects > OBJECTS_MAX)
		return f->object[OBJECTS_MAX];
	o = xcalloc(1, sizeof *o);
	data = guest_file(f->image, &f->kernel_map, name, &size);
	if (!data || !unwind_open(o, name, data, size))
		o->name = xstrdup(name);
	f->object = xrealloc(f->object, (f->objects + 1) * sizeof *f->object);
	f->object[f->objects++] = o;
	return o;
}

static void add_map(struct folder *f, const struct trace_map *m)
{
	size_t room = m->record.size - sizeof *m;

	if (m->record.size < sizeof *m || strnlen(m->name, room) == room || m->start >= m->end)
		return;
	if (f->maps == MAPS_MAX) {
		f->maps /= 2;
		memmove(f->map, f->map + f->maps, f->maps * sizeof *f->map);
	}
	f->map = xrealloc(f->map, (f->maps + 1) * sizeof *f->map);
	f->map[f->maps++] = (struct map){m->pid, m->start, m->end, m->offset, object_of(f, m->name)};
}

/* The newest word about an address counts. */
static const struct map *map_at(const struct folder *f, uint64_t address)
{
	for (size_t i = f->maps; i-- > 0;) {
		const struct map *m = &f->map[i];

		if (m->pid == f->pid && address >= m->start && address < m->end)
			return m;
	}
	return NULL;
}

static const struct unwind_object *find_user(void *ctx, uint64_t address, uint64_t *vaddr)
{
	const struct map *m = map_at(ctx, address);

	if (!m || !m->object->elf || !unwind_address(m->object, address - m->start + m->offset, vaddr))
		return NULL;
	return m->object;
}

static const struct unwind_object *find_kernel(void *ctx, uint64_t address, uint64_t *vaddr)
{
	const struct folder *f = ctx;

	if (!f->kernel.elf)
		return NULL;
	*vaddr = address - f->kernel_base;
	return unwind_symbol(&f->kernel, *vaddr) ? &f->kernel : NULL;
}

/* Part of one frame: what separates frames and lines is none of it, and nothing that a terminal obeys. */
static char *one_frame(char *s)
{
	for (char *p = s; *p; p++)
		if (*p == ';' || (unsigned char)*p < ' ' || *p == '\177')
			*p = ':';
	return s;
}

/* A function's name, without what the compiler says of its variant. */
static char *clean(const char *name, const char *suffix)
{
	size_t n = strlen(name);
	const char *dot = strchr(name, '.');

	if (dot && dot > name && strncmp(name, "_Z", 2) != 0)
		n = (size_t)(dot - name);
	return one_frame(xasprintf("%.*s%s", (int)n, name, suffix));
}

static char *name_user(struct folder *f, uint64_t address)
{
	uint64_t vaddr;
	const struct map *m = map_at(f, address);
	const struct unwind_object *o = find_user(f, address, &vaddr);
	const struct unwind_symbol *s = o ? unwind_symbol(o, vaddr) : NULL;

	if (s)
		return clean(s->name, "");
	if (m && *m->object->name)
		return one_frame(xasprintf("[%s]", file_base(m->object->name)));
	return xstrdup("[unknown]");
}

static char *name_kernel(struct folder *f, uint64_t address)
{
	const struct unwind_symbol *s = f->kernel.elf ? unwind_symbol(&f->kernel, address - f->kernel_base) : NULL;

	return s ? clean(s->name, "_[k]") : xstrdup("kernel_[k]");
}

static void to_dwarf(struct unwind_frame *to, const uint64_t *r)
{
	static const unsigned char from[UNWIND_REGS] = {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16};

	for (unsigned i = 0; i < UNWIND_REGS; i++)
		to->reg[i] = r[from[i]];
	to->exact = true;
}

/* Names from the inner end outwards; how many. */
static unsigned walk(struct folder *f, const uint64_t *regs, const uint8_t *stack, size_t bytes, bool kernel,
		     char **names)
{
	struct unwind_space s = {stack, regs[19], bytes, kernel ? find_kernel : find_user, f};
	struct unwind_frame frame;
	unsigned n = 0;

	to_dwarf(&frame, regs);
	do {
		uint64_t ip = frame.reg[UNWIND_IP] - !frame.exact;

		names[n++] = kernel ? name_kernel(f, ip) : name_user(f, ip);
		if (!strcmp(names[n - 1], "[unknown]") && n > 1) {
			free(names[--n]);
			break;
		}
	} while (n < DEPTH && unwind_step(&s, &frame));
	return n;
}

static void add_names(struct str *s, char **names, unsigned n)
{
	while (n-- > 0) {
		str_addf(s, ";%s", names[n]);
		free(names[n]);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct stack *)a)->text, ((const struct stack *)b)->text);
}

static void count(struct folder *f, const char *text)
{
	struct stack *s = xcalloc(1, sizeof *s), **found;

	s->text = xstrdup(text);
	found = tsearch(s, &f->stacks, compare);
	if (!found)
		abort();
	if (*found != s) {
		free(s->text);
		free(s);
	}
	(*found)->count++;
}

static void add_sample(struct folder *f, const struct trace_sample *t)
{
	const uint8_t *stacks = (const uint8_t *)(t + 1);
	size_t room = t->record.size - sizeof *t;
	char *names[DEPTH];
	AUTO_STR struct str s = {0};
	unsigned n;

	if (t->record.size < sizeof *t || t->kernel_bytes > room || t->user_bytes > room - t->kernel_bytes)
		return;
	f->pid = t->pid;
	f->samples++;
	str_addf(&s, "%.*s", (int)sizeof t->comm, *t->comm ? t->comm : "start");
	for (char *p = s.p; *p; p++)
		if (*p == ';' || *p == ' ' || (unsigned char)*p < ' ')
			*p = '_';
	if (t->regs[16]) {
		n = walk(f, t->regs, stacks + t->kernel_bytes, t->user_bytes, false, names);
		add_names(&s, names, n);
	}
	if (t->record.flags & TRACE_IN_KERNEL) {
		n = walk(f, t->kernel_regs, stacks, t->kernel_bytes, true, names);
		add_names(&s, names, n);
	}
	count(f, s.p);
}

static void add(struct folder *f, const struct trace_record *r)
{
	if (r->type == TRACE_SAMPLE)
		add_sample(f, (const struct trace_sample *)(const void *)r);
	else if (r->type == TRACE_MAP)
		add_map(f, (const struct trace_map *)(const void *)r);
	else if (r->type == TRACE_KERNEL && r->size >= sizeof(struct trace_kernel))
		f->kernel_base = ((const struct trace_kernel *)(const void *)r)->base;
}

static FILE *printed;

static void print(const void *node, VISIT which, int depth)
{
	const struct stack *s = *(struct stack *const *)node;

	(void)depth;
	if (which == postorder || which == leaf)
		fprintf(printed, "%s %lu\n", s->text, s->count);
}

static void free_stack(void *p)
{
	struct stack *s = p;

	free(s->text);
	free(s);
}

/* Names of C++ as people write them, where the binutils' c++filt is there; false: it could not. */
static bool demangle(int in, int out)
{
	char *argv[] = {(char *)"c++filt", (char *)"-p", NULL};
	struct process_files files = {.in = in, .out = out, .err = -1};
	struct error err;
	int status;
	pid_t pid;

	if (lseek(in, 0, SEEK_SET) < 0)
		return false;
	pid = process_start(argv, &files, &err);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int write_folded(struct folder *f, const char *output, struct error *err)
{
	AUTO_FCLOSE FILE *text = tmpfile(), *names = tmpfile();
	AUTO_CLOSE int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct stat st;
	int from;

	if (!text || !names || out < 0)
		return error_errno(err, "%s", output);
	printed = text;
	twalk(f->stacks, print);
	if (fflush(text) != 0)
		return error_errno(err, "%s", output);
	from = demangle(fileno(text), fileno(names)) ? fileno(names) : fileno(text);
	if (fstat(from, &st) < 0 || file_copy(out, from, 0, (uint64_t)st.st_size) < 0)
		return error_errno(err, "%s", output);
	return 0;
}

static void folder_free(struct folder *f)
{
	for (size_t i = 0; i < f->objects; i++) {
		if (f->object[i]->elf)
			unwind_close(f->object[i]);
		else
			free(f->object[i]->name);
		free(f->object[i]);
	}
	free(f->object);
	free(f->map);
	unwind_close(&f->kernel);
	file_unmap(&f->kernel_map);
	tdestroy(f->stacks, free_stack);
}

int fold(int raw, const struct image_file *image, const char *symbols, const char *output, unsigned long *samples,
	 struct error *err)
{
	__attribute__((cleanup(folder_free))) struct folder f = {.image = image};
	const struct trace_record *r;
	uint64_t at = 0;
	struct stat st;
	uint8_t *p;

	if (symbols && (file_map(&f.kernel_map, symbols, err) < 0 ||
			!unwind_open(&f.kernel, "kernel", f.kernel_map.data, f.kernel_map.size)))
		return -1;
	if (fstat(raw, &st) < 0)
		return error_errno(err, "the samples");
	if (st.st_size) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, raw, 0);
		if (p == MAP_FAILED)
			return error_errno(err, "the samples");
		while ((r = trace_next(p, (uint64_t)st.st_size, &at)))
			add(&f, r);
		munmap(p, (size_t)st.st_size);
	}
	*samples = f.samples;
	return write_folded(&f, output, err);
}
