/* SPDX-License-Identifier: ISC */
/*
 * ELF64 executables for x86-64 as Linux loads them, checked strictly before anything is used: for the kernel's loader
 * and for bake. Reads only the headers, which the caller hands over: first the file header, then, from where that says
 * they are, the program headers. Both calls return NULL or what is wrong, a constant. (System V gABI 4.1, chapters 4, 5.)
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "lib/base.h"

#define ELF_EHDR_SIZE  64u
#define ELF_PHDR_SIZE  56u
#define ELF_MAX_PHDRS  64u
#define ELF_MAX_LOADS  16u
#define ELF_INTERP_MAX 256u

enum elf_prot { ELF_READ = 1, ELF_WRITE = 2, ELF_EXEC = 4 };

struct elf_load {
	uint64_t vaddr, offset; /* equal modulo the page size */
	uint64_t filesz, memsz; /* filesz <= memsz, memsz > 0 */
	unsigned prot;
};

struct elf {
	bool pie; /* may be loaded anywhere; else exactly where it says */
	uint64_t entry; /* inside an executable segment */
	uint64_t phoff; /* where the program headers are in the file */
	unsigned phnum;
	uint64_t low, high; /* page-aligned range that the segments take */
	uint64_t align; /* the largest alignment of a segment, at least a page */
	uint64_t phdr_vaddr; /* where a segment maps the program headers; 0: nowhere */
	uint64_t interp_offset, interp_size; /* PT_INTERP, with the NUL; size 0: none */
	bool exec_stack; /* PT_GNU_STACK asks for one */
	unsigned loads;
	struct elf_load load[ELF_MAX_LOADS]; /* ascending, no two share a page */
};

#pragma GCC visibility push(default)
/* True when it begins as an ELF file does. */
bool elf_magic(const void *data, size_t n);
/* ELF_EHDR_SIZE bytes at ehdr: sets phoff, phnum, entry, pie; the program headers lie within the file. */
const char *elf_header(struct elf *e, const void *ehdr, uint64_t file_size);
/* phnum * ELF_PHDR_SIZE bytes at phdrs: sets the rest. */
const char *elf_segments(struct elf *e, const void *phdrs, uint64_t file_size);
/* The bytes at interp_offset: a NUL-terminated absolute path without other NULs. */
const char *elf_interp(const struct elf *e, const char *path);
/* All of that for a file in memory. */
const char *elf_check(struct elf *e, const void *file, size_t size);
#pragma GCC visibility pop

#endif
