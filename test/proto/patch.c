/* SPDX-License-Identifier: ISC */
/*
 * Call sites of the three shapes (before, after, relocated) in a page of text that is a memfd extent, never
 * writable where it is executable. A site is patched through a transient alias to jump to a stub near the
 * text; the stub enters the kernel like a function, which switches to the thread's kernel stack by GS and
 * leaves with `jmp *%rcx`.
 */
#define _GNU_SOURCE
#include "proto.h"
#include <asm/prctl.h>
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAGIC 4242
#define STUBS 4096 /* offset of the stubs from the text */
#define SPAN  131072

struct cpu {
	uint64_t kernel_sp, user_sp, pending;
};

static char kernel_stack[16384] __attribute__((aligned(16)));
static struct cpu cpu;
static uint8_t *text;
static int fd;
static unsigned used = STUBS;
uint64_t patch_dispatch(uint64_t *frame);
extern char patch_entry[], sites[], sites_end[];
extern char site_before[], site_after[], site_relocated[], site_flags[], site_jumped[];

asm(".text\n"
    ".globl patch_entry, sites, sites_end, site_before, site_after, site_relocated, site_flags, site_jumped\n"
    /* rcx: where to return; everything else is the program's; popfq and cld are slow, so for odd flags only
     */
    "patch_entry: mov %rsp,%gs:8; mov %gs:0,%rsp; pushfq; push %gs:8; push %rcx; push %rax\n"
    "testl $0x40d00,24(%rsp); jnz 2f\n" /* AC, DF, TF; OF too for brevity */
    "push %rdi; push %rsi; push %rdx; push %r10; push %r8; push %r9\n"
    "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; mov %rsp,%rdi\n"
    "call patch_dispatch\n"
    "cmpq $0,%gs:16; jne 2f\n"
    "mov 0(%rsp),%r15; mov 8(%rsp),%r14; mov 16(%rsp),%r13; mov 24(%rsp),%r12; mov 32(%rsp),%rbp; mov "
    "40(%rsp),%rbx\n"
    "mov 48(%rsp),%r9; mov 56(%rsp),%r8; mov 64(%rsp),%r10; mov 72(%rsp),%rdx; mov 80(%rsp),%rsi; mov "
    "88(%rsp),%rdi\n"
    "mov %rax,%rcx; mov 120(%rsp),%r11; mov %r11d,%eax; shl $8,%eax; sahf; mov %rcx,%rax\n"
    "mov 104(%rsp),%rcx; mov 112(%rsp),%rsp; jmp *%rcx\n"
    "2: ud2\n"
    "sites: nop; nop\n"
    "site_before: mov $110,%eax; syscall; ret\n"
    "site_jumped: xor %ecx,%ecx; syscall; ret\n" /* never patched: stands for a jump to the syscall itself */
    "site_after: mov $110,%al; movzbl %al,%eax; syscall; cmp $-4095,%rax; sbb %edx,%edx; ret\n"
    "site_relocated: mov $110,%eax; mov %rsi,%rdi; mov %rdx,%rsi; syscall; ret\n"
    /* red zone, flags and callee-saved registers across the call */
    "site_flags: push %rbx; mov $77,%ebx; movq $99,-8(%rsp); stc; mov $110,%eax; syscall; jnc 1f; cmp "
    "$77,%ebx; jne 1f\n"
    "cmpq $99,-8(%rsp); je 2f; 1: mov $-1,%eax; 2: pop %rbx; ret\n"
    "sites_end:\n");

uint64_t patch_dispatch(uint64_t *frame)
{
	return frame[12] == SYS_getppid ? MAGIC : (uint64_t)-38;
}

static long call(const char *site)
{
	return ((long (*)(void))(uintptr_t)(text + (site - sites)))();
}

static void put32(uint8_t *at, int64_t value)
{
	int32_t v = (int32_t)value;

	need(v == value);
	memcpy(at, &v, 4);
}

static unsigned emit(uint8_t *w, unsigned at, const void *bytes, unsigned n)
{
	memcpy(w + at, bytes, n);
	return at + n;
}

/* jmp rel32 within the window */
static unsigned emit_jump(uint8_t *w, unsigned at, unsigned to)
{
	w[at] = 0xe9;
	put32(w + at + 1, (int64_t)to - (at + 5));
	return at + 5;
}

