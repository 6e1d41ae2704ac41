/* SPDX-License-Identifier: ISC */
// RUN: -m 64M
/*
 * What the kernel must give back: every register after a system call, a page fault, a preemption and a signal; a
 * thread's own floating-point modes and thread pointer. And what it must not take from a frame that a program changed.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "test/tap.h"

struct regs {
	uint64_t r[12]; /* rbx rbp rdx rsi rdi r8 r9 r10 r12 r13 r14 r15 */
	uint64_t xmm[2];
	uint64_t flags;
};

enum what { SYSCALL, TOUCH, SPIN };

static volatile int stop;
static sigjmp_buf back;
static volatile sig_atomic_t seen, code;
static volatile uintptr_t trap_ip;
static uint64_t patterns[14];

/* Fills all registers, does one thing without a word to the compiler, and stores all registers. */
__attribute__((noinline)) static void run(enum what what, volatile char *page, struct regs *out)
{
	static void *saved_out, *saved_rbp, *saved_page;
	static uint64_t limit;
	struct timespec t;

	saved_out = out;
	saved_page = (void *)(uintptr_t)page;
	clock_gettime(CLOCK_MONOTONIC, &t);
	limit = 60000000; /* turns of the loop: some tenths of a second, several time slices */
#define FILL                                                                                                           \
	"mov %%rbp, %[rbp]\n"                                                                                          \
	"lea %[pat], %%rax\n"                                                                                          \
	"movdqu 96(%%rax), %%xmm7\n"                                                                                   \
	"mov 0(%%rax), %%rbx\n mov 8(%%rax), %%rbp\n mov 16(%%rax), %%rdx\n mov 24(%%rax), %%rsi\n"                    \
	"mov 32(%%rax), %%rdi\n mov 40(%%rax), %%r8\n mov 48(%%rax), %%r9\n mov 56(%%rax), %%r10\n"                    \
	"mov 64(%%rax), %%r12\n mov 72(%%rax), %%r13\n mov 80(%%rax), %%r14\n mov 88(%%rax), %%r15\n"
#define STORE                                                                                                          \
	"mov %[out], %%rax\n"                                                                                          \
	"mov %%rbx, 0(%%rax)\n mov %%rbp, 8(%%rax)\n mov %%rdx, 16(%%rax)\n mov %%rsi, 24(%%rax)\n"                    \
	"mov %%rdi, 32(%%rax)\n mov %%r8, 40(%%rax)\n mov %%r9, 48(%%rax)\n mov %%r10, 56(%%rax)\n"                    \
	"mov %%r12, 64(%%rax)\n mov %%r13, 72(%%rax)\n mov %%r14, 80(%%rax)\n mov %%r15, 88(%%rax)\n"                  \
	"movdqu %%xmm7, 96(%%rax)\n"                                                                                   \
	"pushfq\n popq 112(%%rax)\n cld\n"                                                                             \
	"mov %[rbp], %%rbp\n"
#define OPERANDS                                                                                                       \
	: [rbp] "+m"(saved_rbp)                                                                                        \
	: [pat] "m"(patterns), [out] "m"(saved_out), [page] "m"(saved_page), [limit] "m"(limit)                        \
	: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm7",      \
	  "memory", "cc"
	/* No red zone here: the stack pointer is moved by the pushes. */
	if (what == SYSCALL)
		__asm__ volatile("sub $128, %%rsp\n" FILL "mov $110, %%eax\n std\n stc\n syscall\n" STORE
				 "add $128, %%rsp\n" OPERANDS);
	else if (what == TOUCH)
		__asm__ volatile("sub $128, %%rsp\n" FILL
				 "mov %[page], %%rcx\n mov $0x55, %%eax\n std\n stc\n movb %%al, (%%rcx)\n" STORE
				 "add $128, %%rsp\n" OPERANDS);
	else
		__asm__ volatile("sub $128, %%rsp\n" FILL
				 "mov %[limit], %%rcx\n std\n 1: dec %%rcx\n jnz 1b\n stc\n" STORE
				 "add $128, %%rsp\n" OPERANDS);
}

static void check(enum what what, volatile char *page, const char *name)
{
	struct regs r;

	memset(&r, 0, sizeof r);
	run(what, page, &r);
	tap_ok(memcmp(r.r, patterns, sizeof r.r) == 0, "general registers survive %s", name);
	tap_ok(memcmp(r.xmm, patterns + 12, sizeof r.xmm) == 0, "vector registers survive %s", name);
	tap_ok((r.flags & 0x401) == 0x401, "carry and direction survive %s", name);
}

static void *disturb(void *arg)
{
	double x = 1;

	(void)arg;
	while (!stop)
		for (int i = 0; i < 1000; i++)
			x = x * 1.0000001 + 1e-9;
	return x > 0 ? NULL : arg;
}

static void on_fault(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *u = ctx;

	seen = sig;
	code = si->si_code;
	trap_ip = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
	if (sig == SIGTRAP) {
		u->uc_mcontext.gregs[REG_EFL] &= ~0x100;
		return;
	}
	siglongjmp(back, 1);
}

