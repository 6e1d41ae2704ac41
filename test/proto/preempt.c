/* SPDX-License-Identifier: ISC */
/*
 * Preemption: a one-shot timer's signal enters the kernel through sigreturn when it hits the program, and
 * only sets a flag when it hits the kernel. The kernel never touches vector registers, so they stay where
 * they are on an entry and are saved (XSAVE, standard format, XCR0 without AMX) at a switch of threads only,
 * voluntary or not. FS by wrfsbase.
 */
#define _GNU_SOURCE
#include "proto.h"
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#define KERNEL __attribute__((section("kernel_text"), target("general-regs-only"), noinline))
#define TURNS  40

struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, rip, cs, rflags, rsp, ss;
};

struct thread {
	uint8_t x[16384] __attribute__((aligned(64)));
	uint8_t stack[32768] __attribute__((aligned(16)));
	struct frame f;
	uint64_t fs, seen_fs;
	volatile unsigned long rounds, bad;
};

static struct thread threads[2];
static struct thread *volatile current;
static char kernel_stack[65536] __attribute__((aligned(16)));
static volatile unsigned long turns, hits_kernel;
static volatile int pending;
static timer_t timer;
static uint64_t xmask;
static uint64_t host_fs;
static jmp_buf finish;
extern char __start_kernel_text[], __stop_kernel_text[];
void resume(struct frame *f) __attribute__((noreturn));
void spin(uint64_t pattern, volatile unsigned long *rounds, volatile unsigned long *bad) __attribute__((noreturn));
void iret_here(void);
void jump_here(void);

asm(".pushsection kernel_text,\"ax\"\n.globl resume\n"
    "resume: mov %rdi,%rsp; mov 120(%rdi),%rax; mov %rax,slot(%rip)\n"
    "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; pop %r11; pop %r10; pop %r9; pop %r8\n"
    "pop %rax; pop %rcx; pop %rdx; pop %rsi; pop %rdi; add $16,%rsp; popfq; mov (%rsp),%rsp; jmp "
    "*slot(%rip)\n.popsection\n"
    ".globl spin, iret_here, jump_here\n"
    "spin: vmovq %rdi,%xmm5; vpbroadcastq %xmm5,%ymm5; vmovdqa %ymm5,%ymm14\n"
    "1: vpcmpeqq %ymm5,%ymm14,%ymm0; vpmovmskb %ymm0,%eax; vmovq %xmm5,%rcx; incq (%rsi)\n"
    "cmp $-1,%eax; jne 2f; cmp %rdi,%rcx; je 1b\n"
    "2: incq (%rdx); jmp 1b\n"
    "iret_here: mov %ss,%eax; mov %rsp,%rcx; push %rax; push %rcx; pushfq; mov %cs,%eax; push %rax\n"
    "lea 1f(%rip),%rax; push %rax; iretq; 1: ret\n"
    "jump_here: pushfq; lea 2f(%rip),%rax; mov %rax,slot(%rip); popfq; jmp *slot(%rip); 2: ret\n"
    ".data\nslot: .quad 0\n.text\n");

KERNEL static void xsave(void *area)
{
	asm volatile("xsave64 (%0)" ::"r"(area), "a"((uint32_t)xmask), "d"((uint32_t)(xmask >> 32)) : "memory");
}

KERNEL static void xrstor(void *area)
{
	asm volatile("xrstor64 (%0)" ::"r"(area), "a"((uint32_t)xmask), "d"((uint32_t)(xmask >> 32)) : "memory");
}

KERNEL static void arm(long ns)
{
	struct itimerspec its = {.it_value = {.tv_nsec = ns}};

	timer_settime(timer, 0, &its, NULL);
}

/* In the kernel on the way out: the other thread's turn, unless the test is over. */
KERNEL __attribute__((noreturn)) static void schedule(void)
{
	struct thread *prev = current, *next = prev == &threads[0] ? &threads[1] : &threads[0];

	pending = 0;
	asm volatile("rdfsbase %0" : "=r"(prev->seen_fs));
	if (++turns >= TURNS) {
		asm volatile("wrfsbase %0" ::"r"(host_fs));
		longjmp(finish, 1);
	}
	if (turns % 8 == 0) { /* stay in the kernel until the timer hits it */
		asm volatile("wrfsbase %0" ::"r"(host_fs));
		arm(100000);
		while (!pending)
			;
		pending = 0;
	}
	asm volatile("wrfsbase %0" ::"r"(host_fs));
	arm(300000);
	xsave(prev->x);
	xrstor(next->x);
	asm volatile("wrfsbase %0" ::"r"(next->fs));
	current = next;
	resume(&next->f);
}

