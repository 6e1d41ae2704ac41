/* SPDX-License-Identifier: ISC */
/* ELF files as input: nothing is believed before its bounds are checked. */
#include "elf_file.h"

#include <string.h>

bool elf_file_is_elf(const struct file_map *m)
{
	return m->size >= SELFMAG && !memcmp(m->data, ELFMAG, SELFMAG);
}

const Elf64_Ehdr *elf_file_header(const struct file_map *m)
{
	return (const Elf64_Ehdr *)(const void *)m->data;
}

Elf64_Phdr elf_file_segment(const struct file_map *m, unsigned i)
{
	Elf64_Phdr ph;

	memcpy(&ph, m->data + elf_file_header(m)->e_phoff + i * sizeof ph, sizeof ph);
	return ph;
}

const char *elf_file_check(const struct file_map *m)
{
	const Elf64_Ehdr *e = elf_file_header(m);
	uint64_t end;
	bool loads = false;

	if (!elf_file_is_elf(m))
		return m->size >= 2 && !memcmp(m->data, "#!", 2) ? "a script, not an ELF file" : "not an ELF file";
	if (m->size < sizeof *e)
		return "truncated ELF file";
	if (e->e_ident[EI_CLASS] != ELFCLASS64)
		return "a 32-bit program; only x86-64 is supported";
	if (e->e_ident[EI_DATA] != ELFDATA2LSB || e->e_machine != EM_X86_64)
		return "a program for another machine; only x86-64 is supported";
	if (e->e_type == ET_REL)
		return "an object file, not linked to a program yet";
	if (e->e_type == ET_CORE)
		return "a core dump, not a program";
	if (e->e_type != ET_EXEC && e->e_type != ET_DYN)
		return "not an executable ELF file";
	if (!e->e_entry)
		return "an ELF file without an entry point (a shared library?)";
	if (!e->e_phnum)
		return "an ELF file without program headers";
	if (e->e_phentsize != sizeof(Elf64_Phdr))
		return "an ELF file with program headers of a wrong size";
	if (__builtin_add_overflow(e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr), &end) || end > m->size)
		return "truncated ELF file (its program headers lie beyond its end)";
	for (unsigned i = 0; i < e->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(m, i);

		if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE && ph.p_type != PT_INTERP)
			continue;
		if (__builtin_add_overflow(ph.p_offset, ph.p_filesz, &end) || end > m->size)
			return "truncated ELF file (a segment lies beyond its end)";
		if (ph.p_type == PT_LOAD && ph.p_filesz > ph.p_memsz)
			return "a corrupt ELF file (a segment has more bytes in the file than in memory)";
		if (ph.p_type == PT_LOAD && ph.p_filesz && (ph.p_vaddr ^ ph.p_offset) % 4096)
			return "a corrupt ELF file (a segment's address does not match its offset)";
		if (ph.p_type == PT_LOAD && __builtin_add_overflow(ph.p_vaddr, ph.p_memsz, &end))
			return "a corrupt ELF file (a segment wraps around)";
		loads |= ph.p_type == PT_LOAD;
	}
	return loads ? NULL : "an ELF file that loads nothing";
}

/* The note at n->at in the segment, or false. */
static bool note_at(const struct file_map *m, const Elf64_Phdr *ph, struct elf_note *n)
{
	Elf64_Nhdr h;
	size_t align = ph->p_align == 8 ? 8 : 4, at = n->at, end = ph->p_filesz, desc;
	const uint8_t *base = m->data + ph->p_offset;

	if (at > end || end - at < sizeof h)
		return false;
	memcpy(&h, base + at, sizeof h);
	at += sizeof h;
	if (h.n_namesz > end - at)
		return false;
	desc = (at + h.n_namesz + align - 1) & ~(align - 1);
	if (desc > end || h.n_descsz > end - desc)
		return false;
	n->type = h.n_type;
	n->owner = (const char *)base + at;
	n->owner_size = h.n_namesz;
	n->desc = base + desc;
	n->size = h.n_descsz;
	n->at = (desc + h.n_descsz + align - 1) & ~(align - 1);
	return true;
}

bool elf_file_note(const struct file_map *m, struct elf_note *n)
{
	for (; n->segment < elf_file_header(m)->e_phnum; n->segment++, n->at = 0) {
		Elf64_Phdr ph = elf_file_segment(m, n->segment);

		if (ph.p_type == PT_NOTE && note_at(m, &ph, n))
			return true;
	}
	return false;
}

static bool inside(const struct file_map *m, const Elf64_Shdr *h)
{
	return h->sh_offset <= m->size && h->sh_size <= m->size - h->sh_offset;
}

static bool section_header(const struct file_map *m, unsigned i, Elf64_Shdr *h)
{
	const Elf64_Ehdr *e = elf_file_header(m);

	if (m->size < sizeof *e || e->e_shentsize != sizeof *h || i >= e->e_shnum || e->e_shoff > m->size ||
	    (m->size - e->e_shoff) / sizeof *h < e->e_shnum)
		return false;
	memcpy(h, m->data + e->e_shoff + i * sizeof *h, sizeof *h);
	return true;
}

bool elf_file_section(const struct file_map *m, unsigned *i, struct elf_section *s)
{
	Elf64_Shdr names;

	if (!section_header(m, *i, &s->header) || !section_header(m, elf_file_header(m)->e_shstrndx, &names) ||
	    !inside(m, &names) || s->header.sh_name >= names.sh_size || m->data[names.sh_offset + names.sh_size - 1])
		return false;
	s->name = (const char *)m->data + names.sh_offset + s->header.sh_name;
	s->data =
	    s->header.sh_type == SHT_NULL || s->header.sh_type == SHT_NOBITS ? NULL : m->data + s->header.sh_offset;
	if (s->data && !inside(m, &s->header))
		return false;
	(*i)++;
	return true;
}
