/* SPDX-License-Identifier: ISC */
/*
 * The image: an ELF file that somebody made. Headers are copied once and checked; every sum is checked for overflow
 * and against the file's size, so that a truncated or corrupt image is one clear line. The kernel is a static PIE: its
 * relocations are RELATIVE ones alone, applied while its writable and its RELRO pages are still writable. The payload
 * is the PT_LOAD that ends with IMAGE_MAGIC; it is mapped apart.
 */
#include "tender.h"
#include "abi/image.h"
#include "lib/image.h"
#include "lib/string.h"
#include "sys.h"
#include <linux/elf.h>
#include <linux/elf-em.h>
#include <linux/mman.h>
#include <asm/stat.h>

#define MAX_SEGMENTS       12
#define MAX_KERNEL         (64ull << 20)
#define NOTES_MAX          4096
#define PT_GNU_RELRO_      0x6474e552u
#define DT_RELRSZ_         35
#define DT_RELR_           36
#define R_X86_64_RELATIVE_ 8

static struct {
	int fd;
	const char *name;
	uint64_t file_size;
	Elf64_Ehdr eh;
	Elf64_Phdr ph[MAX_SEGMENTS];
	const Elf64_Phdr *payload, *dynamic, *relro;
} im;

NORETURN static void bad(const char *why)
{
	die("%s: not an image for the sandbox: %s", im.name, why);
}

static void read_at(void *to, size_t n, uint64_t offset)
{
	long got = sys_4(__NR_pread64, im.fd, to, n, offset);

	if (got < 0)
		die("%s: %s", im.name, error_name(-got));
	if ((size_t)got != n)
		bad("it is cut off");
}

/* [offset, offset + size) lies in the file. */
static void in_file(uint64_t offset, uint64_t size)
{
	uint64_t end;

	if (ADD_OVERFLOWS(offset, size, &end) || end > im.file_size)
		bad("it is cut off");
}

static bool is_payload(const Elf64_Phdr *p)
{
	uint64_t magic = 0;

	if (p->p_flags != PF_R || p->p_filesz < PAGE)
		return false;
	read_at(&magic, sizeof(magic), p->p_offset + p->p_filesz - sizeof(magic));
	return magic == IMAGE_MAGIC;
}

static void check_payload(struct loaded *l)
{
	static uint8_t tail[PAGE];
	const char *error;

	if (!im.payload)
		bad("it has no payload");
	if (!IS_ALIGNED(im.payload->p_offset, PAGE))
		bad("its payload is not page-aligned");
	read_at(tail, PAGE, im.payload->p_offset + im.payload->p_filesz - PAGE);
	error = image_check(tail + PAGE, PAGE, im.payload->p_filesz);
	if (error)
		bad(error);
	l->payload_offset = im.payload->p_offset;
	l->payload_size = im.payload->p_filesz;
	l->image_flags = image_header(tail + PAGE)->flags;
}

