/* SPDX-License-Identifier: ISC */
/*
 * Every number of the file is untrusted: headers are copied out once (the file may change under us), sums are checked
 * for overflow, and what passes is what struct elf promises. Own declarations, so that it builds without libc's elf.h.
 */
#include "lib/elf.h"

#include "lib/string.h"

#define PAGE      4096u
#define USER_TOP  (1ull << 47)
#define ALIGN_MAX (1ull << 30)

enum { CLASS64 = 2, LITTLE_ENDIAN_DATA = 1, CURRENT = 1, TYPE_EXEC = 2, TYPE_DYN = 3, MACHINE_X86_64 = 62 };
enum { LOAD = 1, INTERP = 3, GNU_STACK = 0x6474e551 };
enum { FLAG_X = 1, FLAG_W = 2, FLAG_R = 4 };

struct ehdr {
	uint8_t magic[4], class, data, ident_version, pad[9];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct ehdr) == ELF_EHDR_SIZE && sizeof(struct phdr) == ELF_PHDR_SIZE, "as the gABI has them");

static bool within(uint64_t offset, uint64_t size, uint64_t file_size)
{
	return offset <= file_size && size <= file_size - offset;
}

bool elf_magic(const void *data, size_t n)
{
	return n >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

const char *elf_header(struct elf *e, const void *ehdr, uint64_t file_size)
{
	struct ehdr h;

	memset(e, 0, sizeof *e);
	if (file_size < sizeof h)
		return "the file is shorter than an ELF header";
	memcpy(&h, ehdr, sizeof h);
	if (!elf_magic(h.magic, sizeof h.magic))
		return "not an ELF file";
	if (h.class != CLASS64)
		return "not a 64-bit ELF file";
	if (h.data != LITTLE_ENDIAN_DATA)
		return "not little-endian";
	if (h.ident_version != CURRENT || h.version != CURRENT)
		return "unknown ELF version";
	if (h.type != TYPE_EXEC && h.type != TYPE_DYN)
		return "not an executable (ELF type)";
	if (h.machine != MACHINE_X86_64)
		return "not for x86-64";
	if (h.phentsize != sizeof(struct phdr))
		return "wrong size of a program header";
	if (h.phnum == 0)
		return "no program headers";
	if (h.phnum > ELF_MAX_PHDRS)
		return "too many program headers";
	if (!within(h.phoff, (uint64_t)h.phnum * sizeof(struct phdr), file_size))
		return "program headers lie beyond the end of the file";
	e->pie = h.type == TYPE_DYN;
	e->entry = h.entry;
	e->phoff = h.phoff;
	e->phnum = h.phnum;
	return NULL;
}

static const char *add_load(struct elf *e, const struct phdr *p, uint64_t file_size)
{
	uint64_t end, table = (uint64_t)e->phnum * sizeof *p;
	struct elf_load *l;

	if (p->memsz == 0)
		return p->filesz == 0 ? NULL : "a segment is larger in the file than in memory";
	if (e->loads == ELF_MAX_LOADS)
		return "too many segments";
	if (p->filesz > p->memsz)
		return "a segment is larger in the file than in memory";
	if (!within(p->offset, p->filesz, file_size))
		return "a segment lies beyond the end of the file";
	if (ADD_OVERFLOWS(p->vaddr, p->memsz, &end) || end > USER_TOP - PAGE)
		return "a segment lies beyond the program's addresses";
	if (p->align > ALIGN_MAX || (p->align & (p->align - 1)) != 0)
		return "a segment's alignment is not a power of two up to 1 GiB";
	if ((p->vaddr - p->offset) % PAGE != 0)
		return "a segment's address and file offset do not fit";
	if (e->loads > 0 && ALIGN_DOWN(p->vaddr, (uint64_t)PAGE) < e->high)
		return "segments overlap or are not in ascending order";
	l = &e->load[e->loads++];
	*l = (struct elf_load){.vaddr = p->vaddr, .offset = p->offset, .filesz = p->filesz, .memsz = p->memsz};
	l->prot = (p->flags & FLAG_R ? ELF_READ : 0u) | (p->flags & FLAG_W ? ELF_WRITE : 0u) |
		  (p->flags & FLAG_X ? ELF_EXEC : 0u);
	if (e->loads == 1)
		e->low = ALIGN_DOWN(p->vaddr, (uint64_t)PAGE);
	e->high = ALIGN_UP(end, (uint64_t)PAGE);
	e->align = MAX(e->align, p->align);
	if (e->phoff >= p->offset && e->phoff - p->offset <= p->filesz && table <= p->filesz - (e->phoff - p->offset))
		e->phdr_vaddr = p->vaddr + (e->phoff - p->offset);
	return NULL;
}

static const char *add_interp(struct elf *e, const struct phdr *p, uint64_t file_size)
{
	if (e->interp_size != 0)
		return "two interpreters";
	if (p->filesz < 2 || p->filesz > ELF_INTERP_MAX)
		return "the interpreter's name is empty or too long";
	if (!within(p->offset, p->filesz, file_size))
		return "the interpreter's name lies beyond the end of the file";
	e->interp_offset = p->offset;
	e->interp_size = p->filesz;
	return NULL;
}

static bool entry_fits(const struct elf *e)
{
	for (unsigned i = 0; i < e->loads; i++)
		if (e->load[i].prot & ELF_EXEC && e->entry >= e->load[i].vaddr &&
		    e->entry - e->load[i].vaddr < e->load[i].memsz)
			return true;
	return false;
}

const char *elf_segments(struct elf *e, const void *phdrs, uint64_t file_size)
{
	const char *wrong = NULL;

	e->align = PAGE;
	for (unsigned i = 0; i < e->phnum && wrong == NULL; i++) {
		struct phdr p;

		memcpy(&p, (const char *)phdrs + i * sizeof p, sizeof p);
		if (p.type == LOAD)
			wrong = add_load(e, &p, file_size);
		else if (p.type == INTERP)
			wrong = add_interp(e, &p, file_size);
		else if (p.type == GNU_STACK)
			e->exec_stack = p.flags & FLAG_X;
	}
	if (wrong != NULL)
		return wrong;
	if (e->loads == 0)
		return "nothing to load";
	if (!e->pie && e->low == 0)
		return "a fixed address of zero";
	return entry_fits(e) ? NULL : "the entry point is not in an executable segment";
}

const char *elf_interp(const struct elf *e, const char *path)
{
	if (memchr(path, '\0', e->interp_size) != path + e->interp_size - 1)
		return "the interpreter's name does not end where it should";
	return path[0] == '/' ? NULL : "the interpreter's name is not an absolute path";
}

const char *elf_check(struct elf *e, const void *file, size_t size)
{
	const char *wrong = elf_header(e, file, size);

	if (wrong == NULL)
		wrong = elf_segments(e, (const char *)file + e->phoff, size);
	if (wrong == NULL && e->interp_size != 0)
		wrong = elf_interp(e, (const char *)file + e->interp_offset);
	return wrong;
}