/* lea return(%rip),%rcx; jmp *entry(%rip), the pointer stands at the start of the stubs */
static unsigned emit_enter(uint8_t *w, unsigned at, unsigned back)
{
	at = emit(w, at, "\x48\x8d\x0d", 3);
	put32(w + at, (int64_t)back - (at + 4));
	at = emit(w, at + 4, "\xff\x25", 2);
	put32(w + at, (int64_t)STUBS - (at + 4));
	return at + 4;
}

/* One site whose syscall stands at offset s. Returns the shape's first letter, 0 when none fits. */
static char patch(unsigned s, unsigned whole)
{
	uint8_t *w = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned at = used == STUBS ? STUBS + 8 : used, fix;
	uint64_t entry = (uint64_t)(uintptr_t)patch_entry;
	char shape = 0;

	memcpy(w + STUBS, &entry, 8);
	if (w[s - 5] == 0xb8 && (w[s - 6] & 0xf0) != 0x40) {
		emit_jump(w, s - 5, at);
		at = emit(w, at, "\xb8\x6e\0\0\0", 5);
		at = emit_enter(w, at, s + 2);
		shape = 'b';
	} else if (!memcmp(w + s + 2, "\x48\x3d", 2)) {
		/* the cmp begins at the second byte of rel32: one slot of 256 bytes in each 64 KiB */
		at = s + 5 + 0xcc00;
		fix = at + 13; /* behind the entry: cmp, jmp back */
		emit(w, fix, w + s + 2, 6);
		emit_jump(w, fix + 6, s + 8);
		emit_enter(w, at, fix);
		emit_jump(w, s, at);
		at = used;
		shape = 'a';
	} else if (whole >= 5) {
		at = emit(w, at, w + s - whole, whole);
		at = emit_enter(w, at, s + 2);
		emit_jump(w, s - whole, used == STUBS ? STUBS + 8 : used);
		shape = 'r';
	}
	used = at;
	munmap(w, SPAN);
	return shape;
}

static unsigned syscall_of(const char *site)
{
	unsigned at = (unsigned)(site - sites);

	while (text[at] != 0x0f || text[at + 1] != 0x05)
		at++;
	return at;
}

static double measure(const char *site)
{
	double best = 1e9;

	for (int round = 0; round < 5; round++) {
		double t = now_ns();

		for (int i = 0; i < 200000; i++)
			call(site);
		t = (now_ns() - t) / 200000;
		best = t < best ? t : best;
	}
	return best;
}

int main(void)
{
	double native;
	long parent = getppid();

	fd = memfd_create("text", MFD_CLOEXEC);
	need(fd >= 0 && !ftruncate(fd, SPAN) && getauxval(AT_HWCAP2) & 2);
	need(write(fd, sites, (size_t)(sites_end - sites)) == sites_end - sites);
	text = mmap(NULL, SPAN, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	need(text != MAP_FAILED);
	cpu.kernel_sp = (uint64_t)(uintptr_t)(kernel_stack + sizeof(kernel_stack));
	asm volatile("wrgsbase %0" ::"r"(&cpu));

	ok(call(site_before) == parent && call(site_after) == parent && call(site_relocated) == parent &&
	       call(site_flags) == parent,
	   "before patching every site asks the host");
	native = measure(site_before);
	ok(patch(syscall_of(site_before), 0) == 'b' && call(site_before) == MAGIC, "before: b8 imm32 becomes a jump");
	ok(call(site_before + 5) != MAGIC && text[syscall_of(site_before)] == 0x0f,
	   "before: the syscall stays, a jump straight to it is still right");
	ok(patch(syscall_of(site_after), 0) == 'a' && call(site_after) == MAGIC, "after: the cmp moves to the stub");
	ok(text[site_after - sites + 5] == 0xe9 && text[site_after - sites + 5 + 2] == 0xcc,
	   "after: where the cmp began stands int3");
	ok(patch(syscall_of(site_relocated), 6) == 'r' && call(site_relocated) == MAGIC,
	   "relocated: whole instructions before it move to the stub");
	ok(patch(syscall_of(site_flags), 0) == 'b' && call(site_flags) == MAGIC,
	   "flags, red zone and registers survive a patched call");
	note("getppid, native             %6.1f ns", native);
	note("getppid, patched before     %6.1f ns, ratio %.3f", measure(site_before), measure(site_before) / native);
	note("getppid, patched after      %6.1f ns", measure(site_after));
	note("getppid, patched relocated  %6.1f ns", measure(site_relocated));
	return done();
}
