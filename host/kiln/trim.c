/* SPDX-License-Identifier: ISC */
/*
 * A program as it goes into an image: with its symbols, which the kernel's crash report names, and without its debug
 * information, which nobody reads there. What a segment covers stays where it is; behind it, sections move together. They
 * keep their numbers: one that is cut out becomes inactive. A file with more in it than its sections say, an archive
 * behind it for example, stays as it is.
 */
#include "trim.h"

#include <string.h>

#include "elf_file.h"

static bool is_debug(const struct elf_section *s)
{
	return s->header.sh_type != SHT_NULL && !(s->header.sh_flags & SHF_ALLOC) &&
	       (!strncmp(s->name, ".debug_", 7) || !strncmp(s->name, ".rela.debug_", 12));
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Behind what the program headers describe, themselves included. */
static uint64_t loaded_end(const struct file_map *m)
{
	const Elf64_Ehdr *e = elf_file_header(m);
	uint64_t end = larger(sizeof *e, e->e_phoff + (uint64_t)e->e_phnum * sizeof(Elf64_Phdr));

	for (unsigned i = 0; i < e->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(m, i);

		if (ph.p_filesz)
			end = larger(end, ph.p_offset + ph.p_filesz);
	}
	return end;
}

/* Whether there is something to cut, and nothing that could not be put together again. */
static bool suits(const struct file_map *m, uint64_t loaded)
{
	const Elf64_Ehdr *e = elf_file_header(m);
	uint64_t end = larger(loaded, e->e_shoff + (uint64_t)e->e_shnum * sizeof(Elf64_Shdr));
	struct elf_section s;
	bool debug = false;
	unsigned i = 0;

	while (elf_file_section(m, &i, &s)) {
		uint64_t begin = s.header.sh_offset;

		debug |= is_debug(&s);
		if (!s.data || begin + s.header.sh_size <= loaded)
			continue;
		if (begin < loaded || s.header.sh_flags & SHF_ALLOC)
			return false;
		end = larger(end, begin + s.header.sh_size);
	}
	return debug && i == e->e_shnum && e->e_shoff >= loaded && loaded <= m->size && end == m->size;
}

static void align(struct str *out, uint64_t to)
{
	static const char zeros[64];

	if (to <= sizeof zeros && to && !(to & (to - 1)))
		str_add_n(out, zeros, -out->len & (to - 1));
}

bool trim_program(const struct file_map *m, struct str *out)
{
	Elf64_Ehdr e = *elf_file_header(m);
	uint64_t loaded = loaded_end(m);
	AUTO_STR struct str headers = {0};
	struct elf_section s;

	if (!suits(m, loaded))
		return false;
	str_add_n(out, m->data, loaded);
	for (unsigned i = 0; elf_file_section(m, &i, &s);) {
		Elf64_Shdr h = s.header;

		if (is_debug(&s)) {
			memset(&h, 0, sizeof h);
		} else if (s.data && h.sh_offset + h.sh_size > loaded) {
			align(out, h.sh_addralign);
			h.sh_offset = out->len;
			str_add_n(out, s.data, h.sh_size);
		}
		str_add_n(&headers, &h, sizeof h);
	}
	align(out, 8);
	e.e_shoff = out->len;
	str_add_n(out, headers.p, headers.len);
	memcpy(out->p, &e, sizeof e);
	return true;
}
