/* SPDX-License-Identifier: ISC */
/*
 * System calls from call sites of every shape that Kiln's sandbox replaces by jumps (and some that only look like it):
 * the answer, every register, the flags and the red zone are as Linux leaves them, however often the site is run.
 */
#include "test/tap.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define ROUNDS 200

typedef long site(long nr, long a, long b, long c);
long checked(site *s, long nr, long *failures);

site site_before, site_nop, site_after, site_relocated, site_relocated_store, site_rex, site_plain, site_middle;
site site_other_number, read_after;
extern char site_middle_entry[], read_after_end[];

__asm__(
    ".text\n"
    /* The arguments are a C function's: nr, a, b, c. getppid = 110, getpid = 39. */
    "site_before: mov $110,%eax; syscall; ret\n"
    "site_nop: mov %rdi,%rax; mov %rsi,%rdi; mov %rdx,%rsi; mov %rcx,%rdx; .byte 0x0f,0x1f,0x44,0,0; syscall; ret\n"
    "site_after: mov %rdi,%rax; xor %edx,%edx; syscall; cmp $-4095,%rax; sbb %edx,%edx; ret\n"
    "site_relocated: mov %rdi,-8(%rsp); lea -16(%rsp),%rsp; mov 8(%rsp),%rax; syscall; lea 16(%rsp),%rsp; ret\n"
    "site_relocated_store: mov %rdi,%rax; mov %rdi,%r11; lea -64(%rsp),%rsp; mov %r11,8(%rsp); syscall\n"
    "lea 64(%rsp),%rsp; ret\n"
    "site_rex: mov %edi,%eax; mov $110,%r8d; syscall; ret\n"
    "site_plain: mov %rdi,%rax; syscall; ret\n"
    /* One path comes by the mov, another straight to the syscall with its own number. */
    "site_middle: mov $39,%eax\n"
    "site_middle_entry: syscall; ret\n"
    /* The mov before it belongs to another number: eax is changed in between by nothing, but rax is not the imm. */
    "site_other_number: mov %edi,%eax; jmp 1f; mov $39,%eax; 1: syscall; ret\n"
    "read_after: xor %eax,%eax; mov %rsi,%r8; mov %rdi,%rdi; mov %r8,%rsi; syscall; cmp $-4095,%rax; mov %rax,%rax; "
    "ret\n"
    "read_after_end:\n"
    /* checked(s, nr, failures): calls s(nr) with known registers, flags, red zone and vector registers. */
    "checked: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdx\n"
    "mov %rdi,%rbx; mov %rsi,%rdi; mov $0x1112,%r12; mov $0x1113,%r13; mov $0x1114,%r14; mov $0x1115,%r15\n"
    "mov $0x1116,%rbp; mov $0x1119,%r9; mov $0x111a,%r10; movq %rbp,%xmm3; movq %r9,%xmm15; punpcklqdq %xmm15,%xmm3\n"
    "movq $0x111b,-120(%rsp)\n"
    "call *%rbx\n"
    "cmp $0x1112,%r12; jne 9f; cmp $0x1113,%r13; jne 9f; cmp $0x1114,%r14; jne 9f; cmp $0x1115,%r15; jne 9f\n"
    "cmp $0x1116,%rbp; jne 9f; cmp $0x1119,%r9; jne 9f; cmp $0x111a,%r10; jne 9f\n"
    "cmpq $0x111b,-120(%rsp); jne 9f\n"
    "movq %xmm3,%rcx; cmp %rbp,%rcx; jne 9f; movq %xmm15,%rcx; cmp %r9,%rcx; jne 9f; psrldq $8,%xmm3\n"
    "movq %xmm3,%rcx; cmp %r9,%rcx; jne 9f\n"
    "pop %rdx; jmp 8f\n"
    "9: pop %rdx; incq (%rdx)\n"
    "8: pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
    /* flags_kept(nr): CF, OF and DF set across the call. 1 when they are kept. */
    "flags_kept: push %rbx; mov $0x7f,%cl; add $1,%cl; stc; std; mov $110,%eax; syscall; pushfq; cld; pop %rbx\n"
    "and $0xc01,%ebx; xor %eax,%eax; cmp $0xc01,%ebx; sete %al; pop %rbx; ret\n");

/*
 * written(pid, tid, sum): a call in whose end a handler writes to all registers that calls keep: rax, and in sum[] what was
 * found in rbx, rbp, r12 to r15.
 */
__asm__(
    "written: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdx; mov %rdi,%r8\n"
    "mov $1,%ebx; mov $2,%ebp; mov $3,%r12d; mov $4,%r13d; mov $5,%r14d; mov $6,%r15d; mov $10,%edx\n"
    "mov $234,%eax; syscall; mov (%rsp),%rdx\n"
    "mov %rbx,(%rdx); mov %rbp,8(%rdx); mov %r12,16(%rdx); mov %r13,24(%rdx); mov %r14,32(%rdx); mov %r15,40(%rdx)\n"
    "pop %rdx; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");

long flags_kept(void);
long written(long pid, long tid, long found[6]);

static void same_answer(const char *name, site *s, long nr, long want)
{
	long failures = 0;
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++)
		wrong += checked(s, nr, &failures) != want;
	tap_ok(wrong == 0, "%s: the answer is right each time", name);
	tap_ok(failures == 0, "%s: registers and red zone are kept", name);
}