__attribute__((target("general-regs-only"))) static void on_timer(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	if ((char *)g[REG_RIP] < (char *)spin || (char *)g[REG_RIP] >= (char *)iret_here) {
		hits_kernel++;
		pending = 1;
		return;
	}
	current->f = (struct frame){.r15 = (uint64_t)g[REG_R15],
				    .r14 = (uint64_t)g[REG_R14],
				    .r13 = (uint64_t)g[REG_R13],
				    .r12 = (uint64_t)g[REG_R12],
				    .rbp = (uint64_t)g[REG_RBP],
				    .rbx = (uint64_t)g[REG_RBX],
				    .r11 = (uint64_t)g[REG_R11],
				    .r10 = (uint64_t)g[REG_R10],
				    .r9 = (uint64_t)g[REG_R9],
				    .r8 = (uint64_t)g[REG_R8],
				    .rcx = (uint64_t)g[REG_RCX],
				    .rdx = (uint64_t)g[REG_RDX],
				    .rsi = (uint64_t)g[REG_RSI],
				    .rdi = (uint64_t)g[REG_RDI],
				    .rip = (uint64_t)g[REG_RIP],
				    .rsp = (uint64_t)g[REG_RSP],
				    .rax = (uint64_t)g[REG_RAX],
				    .cs = 0x33,
				    .ss = 0x2b,
				    .rflags = (uint64_t)g[REG_EFL]};
	g[REG_RIP] = (greg_t)schedule;
	g[REG_RSP] = (greg_t)(kernel_stack + sizeof(kernel_stack) - 8);
}

static void make_thread(int i)
{
	struct thread *t = &threads[i];

	t->fs = 0x7000000 + (uint64_t)i * 0x1000;
	t->f = (struct frame){.rdi = 0x1111111111111111UL * (uint64_t)(i + 3),
			      .rsi = (uint64_t)(uintptr_t)&t->rounds,
			      .rdx = (uint64_t)(uintptr_t)&t->bad,
			      .rip = (uint64_t)(uintptr_t)spin,
			      .cs = 0x33,
			      .ss = 0x2b,
			      .rflags = 0x202,
			      .rsp = (uint64_t)(uintptr_t)(t->stack + sizeof(t->stack))};
	xsave(t->x);
}

#define measure(what, n, code)                                                                                         \
	do {                                                                                                           \
		double t_ = now_ns();                                                                                  \
		for (int i_ = 0; i_ < (n); i_++) {                                                                     \
			code;                                                                                          \
		}                                                                                                      \
		note("%-34s %6.0f ns", what, (now_ns() - t_) / (n));                                                   \
	} while (0)

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
	uint8_t *x = threads[0].x;
	uint32_t lo, hi;

	need(getauxval(AT_HWCAP2) & 2);
	asm("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	xmask = ((uint64_t)hi << 32 | lo) & ~(3UL << 17);
	need(!sigaltstack(&alt, NULL) && !sigaction(SIGALRM, &sa, NULL) && !timer_create(CLOCK_MONOTONIC, &ev, &timer));
	asm volatile("rdfsbase %0" : "=r"(host_fs));
	make_thread(0);
	make_thread(1);
	if (!setjmp(finish)) {
		current = &threads[0];
		turns = 0;
		schedule();
	}
	ok(turns == TURNS, "two spinning threads are preempted in turn");
	ok(threads[0].rounds > 1000 && threads[1].rounds > 1000, "both make progress");
	ok(!threads[0].bad && !threads[1].bad, "vector registers of each survive the other");
	ok(hits_kernel > 0, "a timer that hits the kernel only sets the flag");
	ok(threads[0].seen_fs == threads[0].fs && threads[1].seen_fs == threads[1].fs, "each has its own FS base");

	measure("timer_settime", 10000, arm(900000000));
	arm(0);
	measure("xsave + xrstor", 100000, xsave(x); xrstor(x));
	measure("rdfsbase + wrfsbase", 100000, asm volatile("rdfsbase %%rax; wrfsbase %%rax" ::: "rax"));
	measure("xsaveopt + xrstor", 100000,
		asm volatile("xsaveopt64 (%0)" ::"r"(x), "a"(lo & ~0x60000), "d"(0)
			     : "memory");
		xrstor(x));
	measure("xsavec + xrstor", 100000,
		asm volatile("xsavec64 (%0)" ::"r"(x), "a"(lo & ~0x60000), "d"(0)
			     : "memory");
		xrstor(x));
	measure("leaving by iretq", 100000, iret_here());
	measure("leaving by popfq and jmp *slot", 100000, jump_here());
	measure("signal to itself, kernel hit", 10000, raise(SIGALRM));
	return done();
}
