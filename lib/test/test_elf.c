/* SPDX-License-Identifier: ISC */
// USES: lib/elf.c
/* The ELF checker: this test's own file passes, and each damage to a small file is named. */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/tap.h"
#include "lib/elf.h"

#define SIZE 0x3000

/* A file with a text and a data segment and an interpreter. */
static struct image {
	union {
		struct {
			Elf64_Ehdr eh;
			Elf64_Phdr ph[4];
			char interp[8];
		};
		char bytes[SIZE];
	};
} good, bad;

static void make(void)
{
	memcpy(good.eh.e_ident, "\177ELF\2\1\1", 7);
	good.eh.e_type = ET_DYN;
	good.eh.e_machine = EM_X86_64;
	good.eh.e_version = 1;
	good.eh.e_entry = 0x1100;
	good.eh.e_phoff = sizeof good.eh;
	good.eh.e_phentsize = sizeof(Elf64_Phdr);
	good.eh.e_phnum = 4;
	good.ph[0] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = offsetof(struct image, interp), .p_filesz = 8};
	good.ph[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				  .p_flags = PF_R | PF_X,
				  .p_vaddr = 0,
				  .p_offset = 0,
				  .p_filesz = 0x1800,
				  .p_memsz = 0x1800,
				  .p_align = 0x1000};
	good.ph[2] = (Elf64_Phdr){.p_type = PT_LOAD,
				  .p_flags = PF_R | PF_W,
				  .p_vaddr = 0x3234,
				  .p_offset = 0x2234,
				  .p_filesz = 0x100,
				  .p_memsz = 0x5000,
				  .p_align = 0x1000};
	good.ph[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	strcpy(good.interp, "/lib/ld");
}

static void own_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;
	struct elf e;
	void *p;
	const char *wrong;

	if (fd < 0 || fstat(fd, &st) != 0)
		abort();
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	wrong = elf_check(&e, p, (size_t)st.st_size);
	tap_ok(wrong == NULL, "this program is fine: %s", wrong == NULL ? "yes" : wrong);
	tap_ok(e.pie && e.interp_size > 10 && e.loads >= 2 && e.phdr_vaddr == 64, "and what it is");
	tap_ok(elf_check(&e, p, (size_t)st.st_size / 2) != NULL, "half of it is not");
	munmap(p, (size_t)st.st_size);
	close(fd);
}

static void damage(const char *expect, const char *what)
{
	struct elf e;
	const char *wrong = elf_check(&e, &bad, SIZE);

	tap_ok(wrong != NULL && strcmp(wrong, expect) == 0, "%s: %s", what, wrong == NULL ? "passed" : wrong);
	bad = good;
}

#define DAMAGE(change, expect)                                                                                         \
	do {                                                                                                           \
		bad.change;                                                                                            \
		damage(expect, #change);                                                                               \
	} while (0)

int main(void)
{
	struct elf e;

	own_file();
	make();
	bad = good;
	tap_ok(elf_check(&e, &good, SIZE) == NULL && e.pie && e.low == 0 && e.high == 0x9000 && e.loads == 2 &&
		   e.phdr_vaddr == 64 && e.align == 4096 && e.interp_size == 8 && !e.exec_stack,
	       "a small file");
	tap_ok(e.load[1].vaddr == 0x3234 && e.load[1].offset == 0x2234 && e.load[1].filesz == 0x100 &&
		   e.load[1].memsz == 0x5000 && e.load[1].prot == (ELF_READ | ELF_WRITE),
	       "its data segment");
	tap_ok(!elf_magic("#!/bin/sh", 9) && !elf_magic("\177ELF", 3) && elf_magic("\177ELF", 4), "magic");
	tap_ok(elf_check(&e, &good, 63) != NULL && elf_check(&e, &good, 200) != NULL, "truncated in the headers");
	DAMAGE(eh.e_ident[0] = 0, "not an ELF file");
	DAMAGE(eh.e_ident[EI_CLASS] = 1, "not a 64-bit ELF file");
	DAMAGE(eh.e_ident[EI_DATA] = 2, "not little-endian");
	DAMAGE(eh.e_version = 2, "unknown ELF version");
	DAMAGE(eh.e_type = ET_REL, "not an executable (ELF type)");
	DAMAGE(eh.e_machine = EM_AARCH64, "not for x86-64");
	DAMAGE(eh.e_phentsize = 32, "wrong size of a program header");
	DAMAGE(eh.e_phnum = 0, "no program headers");
	DAMAGE(eh.e_phnum = 65, "too many program headers");
	DAMAGE(eh.e_phoff = UINT64_MAX - 5, "program headers lie beyond the end of the file");
	DAMAGE(eh.e_entry = 0x3300, "the entry point is not in an executable segment");
	DAMAGE(eh.e_entry = 0x1800, "the entry point is not in an executable segment");
	DAMAGE(eh.e_type = ET_EXEC, "a fixed address of zero");
	DAMAGE(ph[1].p_type = PT_NULL, "the entry point is not in an executable segment");
	DAMAGE(ph[2].p_filesz = 0x5001, "a segment is larger in the file than in memory");
	DAMAGE(ph[2].p_memsz = 0, "a segment is larger in the file than in memory");
	DAMAGE(ph[2].p_offset = 0x2334, "a segment's address and file offset do not fit");
	DAMAGE(ph[2].p_offset = 0xffffffffffff0234, "a segment lies beyond the end of the file");
	DAMAGE(ph[2].p_vaddr = 0xffffffffffff1234, "a segment lies beyond the program's addresses");
	DAMAGE(ph[2].p_vaddr = 0x7fffffffa234, "a segment lies beyond the program's addresses");
	DAMAGE(ph[2].p_align = 0x3000, "a segment's alignment is not a power of two up to 1 GiB");
	DAMAGE(ph[2].p_align = 1ull << 40, "a segment's alignment is not a power of two up to 1 GiB");
	DAMAGE(ph[2].p_vaddr = 0x1234, "segments overlap or are not in ascending order");
	DAMAGE(ph[0].p_filesz = 0x3000, "the interpreter's name is empty or too long");
	DAMAGE(ph[0].p_offset = 0x2fff, "the interpreter's name lies beyond the end of the file");
	DAMAGE(ph[3].p_type = PT_INTERP, "two interpreters");
	DAMAGE(interp[7] = 'x', "the interpreter's name does not end where it should");
	DAMAGE(interp[3] = 0, "the interpreter's name does not end where it should");
	DAMAGE(interp[0] = 'l', "the interpreter's name is not an absolute path");
	bad.ph[3].p_flags |= PF_X;
	tap_ok(elf_check(&e, &bad, SIZE) == NULL && e.exec_stack, "an executable stack is reported");
	return tap_end();
}
