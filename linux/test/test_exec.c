/* SPDX-License-Identifier: ISC */
// USES: linux/exec.c linux/elf.c linux/stack.c lib/elf.c kernel/vm.c kernel/vm_range.c kernel/vm_fault.c kernel/vm_remap.c kernel/vm_object.c kernel/heap.c kernel/page.c lib/tree.c kernel/test/fake_ram.c kernel/test/fake_pmap.c
/* exec_load over a page table of plain data: what is mapped where, what the stack holds, every error, and a lack of memory
 * at every point. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "arch/pmap.h"
#include "test/tap.h"
#include "kernel/heap.h"
#include "kernel/payload.h"
#include "kernel/test/fake.h"
#include "kernel/vm.h"
#include "linux/exec.h"
#include "linux/exec_script.c" /* its registration is static */
#include "linux/task.h"

#define PAYLOAD   (512ul << 20)
#define FILE_SIZE 0x3000

/* Two baked files: a program and, by the name that its PT_INTERP may give, an interpreter. */
static struct image_entry entries[] = {{.name = "/bin/prog", .size = FILE_SIZE, .offset = 0},
				       {.name = "/lib/ld", .size = FILE_SIZE, .offset = FILE_SIZE},
				       {.name = "/bin/script", .size = FILE_SIZE, .offset = 2 * FILE_SIZE}};
static struct thread thread;
static struct task task;
static struct process process;
struct cpu cpu_boot;