static void spoil(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *u = ctx;

	(void)sig;
	switch (si->si_value.sival_int) {
	case 0: u->uc_mcontext.gregs[REG_RIP] = (greg_t)0x8000000000000000ull; break;
	case 1: u->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x200; break; /* I/O privilege */
	case 2: u->uc_mcontext.gregs[REG_RIP] = (greg_t)0xffffffff80100000ull; break;
	case 3: /* that, as sysret would like it, and interrupts off */
		u->uc_mcontext.gregs[REG_EFL] = (u->uc_mcontext.gregs[REG_EFL] | 0x3000) & ~0x200;
		u->uc_mcontext.gregs[REG_R11] = u->uc_mcontext.gregs[REG_EFL];
		u->uc_mcontext.gregs[REG_RCX] = u->uc_mcontext.gregs[REG_RIP];
		break;
	default: memset(u->uc_mcontext.fpregs, 0xff, 512); /* MXCSR with reserved bits */
	}
}

static bool spoiled(int how)
{
	union sigval v = {.sival_int = how};

	seen = 0;
	if (sigsetjmp(back, 1) != 0)
		return true;
	sigqueue(getpid(), SIGUSR1, v);
	return false;
}

static void *own_modes(void *arg)
{
	uint32_t mxcsr = 0x1f80 | (uint32_t)(uintptr_t)arg << 13, now;
	uint16_t cw = (uint16_t)(0x37f | (uintptr_t)arg << 10), cw_now;

	__asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(cw));
	for (int i = 0; i < 200; i++) {
		sched_yield();
		__asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(now), "=m"(cw_now));
		if ((now & ~0x3fu) != (mxcsr & ~0x3fu) || cw_now != cw)
			return (void *)1;
	}
	return NULL;
}

static void faults(void)
{
	volatile char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec t;

	munmap((void *)(uintptr_t)(low + 4096), 4096);
	errno = 0;
	tap_ok(clock_gettime(CLOCK_REALTIME, (struct timespec *)(uintptr_t)(low + 4096 - sizeof t)) == 0,
	       "a result that ends with the page is stored");
	/* Not clock_gettime: its fast path may run in the program. */
	tap_ok(syscall(SYS_nanosleep, low + 4096 - 8, NULL) == -1 && errno == EFAULT,
	       "one that goes over it is EFAULT");
	static const uintptr_t bad[] = {0,
					8,
					4095,
					0x7ffffffff000,
					0x800000000000,
					0x8000000000000000,
					0xffff800000100000,
					0xffffffff80100000,
					0xfffffffffffffff8};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		tap_ok(syscall(SYS_nanosleep, bad[i], NULL) == -1 && errno == EFAULT, "address %lx is EFAULT", bad[i]);
	tap_ok(syscall(SYS_nanosleep, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0x7ffffffffff8) == 0,
	       "a result that is not given is not stored");
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
	volatile char *page = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t t[2];
	void *r[2];
	uintptr_t fs = 0, gs = 0, flags;

	for (int i = 0; i < 14; i++)
		patterns[i] = 0x0101010101010101ull * (uint64_t)(i + 1) ^ 0xfedcba9876543210ull;
	check(SYSCALL, NULL, "a system call");
	check(TOUCH, page + 32768, "a page fault");
	pthread_create(&t[0], NULL, disturb, NULL);
	check(SPIN, NULL, "being preempted");
	stop = 1;
	pthread_join(t[0], NULL);
	for (uintptr_t i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, own_modes, (void *)(i + 1));
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], &r[i]);
	tap_ok(r[0] == NULL && r[1] == NULL, "each thread has its own floating-point modes");

	tap_ok(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs) == 0 && fs == (uintptr_t)pthread_self(),
	       "FS is the thread pointer");
	tap_ok(syscall(SYS_arch_prctl, ARCH_SET_FS, 0x800000000000) == -1 && errno == EPERM,
	       "FS cannot point out of the program's half");
	tap_ok(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs) == 0 || errno == EINVAL || errno == EPERM,
	       "GS can be asked for");

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
	sa.sa_sigaction = spoil;
	sigaction(SIGUSR1, &sa, NULL);
	tap_ok(spoiled(0) && seen == SIGSEGV, "a frame that returns to no address is SIGSEGV");
	tap_ok(spoiled(2) && seen == SIGSEGV, "so is one that returns into the kernel");
	tap_ok(!spoiled(1), "a frame with more privilege");
	if (sigsetjmp(back, 1) == 0) {
		__asm__ volatile("outb %%al, $0x80" : : "a"(0));
		tap_ok(false, "gives none");
	} else {
		tap_ok(seen == SIGSEGV, "gives none");
	}
	tap_ok(!spoiled(3), "one that looks like a system call's");
	__asm__ volatile("sub $128, %%rsp; pushfq; popq %0; add $128, %%rsp" : "=r"(flags) : : "memory", "cc");
	tap_ok((flags & 0x3200) == 0x200, "gives none either, and interrupts stay on");
	tap_ok(!spoiled(4) || seen == SIGSEGV, "a frame with impossible vector state harms nobody");

	seen = 0;
	__asm__ volatile("sub $128, %%rsp; pushfq; orq $0x100, (%%rsp); popfq; nop; add $128, %%rsp"
			 :
			 :
			 : "memory", "cc");
	tap_ok(seen == SIGTRAP && code == TRAP_TRACE, "single-stepping is SIGTRAP");
	seen = 0;
	__asm__ volatile("int3");
	tap_ok(seen == SIGTRAP, "int3 is SIGTRAP");
	faults();
	return tap_end();
}