static void check_segment(struct loaded *l, const Elf64_Phdr *p, uint64_t *last_end)
{
	uint64_t end;

	in_file(p->p_offset, p->p_filesz);
	if (ADD_OVERFLOWS(p->p_vaddr, p->p_memsz, &end) || end > MAX_KERNEL || p->p_filesz > p->p_memsz)
		bad("a segment has no sensible size");
	if ((p->p_vaddr - p->p_offset) % PAGE != 0)
		bad("a segment is not aligned as its file offset");
	if (ALIGN_DOWN(p->p_vaddr, PAGE) < *last_end)
		bad("its segments overlap");
	if ((p->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		bad("a segment is writable and executable");
	*last_end = ALIGN_UP(end, PAGE);
	l->size = *last_end;
}

/* The note that names the signal handler. */
static void check_note(struct loaded *l, const Elf64_Phdr *p)
{
	uint8_t buf[NOTES_MAX];
	struct sandbox_note note;
	size_t at = 0;

	in_file(p->p_offset, p->p_filesz);
	if (p->p_filesz > sizeof(buf))
		bad("its notes are too long");
	read_at(buf, p->p_filesz, p->p_offset);
	while (p->p_filesz - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		uint64_t desc, next;

		memcpy(&n, buf + at, sizeof(n));
		desc = at + sizeof(n) + ALIGN_UP((uint64_t)n.n_namesz, 4);
		next = desc + ALIGN_UP((uint64_t)n.n_descsz, 4);
		if (next > p->p_filesz)
			bad("a note is cut off");
		if (n.n_type == SANDBOX_NOTE && n.n_namesz == sizeof(IMAGE_NOTE_OWNER) && n.n_descsz == sizeof(note) &&
		    memcmp(buf + at + sizeof(n), IMAGE_NOTE_OWNER, n.n_namesz) == 0) {
			memcpy(&note, buf + desc, sizeof(note));
			if (note.version != SANDBOX_VERSION)
				bad("it was made for another version of the tender");
			l->signal_handler = note.signal_handler;
		}
		at = next;
	}
}

void load_check(struct loaded *l, int fd, const char *name)
{
	uint64_t last_end = 0;
	struct stat st = {0};

	memset(&im, 0, sizeof(im));
	im.fd = fd;
	im.name = name;
	check(sys_2(__NR_fstat, fd, &st), name);
	if ((st.st_mode & SYS_S_IFMT) != SYS_S_IFREG)
		die("%s: not a regular file", name);
	im.file_size = (uint64_t)st.st_size;
	if (im.file_size < sizeof(im.eh))
		bad("it is too short");
	read_at(&im.eh, sizeof(im.eh), 0);
	if (memcmp(im.eh.e_ident, ELFMAG, SELFMAG) != 0)
		bad("it is not an ELF file");
	if (im.eh.e_ident[EI_CLASS] != ELFCLASS64 || im.eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    im.eh.e_machine != EM_X86_64 || im.eh.e_type != ET_DYN || im.eh.e_phentsize != sizeof(Elf64_Phdr))
		bad("it is an ELF file of another kind");
	if (im.eh.e_phnum == 0 || im.eh.e_phnum > MAX_SEGMENTS)
		bad("it has too many segments");
	in_file(im.eh.e_phoff, im.eh.e_phnum * sizeof(Elf64_Phdr));
	read_at(im.ph, im.eh.e_phnum * sizeof(Elf64_Phdr), im.eh.e_phoff);
	for (unsigned i = 0; i < im.eh.e_phnum; i++) {
		const Elf64_Phdr *p = &im.ph[i];

		if (p->p_type == PT_INTERP || p->p_type == PT_TLS)
			bad("it is a program, not an image");
		if (p->p_type == PT_NOTE)
			check_note(l, p);
		if (p->p_type == PT_DYNAMIC)
			im.dynamic = p;
		if (p->p_type == PT_GNU_RELRO_)
			im.relro = p;
		if (p->p_type != PT_LOAD)
			continue;
		in_file(p->p_offset, p->p_filesz);
		if (!im.payload && is_payload(p))
			im.payload = p;
		else
			check_segment(l, p, &last_end);
	}
	check_payload(l);
	if (l->signal_handler == 0 || l->signal_handler >= l->size || im.eh.e_entry >= l->size)
		bad("it has no signal handler or no entry");
}

/* Words at vaddr, inside one segment with these rights. */
static void *at(const struct loaded *l, uint64_t vaddr, uint64_t size, uint32_t rights)
{
	for (unsigned i = 0; i < im.eh.e_phnum; i++) {
		const Elf64_Phdr *p = &im.ph[i];

		if (p->p_type == PT_LOAD && p != im.payload && (p->p_flags & rights) == rights && vaddr >= p->p_vaddr &&
		    p->p_memsz >= size && vaddr - p->p_vaddr <= p->p_memsz - size && IS_ALIGNED(vaddr, 8))
			return (void *)(l->base + vaddr);
	}
	bad("a relocation lies outside of its segments");
}

static void relocate(const struct loaded *l, uint64_t vaddr, uint64_t value)
{
	*(uint64_t *)at(l, vaddr, 8, PF_R | PF_W) = value;
}

static void relocate_rela(const struct loaded *l, uint64_t table, uint64_t size)
{
	const Elf64_Rela *r = size == 0 ? NULL : at(l, table, size, PF_R);

	for (uint64_t i = 0; i < size / sizeof(*r); i++) {
		if (ELF64_R_TYPE(r[i].r_info) != R_X86_64_RELATIVE_)
			bad("it has a relocation that is not relative");
		relocate(l, r[i].r_offset, l->base + (uint64_t)r[i].r_addend);
	}
}

/* Packed relative relocations: an even word is an address, an odd one a bitmap of the 63 words behind the last. */
static void relocate_relr(const struct loaded *l, uint64_t table, uint64_t size)
{
	const uint64_t *r = size == 0 ? NULL : at(l, table, size, PF_R);
	uint64_t where = 0;

	for (uint64_t i = 0; i < size / 8; i++) {
		if ((r[i] & 1) == 0) {
			where = r[i];
			relocate(l, where, l->base + *(uint64_t *)at(l, where, 8, PF_R | PF_W));
			where += 8;
			continue;
		}
		for (unsigned bit = 1; bit < 64; bit++)
			if (r[i] >> bit & 1)
				relocate(l, where + (bit - 1) * 8,
					 l->base + *(uint64_t *)at(l, where + (bit - 1) * 8, 8, PF_R | PF_W));
		where += 63 * 8;
	}
}

static void relocate_all(const struct loaded *l)
{
	uint64_t rela = 0, rela_size = 0, relr = 0, relr_size = 0;
	const Elf64_Dyn *d;

	if (!im.dynamic)
		return;
	d = at(l, im.dynamic->p_vaddr, im.dynamic->p_memsz, PF_R);
	for (uint64_t i = 0; i < im.dynamic->p_memsz / sizeof(*d) && d[i].d_tag != DT_NULL; i++) {
		switch (d[i].d_tag) {
		case DT_RELA: rela = d[i].d_un.d_ptr; break;
		case DT_RELASZ: rela_size = d[i].d_un.d_val; break;
		case DT_RELR_: relr = d[i].d_un.d_ptr; break;
		case DT_RELRSZ_: relr_size = d[i].d_un.d_val; break;
		case DT_NEEDED: bad("it needs a shared library");
		case DT_REL:
		case DT_JMPREL: bad("it has relocations of an unknown kind");
		}
	}
	relocate_rela(l, rela, rela_size);
	relocate_relr(l, relr, relr_size);
}

static int protection(const Elf64_Phdr *p)
{
	return (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) |
	       (p->p_flags & PF_X ? PROT_EXEC : 0);
}

static void map_segment(const struct loaded *l, const Elf64_Phdr *p)
{
	uint64_t start = ALIGN_DOWN(p->p_vaddr, PAGE), file_end = p->p_vaddr + p->p_filesz;
	uint64_t zero = ALIGN_UP(file_end, PAGE), end = ALIGN_UP(p->p_vaddr + p->p_memsz, PAGE);

	if (p->p_filesz > 0)
		map_at(l->base + start, zero - start, protection(p), MAP_PRIVATE, im.fd, ALIGN_DOWN(p->p_offset, PAGE),
		       im.name);
	else
		zero = start;
	if (end > zero)
		map_at(l->base + zero, end - zero, protection(p), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, im.name);
	/* The rest of the last page of the file is bss. */
	if (p->p_memsz > p->p_filesz && p->p_filesz > 0 && (p->p_flags & PF_W))
		memset((void *)(l->base + file_end), 0, zero - file_end);
}

static bool is_segment(const Elf64_Phdr *range)
{
	for (unsigned i = 0; i < im.eh.e_phnum; i++)
		if (im.ph[i].p_type == PT_LOAD && im.ph[i].p_vaddr == range->p_vaddr &&
		    im.ph[i].p_memsz == range->p_memsz)
			return true;
	return false;
}

void load_map(struct loaded *l, int fd, uint64_t base)
{
	im.fd = fd;
	l->base = base;
	for (unsigned i = 0; i < im.eh.e_phnum; i++)
		if (im.ph[i].p_type == PT_LOAD && &im.ph[i] != im.payload && im.ph[i].p_memsz > 0)
			map_segment(l, &im.ph[i]);
	relocate_all(l);
	if (im.relro) {
		uint64_t start = ALIGN_DOWN(im.relro->p_vaddr, PAGE), end = im.relro->p_vaddr + im.relro->p_memsz;

		at(l, im.relro->p_vaddr, im.relro->p_memsz, PF_R | PF_W);
		/* A page that it shares with data stays writable; one that it has alone does not. */
		end = is_segment(im.relro) ? ALIGN_UP(end, PAGE) : ALIGN_DOWN(end, PAGE);
		if (end > start)
			check(sys_3(__NR_mprotect, base + start, end - start, PROT_READ), im.name);
	}
	l->entry = base + im.eh.e_entry;
	l->signal_handler += base;
}
