/* SPDX-License-Identifier: ISC */
/* ELF files of this machine as the host's commands read them: the header and program headers, bounds checked. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stdbool.h>

#include "hostlib/file.h"

/* NULL when the file is a 64-bit x86-64 Linux executable whose headers and segments lie in the file; else what it is. */
const char *elf_file_check(const struct file_map *m);
bool elf_file_is_elf(const struct file_map *m);
const Elf64_Ehdr *elf_file_header(const struct file_map *m);
/* The i-th program header of a checked file. */
Elf64_Phdr elf_file_segment(const struct file_map *m, unsigned i);

/* Walks the notes of a checked file: start with {0}; false at the end. Malformed notes end their segment. */
struct elf_note {
	unsigned segment; /* the walk's state */
	size_t at;
	uint32_t type; /* the note */
	const char *owner;
	size_t owner_size;
	const void *desc;
	size_t size;
};
bool elf_file_note(const struct file_map *m, struct elf_note *n);

/* The sections of an ELF file: begin with *i 0; false: there are no more, or their table is not whole. */
struct elf_section {
	const char *name;
	Elf64_Shdr header;
	const uint8_t *data; /* header.sh_size bytes; NULL: none in the file */
};
bool elf_file_section(const struct file_map *m, unsigned *i, struct elf_section *s);

#endif