const struct image_entry *payload_find(enum image_type type, const char *name)
{
	(void)type;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

paddr_t payload_pa(const struct image_entry *e)
{
	return PAYLOAD + e->offset;
}

uint32_t payload_flags(void)
{
	return 0;
}

uint64_t arch_hwcap(void)
{
	return 0x1234;
}

uint64_t arch_hwcap2(void)
{
	return 2;
}

size_t arch_fpu_size(void)
{
	return 832;
}

static void *file(unsigned i)
{
	return page_ptr(PAYLOAD + i * FILE_SIZE);
}

/* Text of 0x1800 bytes from the start, data of 0x100 bytes in the file and 0x5000 in memory. */
static Elf64_Phdr *make(unsigned i, unsigned type, uint64_t base, const char *interp)
{
	char *p = file(i);
	Elf64_Ehdr *h = (Elf64_Ehdr *)p;
	Elf64_Phdr *ph = (Elf64_Phdr *)(h + 1);

	memset(p, 0x11 * (int)(i + 1), FILE_SIZE);
	memset(h, 0, sizeof *h + 4 * sizeof *ph);
	memcpy(h->e_ident, "\177ELF\2\1\1", 7);
	*h = (Elf64_Ehdr){.e_type = (Elf64_Half)type,
			  .e_machine = EM_X86_64,
			  .e_version = 1,
			  .e_entry = base + 0x1100,
			  .e_phoff = sizeof *h,
			  .e_phentsize = sizeof *ph,
			  .e_phnum = 4};
	memcpy(h->e_ident, "\177ELF\2\1\1", 7);
	ph[1] = (Elf64_Phdr){
	    .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = base, .p_filesz = 0x1800, .p_memsz = 0x1800};
	ph[2] = (Elf64_Phdr){.p_type = PT_LOAD,
			     .p_flags = PF_R | PF_W,
			     .p_vaddr = base + 0x3234,
			     .p_offset = 0x2234,
			     .p_filesz = 0x100,
			     .p_memsz = 0x5000};
	ph[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	if (interp != NULL) {
		ph[0] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 0x200, .p_filesz = strlen(interp) + 1};
		strcpy(p + 0x200, interp);
	}
	return ph;
}

static const char *const args[] = {"/bin/prog", "one", "", NULL};
static const char *const env[] = {"A=1", "PATH=/bin", NULL};

static uint64_t word(struct aspace *as, uintptr_t at)
{
	uint64_t w = 0;

	if (vm_read(as, at, &w, sizeof w) != 0)
		tap_note("nothing at %#lx", (unsigned long)at);
	return w;
}

static bool text_at(struct aspace *as, uintptr_t at, const char *want)
{
	char buf[64];

	return vm_read(as, at, buf, strlen(want) + 1) == 0 && strcmp(buf, want) == 0;
}

static uint64_t aux(struct aspace *as, uintptr_t sp, uint64_t type)
{
	uintptr_t at = sp + 8 * (1 + 4 + 3);

	while (word(as, at) != type && word(as, at) != AT_NULL)
		at += 16;
	return word(as, at) == type ? word(as, at + 8) : UINT64_MAX;
}

static unsigned char byte(struct aspace *as, uintptr_t at)
{
	unsigned char b = 0xee;

	return vm_read(as, at, &b, 1) == 0 ? b : 0xdd;
}

static void release(struct exec_image *img)
{
	vm_put(img->as);
	kfree(img->path);
}

static void stack(const struct exec_image *img)
{
	struct aspace *as = img->as;
	uintptr_t sp = img->sp;

	tap_ok(sp % 16 == 0 && word(as, sp) == 3, "argc at an aligned stack pointer");
	tap_ok(text_at(as, word(as, sp + 8), "/bin/prog") && text_at(as, word(as, sp + 16), "one") &&
		   text_at(as, word(as, sp + 24), "") && word(as, sp + 32) == 0,
	       "argv");
	tap_ok(text_at(as, word(as, sp + 40), "A=1") && text_at(as, word(as, sp + 48), "PATH=/bin") &&
		   word(as, sp + 56) == 0,
	       "envp");
	tap_ok(as->arg_start == word(as, sp + 8) && as->arg_end == as->env_start &&
		   as->env_end == as->env_start + sizeof "A=1" + sizeof "PATH=/bin",
	       "and where they are, for /proc");
	tap_ok(aux(as, sp, AT_PAGESZ) == 4096 && aux(as, sp, AT_CLKTCK) == 100 && aux(as, sp, AT_HWCAP) == 0x1234 &&
		   aux(as, sp, AT_HWCAP2) == 2 && aux(as, sp, AT_SECURE) == 0 && aux(as, sp, AT_UID) == 7 &&
		   aux(as, sp, AT_PHENT) == sizeof(Elf64_Phdr) && aux(as, sp, AT_PHNUM) == 4,
	       "plain words of the auxiliary vector");
	tap_ok(text_at(as, aux(as, sp, AT_EXECFN), "/bin/prog") && text_at(as, aux(as, sp, AT_PLATFORM), "x86_64") &&
		   aux(as, sp, AT_RANDOM) > sp && aux(as, sp, AT_SYSINFO_EHDR) == UINT64_MAX,
	       "and its addresses");
}

static void load_pie(void)
{
	struct exec_image img;
	uintptr_t base;

	make(0, ET_DYN, 0, NULL);
	tap_ok(exec_load("/bin/prog", args, env, &img) == 0, "a position-independent program");
	base = img.entry - 0x1100;
	tap_ok(base % PAGE_SIZE == 0 && byte(img.as, base + 0x1000) == 0x11, "its text is mapped");
	tap_ok(byte(img.as, base + 0x3333) == 0x11 && byte(img.as, base + 0x3334) == 0 &&
		   byte(img.as, base + 0x8000) == 0 && byte(img.as, base + 0x9000) == 0xdd,
	       "its data, and zeros to the end");
	tap_ok(fake_store(img.as, base + 0x3234, 5) == 0 && fake_store(img.as, base + 0x8233, 5) == 0 &&
		   fake_store(img.as, base + 0x1000, 5) == -EACCES && fake_exec(img.as, base + 0x3234) == -EACCES &&
		   fake_exec(img.as, img.entry) == 0 && fake_exec(img.as, img.sp) == -EACCES,
	       "with their protections");
	tap_ok(((unsigned char *)file(0))[0x2234] == 0x11 && ((unsigned char *)file(0))[0x2400] == 0x11,
	       "the image is not changed");
	tap_ok(aux(img.as, img.sp, AT_ENTRY) == img.entry && aux(img.as, img.sp, AT_BASE) == 0 &&
		   aux(img.as, img.sp, AT_PHDR) == base + 64,
	       "entry, base and program headers");
	tap_ok(img.as->brk_start >= base + 0x9000 && img.as->brk == img.as->brk_start &&
		   strcmp(img.path, "/bin/prog") == 0,
	       "the heap begins behind it");
	stack(&img);
	release(&img);
}

static void load_others(void)
{
	struct exec_image img;

	make(0, ET_EXEC, 0x400000, NULL);
	tap_ok(exec_load("/bin/prog", args, env, &img) == 0 && img.entry == 0x401100 && byte(img.as, 0x401000) == 0x11,
	       "a program at a fixed address");
	release(&img);
	make(0, ET_DYN, 0, "/lib/ld");
	make(1, ET_DYN, 0, NULL);
	tap_ok(exec_load("/bin/prog", args, env, &img) == 0 && byte(img.as, img.entry) == 0x22 &&
		   aux(img.as, img.sp, AT_BASE) + 0x1100 == img.entry &&
		   byte(img.as, aux(img.as, img.sp, AT_ENTRY)) == 0x11,
	       "a dynamic program: its interpreter runs first");
	release(&img);
	memset(file(2), 0, FILE_SIZE);
	strcpy(file(2), "#! /bin/prog  some argument \nrest");
	make(0, ET_DYN, 0, NULL);
	tap_ok(exec_load("/bin/script", args, env, &img) == 0 && word(img.as, img.sp) == 5 &&
		   text_at(img.as, word(img.as, img.sp + 8), "/bin/prog") &&
		   text_at(img.as, word(img.as, img.sp + 16), "some argument") &&
		   text_at(img.as, word(img.as, img.sp + 24), "/bin/script") &&
		   text_at(img.as, word(img.as, img.sp + 32), "one"),
	       "a script");
	release(&img);
}

static bool refused(const char *path, int err, const char *reason)
{
	struct exec_image img;
	int got = exec_load(path, args, env, &img);

	if (got == err && img.as == NULL && (reason == NULL ? img.reason == NULL : strcmp(img.reason, reason) == 0))
		return true;
	tap_note("%d: %s", got, got != 0 && img.reason != NULL ? img.reason : "no reason");
	return false;
}

static void errors(void)
{
	static char long_arg[200000];
	const char *const too_long[] = {long_arg, NULL};
	struct exec_image img;
	Elf64_Phdr *ph = make(0, ET_DYN, 0, NULL);

	tap_ok(refused("/bin/none", -ENOENT, NULL), "no such program");
	ph[2].p_flags = PF_R | PF_W | PF_X;
	tap_ok(refused("/bin/prog", -EACCES, "a segment is writable and executable"),
	       "a writable and executable segment");
	ph = make(0, ET_DYN, 0, NULL);
	ph[2].p_offset = 0x1000234;
	tap_ok(refused("/bin/prog", -ENOEXEC, "a segment lies beyond the end of the file"), "a segment beyond the end");
	make(0, ET_DYN, 0, "/lib/none");
	tap_ok(refused("/bin/prog", -ENOENT, "its dynamic linker (PT_INTERP) was not found"), "no interpreter");
	make(0, ET_DYN, 0, "relative");
	tap_ok(refused("/bin/prog", -ENOEXEC, "the interpreter's name is not an absolute path"),
	       "a bad interpreter's name");
	make(0, ET_EXEC, 1ul << 40, NULL);
	tap_ok(refused("/bin/prog", -ENOMEM, "its fixed addresses are not free here"), "a fixed address out of reach");
	make(0, ET_DYN, 0, NULL);
	memset(long_arg, 'x', sizeof long_arg - 1);
	tap_ok(exec_load("/bin/prog", too_long, env, &img) == -E2BIG, "an argument that is too long");
	strcpy(file(2), "#!/bin/script\n");
	tap_ok(refused("/bin/script", -ELOOP, "its interpreter (#!) is a script that needs one, and so on"),
	       "scripts in a circle");
	strcpy(file(2), "#!/bin/none\n");
	tap_ok(refused("/bin/script", -ENOENT, "its interpreter (#!) was not found"), "a script without interpreter");
	memset(file(2), '#', FILE_SIZE);
	memcpy(file(2), "#!", 2);
	tap_ok(refused("/bin/script", -ENOEXEC, NULL), "a script's line without end");
}

static void little_memory(void)
{
	size_t before, worked = 0, left;
	struct exec_image img;
	bool ok = true;

	make(0, ET_DYN, 0, "/lib/ld");
	make(1, ET_DYN, 0, NULL);
	before = page_free();
	for (left = 0; left < 200; left++) {
		int err;

		fake_leave(left);
		err = exec_load("/bin/prog", args, env, &img);
		worked += err == 0;
		ok = ok && (err == 0 || err == -ENOMEM);
		if (err == 0)
			release(&img);
		fake_leave(SIZE_MAX);
		ok = ok && page_free() + 10 * PAGE_SIZE >= before;
	}
	tap_ok(ok && worked > 10 && worked < 190, "-ENOMEM and nothing lost, with 0 to 199 frames (%zu were enough)",
	       200 - worked);
	worked = 0;
	for (left = 0; left < 40; left++) {
		int err;

		fake_pmap_budget = left;
		err = exec_load("/bin/prog", args, env, &img);
		fake_pmap_budget = SIZE_MAX;
		worked += err == 0;
		ok = ok && (err == 0 || err == -ENOMEM);
		if (err == 0)
			release(&img);
	}
	tap_ok(ok && worked > 0 && fake_pmap_nodes == 0, "likewise while page tables cannot grow");
}

int main(void)
{
	fake_ram(0x100000, 32ul << 20, true);
	cpu_boot.current = &thread;
	thread.task = &task;
	task.process = &process;
	process.rlimit[RLIMIT_STACK].cur = 8ul << 20;
	process.rlimit[RLIMIT_AS].cur = UINT64_MAX;
	process.creds.uid = 7;
	load_pie();
	memset(file(2), ' ', FILE_SIZE);
	memcpy(file(2), "#!/bin/prog\n", 12);
	tap_ok(refused("/bin/script", -ENOEXEC, NULL), "no scripts without a file system");
	exec_script_init();
	load_others();
	errors();
	little_memory();
	return tap_end();
}