static void write_frame(int sig, siginfo_t *info, void *context)
{
	static const int regs[] = {REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	for (unsigned i = 0; i < 6; i++)
		r[regs[i]] += 0x100000000;
}

/* The ends of the call and of rt_sigreturn, both from patched sites. */
static void frames_written(void)
{
	struct sigaction sa = {.sa_sigaction = write_frame, .sa_flags = SA_SIGINFO};
	long found[6], wrong = 0;

	sigaction(SIGUSR1, &sa, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		wrong += written(getpid(), gettid(), found) != 0;
		for (long k = 0; k < 6; k++)
			wrong += found[k] != k + 1 + 0x100000000;
	}
	tap_ok(wrong == 0, "what a handler writes to its frame is what the registers are");
}

static volatile long ticks, strange;
extern char __executable_start[], etext[];

static void on_tick(int sig, siginfo_t *info, void *context)
{
	uintptr_t ip = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)sig;
	(void)info;
	ticks++;
	if (ip < (uintptr_t)__executable_start || ip >= (uintptr_t)etext)
		strange++;
}

/* A timer that hits everywhere: program text, stubs, entry and way out. */
static void under_signals(void)
{
	struct sigaction sa = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct itimerval fast = {{0, 500}, {0, 500}}, off = {{0, 0}, {0, 0}};
	static site *const sites[] = {site_before, site_nop, site_after, site_relocated, site_relocated_store};
	long failures = 0, wrong = 0, parent = getppid();

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	for (long i = 0; ticks < 200 && i < 50000000; i++)
		wrong += checked(sites[i % 5], SYS_getppid, &failures) != parent;
	setitimer(ITIMER_REAL, &off, NULL);
	tap_ok(ticks >= 200, "200 signals arrive while calls are made");
	tap_ok(wrong == 0 && failures == 0, "under signals answers and registers are right");
	tap_ok(strange == 0, "every signal is reported inside the program's own text");
}

static int restart_pipe[2];

static void on_write(int sig)
{
	(void)sig;
	if (write(restart_pipe[1], "x", 1) != 1)
		_exit(3);
}

/* A read that a handler interrupts: repeated with SA_RESTART (it then finds the byte), -EINTR without. */
static void restarts(void)
{
	struct sigaction sa = {.sa_handler = on_write, .sa_flags = SA_RESTART};
	struct itimerval once = {{0, 0}, {0, 20000}};
	int good = 0;
	char c;

	if (pipe(restart_pipe) != 0) {
		tap_skip("restarted calls", "no pipe");
		return;
	}
	sigaction(SIGALRM, &sa, NULL);
	for (int i = 0; i < 4; i++) {
		setitimer(ITIMER_REAL, &once, NULL);
		good += read_after(restart_pipe[0], (long)&c, 1, 0) == 1;
	}
	tap_ok(good == 4, "a read from an `after` site is restarted behind a handler");
	sa.sa_flags = 0;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
	tap_ok(read_after(restart_pipe[0], (long)&c, 1, 0) == -EINTR, "without SA_RESTART it is -EINTR");
}

/* Text made at run time, at one address again and again. */
static void new_text(void)
{
	static const uint8_t codes[][16] = {
	    {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3},
	    {0x31, 0xc0, 0xb0, 110, 0x90, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0xc3},
	    {0x0f, 0x1f, 0x44, 0, 0, 0x0f, 0x05, 0xc3},
	    {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0x48, 0x83, 0xc0, 0x01, 0xc3},
	};
	long parent = getppid(), wrong = 0;

	for (int round = 0; round < 12; round++) {
		uint8_t *p = mmap((void *)0x31337000, 8192, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		const uint8_t *code = codes[round % 4];
		uint8_t *at = p + (round % 2 ? 4096 - 5 : 64); /* the jump straddles two pages, or not */
		long (*fn)(void) = (long (*)(void))(uintptr_t)at;

		if (p == MAP_FAILED) {
			tap_ok(false, "mmap of text");
			return;
		}
		memcpy(at, code, 16);
		mprotect(p, 8192, PROT_READ | PROT_EXEC);
		for (int i = 0; i < 10; i++) {
			long want = parent + (round % 4 == 3), got;

			__asm__ volatile("mov $110,%%eax; call *%1"
					 : "=&a"(got)
					 : "r"(fn)
					 : "rcx", "r11", "rdi", "memory");
			wrong += got != want;
		}
		munmap(p, 8192);
	}
	tap_ok(wrong == 0, "text that replaces other text at the same address is taken as it is");
}

int main(void)
{
	long parent = getppid(), self = getpid();
	site *middle = (site *)(uintptr_t)site_middle_entry;
	long wrong = 0, failures = 0, kept = 0;

	same_answer("mov before", site_before, SYS_getppid, parent);
	same_answer("nop before", site_nop, SYS_getppid, parent);
	same_answer("cmp after", site_after, SYS_getppid, parent);
	same_answer("relocated load", site_relocated, SYS_getppid, parent);
	same_answer("relocated store", site_relocated_store, SYS_getppid, parent);
	same_answer("mov of a wide register", site_rex, SYS_getpid, self);
	same_answer("no shape", site_plain, SYS_getppid, parent);
	same_answer("another number's mov", site_other_number, SYS_getppid, parent);
	for (int i = 0; i < ROUNDS; i++) {
		long answer;

		wrong += checked(site_middle, 0, &failures) != self;
		__asm__ volatile("call *%1" : "=a"(answer) : "r"(middle), "a"(SYS_getppid) : "rcx", "r11", "memory");
		wrong += answer != parent;
		kept += flags_kept();
	}
	tap_ok(wrong == 0 && failures == 0, "a jump straight to a patched site's syscall is right");
	tap_ok(kept == ROUNDS, "CF, OF and DF are kept");
	frames_written();
	under_signals();
	restarts();
	new_text();
	return tap_end();
}
