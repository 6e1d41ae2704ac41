/* SPDX-License-Identifier: ISC */
/*
 * The report of an uncaught fault. Return addresses are found by frame pointers as far as these are plausible, then by
 * looking for words on the stack that point behind a call instruction in executable memory. Names come from the symbol
 * table of a baked program, which lies in memory as a whole; what is not baked is given as file and offset.
 */
#include "kernel/log.h"
#include "kernel/payload.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/regs.h"
#include "linux/sigqueue.h"
#include "linux/task.h"

#include <asm/signal.h>
#include <linux/elf.h>

#define FRAMES_MAX 16u
#define SCAN_BYTES 4096u

static const char *signal_name(int sig)
{
	/* In every image: no array of pointers. */
	static const struct {
		char sig, name[27];
	} names[] = {
	    {SIGILL, "SIGILL, illegal instruction"}, {SIGTRAP, "SIGTRAP, trap"},
	    {SIGABRT, "SIGABRT, aborted"},           {SIGBUS, "SIGBUS, bus error"},
	    {SIGFPE, "SIGFPE, arithmetic fault"},    {SIGSEGV, "SIGSEGV, bad memory access"},
	    {SIGXCPU, "SIGXCPU, CPU time limit"},    {SIGXFSZ, "SIGXFSZ, file size limit"},
	    {SIGSYS, "SIGSYS, bad system call"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].sig == sig)
			return names[i].name;
	return "signal";
}

/* The best symbol for a file address in the ELF file [elf, elf+size): its name, *off behind its start. */
static const char *symbol(const char *elf, size_t size, uint64_t addr, uint64_t *off)
{
	const Elf64_Ehdr *eh = (const void *)elf;
	const char *best = NULL;

	if (size < sizeof *eh || eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shoff > size ||
	    (size - eh->e_shoff) / sizeof(Elf64_Shdr) < eh->e_shnum || !IS_ALIGNED(eh->e_shoff, 8))
		return NULL;
	for (unsigned i = 0; i < eh->e_shnum; i++) {
		const Elf64_Shdr *sh = (const Elf64_Shdr *)(elf + eh->e_shoff) + i, *str;

		if ((sh->sh_type != SHT_SYMTAB && sh->sh_type != SHT_DYNSYM) || sh->sh_link >= eh->e_shnum)
			continue;
		str = (const Elf64_Shdr *)(elf + eh->e_shoff) + sh->sh_link;
		if (sh->sh_offset > size || sh->sh_size > size - sh->sh_offset || !IS_ALIGNED(sh->sh_offset, 8) ||
		    str->sh_offset > size || str->sh_size > size - str->sh_offset || str->sh_size == 0 ||
		    elf[str->sh_offset + str->sh_size - 1] != '\0')
			continue;
		for (size_t n = 0; n < sh->sh_size / sizeof(Elf64_Sym); n++) {
			const Elf64_Sym *s = (const Elf64_Sym *)(elf + sh->sh_offset) + n;

			if ((s->st_info & 0xf) == STT_FUNC && addr >= s->st_value &&
			    (addr - s->st_value < s->st_size) && s->st_name < str->sh_size) {
				best = elf + str->sh_offset + s->st_name;
				*off = addr - s->st_value;
			}
		}
	}
	return best;
}

/* The file's address for an offset in it: what the program header says; files are not mapped 1:1. */
static uint64_t file_to_address(const char *elf, size_t size, uint64_t offset)
{
	const Elf64_Ehdr *eh = (const void *)elf;

	if (size < sizeof *eh || eh->e_phoff > size || (size - eh->e_phoff) / sizeof(Elf64_Phdr) < eh->e_phnum ||
	    !IS_ALIGNED(eh->e_phoff, 8))
		return offset;
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		const Elf64_Phdr *ph = (const Elf64_Phdr *)(elf + eh->e_phoff) + i;

		if (ph->p_type == PT_LOAD && offset >= ALIGN_DOWN(ph->p_offset, PAGE_SIZE) &&
		    offset < ph->p_offset + ph->p_filesz)
			return offset - ph->p_offset + ph->p_vaddr;
	}
	return offset;
}

static void print_address(struct aspace *as, unsigned n, uintptr_t addr)
{
	struct vma *v = vm_find(as, addr);
	const struct image_entry *e;
	const char *name = NULL;
	uint64_t offset, off = 0;

	if (v == NULL || v->object == NULL || v->object->name == NULL) {
		log_err("  #%-2u %016lx", n, addr);
		return;
	}
	offset = addr - v->start + v->offset;
	e = payload_find(IMAGE_PROGRAM, v->object->name);
	if (e != NULL)
		name = symbol(payload_data(e), e->size, file_to_address(payload_data(e), e->size, offset), &off);
	if (name != NULL)
		log_err("  #%-2u %016lx %s+0x%lx (%s)", n, addr, name, off, v->object->name);
	else
		log_err("  #%-2u %016lx %s+0x%lx", n, addr, v->object->name, offset);
}

/* addr is in executable memory, behind a call instruction. */
static bool return_address(struct aspace *as, uintptr_t addr)
{
	struct vma *v = vm_find(as, addr);
	unsigned char b[7];

	if (v == NULL || (v->prot & VM_EXEC) == 0 || addr - v->start < sizeof b ||
	    copy_from_user(b, UPTR(addr - sizeof b), sizeof b) != 0)
		return false;
	if (b[2] == 0xe8)
		return true;
	for (unsigned len = 2; len <= 7; len++) /* ff /2: call through a register or memory */
		if (b[7 - len] == 0xff && (b[8 - len] & 0x38) == 0x10)
			return true;
	return false;
}

static void backtrace(struct aspace *as, const struct trapframe *tf)
{
	uintptr_t fp = regs_fp(tf), sp = regs_sp(tf), frame[2];
	unsigned n = 0;

	print_address(as, n++, regs_ip(tf));
	while (n < FRAMES_MAX && fp >= sp && IS_ALIGNED(fp, 8) && get_user(frame, UPTR(fp)) == 0 &&
	       return_address(as, frame[1])) {
		print_address(as, n++, frame[1]);
		sp = fp + sizeof frame;
		fp = frame[0];
	}
	for (uintptr_t end = sp + SCAN_BYTES; n < FRAMES_MAX && sp < end; sp += sizeof frame[0]) {
		if (get_user(frame[0], UPTR(sp)) != 0)
			break;
		if (return_address(as, frame[0]))
			print_address(as, n++, frame[0]);
	}
}

void crash_report(const struct trapframe *tf, int sig, const siginfo_t *info)
{
	struct task *t = task_current();
	char where[48] = "";

	/* Only a fault has an address; what kill(2) sent has a sender. */
	if (info->si_code > 0 && info->si_code != SI_KERNEL && sig != SIGABRT)
		fmt_snprintf(where, sizeof where, " at address 0x%lx", (unsigned long)info->si_addr);
	log_err("%s (pid %d, tid %d): %s (%d), code %d%s", t->comm, t->process->pid, t->tid, signal_name(sig), sig,
		info->si_code, where);
	regs_print(tf);
	backtrace(t->process->as, tf);
}
