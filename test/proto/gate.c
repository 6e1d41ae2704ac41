/* SPDX-License-Identifier: ISC */
/*
 * A seccomp filter traps every system call that does not leave from the gate. The SIGSYS handler enters a
 * "kernel" on another stack, through sigreturn or directly (it then restores the vector registers itself),
 * and the kernel goes back to the program with iretq. Here the program is this process, libc included, and
 * its calls are passed on at the gate.
 */
#define _GNU_SOURCE
#include "proto.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#define MAGIC 4242

/* What the kernel keeps of a thread; the order of the pushes in a trap frame. */
struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, rip, cs, rflags, rsp, ss;
};

struct sigaction_kernel {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static struct frame thread;
static char kernel_stack[65536] __attribute__((aligned(16)));
static volatile int direct;
static unsigned long entries;
static uint64_t xmask;

extern char gate_after[];
long gate(long nr, long a, long b, long c, long d, long e, long f);
void restorer(void);
void resume(struct frame *f) __attribute__((noreturn));
void enter_on(void *stack_top, void (*fn)(void)) __attribute__((noreturn));
long probe_call(unsigned char in[256], unsigned char out[256]);

asm(".text; .balign 4096\n"
    ".globl gate, gate_after, restorer, resume, enter_on, probe_call\n"
    "gate: mov %rdi,%rax; mov %rsi,%rdi; mov %rdx,%rsi; mov %rcx,%rdx; mov %r8,%r10; mov %r9,%r8; mov "
    "8(%rsp),%r9\n"
    "gate_syscall: syscall\n"
    "gate_after: ret\n"
    "restorer: mov $15,%eax; jmp gate_syscall\n"
    ".balign 4096\n"
    "resume: mov %rdi,%rsp\n"
    "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; pop %r11; pop %r10; pop %r9; pop %r8\n"
    "pop %rax; pop %rcx; pop %rdx; pop %rsi; pop %rdi; iretq\n"
    "enter_on: mov %rdi,%rsp; jmp *%rsi\n"
    /* getppid by a syscall instruction of its own, with all vector registers loaded before and stored after
     */
    "probe_call: push %rbx; push %r12; push %r13; push %r14; push %r15; push %rbp\n"
    "vmovdqu (%rdi),%ymm0; vmovdqu 32(%rdi),%ymm7; vmovdqu 64(%rdi),%ymm15; movdqu 96(%rdi),%xmm3\n"
    "mov $1,%ebx; mov $2,%r12d; mov $3,%r13d; mov $4,%r14d; mov $5,%r15d; mov $6,%ebp; mov $7,%r8d; mov "
    "$8,%r9d\n"
    "mov $9,%r10d; mov $10,%edx; std; stc; mov $110,%eax; syscall\n"
    "pushfq; cld; popq %rcx; and $0x401,%ecx; cmp $0x401,%ecx; jne 1f\n"
    "cmp $1,%rbx; jne 1f; cmp $2,%r12; jne 1f; cmp $3,%r13; jne 1f; cmp $4,%r14; jne 1f; cmp $5,%r15; jne "
    "1f\n"
    "cmp $6,%rbp; jne 1f; cmp $7,%r8; jne 1f; cmp $8,%r9; jne 1f; cmp $9,%r10; jne 1f; cmp $10,%rdx; je 2f\n"
    "1: mov $-1,%rax\n"
    "2: vmovdqu %ymm0,(%rsi); vmovdqu %ymm7,32(%rsi); vmovdqu %ymm15,64(%rsi); movdqu %xmm3,96(%rsi)\n"
    "pop %rbp; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; ret\n");

/* The kernel: on its own stack, with the thread's registers in a frame. */
__attribute__((noreturn, target("general-regs-only"))) static void kernel_entry(void)
{
	struct frame *f = &thread;

	entries++;
	if (f->rax == SYS_getppid)
		f->rax = MAGIC;
	else
		f->rax = (uint64_t)gate((long)f->rax, (long)f->rdi, (long)f->rsi, (long)f->rdx, (long)f->r10,
					(long)f->r8, (long)f->r9);
	f->rcx = f->rip;
	f->r11 = f->rflags;
	resume(f);
}

__attribute__((target("general-regs-only"))) static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	thread = (struct frame){.r15 = (uint64_t)g[REG_R15],
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
				.rflags = (uint64_t)g[REG_EFL],
				.cs = 0x33,
				.ss = 0x2b};
	thread.rax = (uint64_t)(unsigned)info->si_syscall;
	if (direct) {
		void *x = ((ucontext_t *)context)->uc_mcontext.fpregs;

		asm volatile("xrstor64 (%0)" ::"r"(x), "a"((uint32_t)xmask), "d"((uint32_t)(xmask >> 32)) : "memory");
		enter_on(kernel_stack + sizeof(kernel_stack) - 8, kernel_entry);
	}
	g[REG_RIP] = (greg_t)kernel_entry;
	g[REG_RSP] = (greg_t)(kernel_stack + sizeof(kernel_stack) - 8);
	g[REG_EFL] &= ~0x500; /* DF, TF */
}

static void install_filter(void)
{
	uint64_t ip = (uint64_t)(uintptr_t)gate_after;
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ip, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(ip >> 32), 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	need(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

static double calls(int n)
{
	double t = now_ns();

	for (int i = 0; i < n; i++)
		syscall(SYS_getppid);
	return (now_ns() - t) / n;
}

static int probe(void)
{
	unsigned char in[256], out[256];

	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 3);
	memset(out, 0, sizeof(out));
	return probe_call(in, out) == MAGIC && !memcmp(in, out, 112);
}

int main(void)
{
	struct sigaction_kernel sa = {.handler = on_sigsys, .restorer = restorer};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
	uint32_t lo, hi;
	long parent = getppid();
	double t;

	asm("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	xmask = ((uint64_t)hi << 32 | lo) & ~(3UL << 17);
	sa.flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | 0x04000000 /* SA_RESTORER */;
	need(!sigaltstack(&alt, NULL) && !syscall(SYS_rt_sigaction, SIGSYS, &sa, NULL, 8));
	note("getppid, native                     %6.0f ns", calls(100000));
	install_filter();
	ok(syscall(SYS_getppid) == MAGIC, "a trapped call is answered by the kernel inside");
	ok(probe(), "general, vector registers and flags survive, handler left through sigreturn");
	note("getppid, trapped, through sigreturn %6.0f ns", calls(20000));
	direct = 1;
	ok(probe(), "general, vector registers and flags survive, handler left directly");
	note("getppid, trapped, left directly     %6.0f ns", calls(20000));
	t = now_ns();
	for (int i = 0; i < 100000; i++)
		gate(SYS_getppid, 0, 0, 0, 0, 0, 0);
	note("getppid, at the gate                %6.0f ns", (now_ns() - t) / 100000);
	ok(gate(SYS_getppid, 0, 0, 0, 0, 0, 0) == parent, "a call at the gate goes to the host");
	ok(write(1, "", 0) == 0 && entries > 40000, "libc works on calls that are passed on");
	return done();
}
