/* SPDX-License-Identifier: ISC */
/* Signals: handlers, masks, stacks, details, interrupted and restarted calls, faults. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"

static volatile int count, order[8], seen_sig, seen_code, seen_value, on_stack, depth, max_depth, raised;
static void *volatile seen_addr;
static volatile pid_t seen_pid, seen_tid;
static sigjmp_buf back;
static char altstack[65536];
static double volatile in_handler;

static void handler(int sig)
{
	order[count++ % 8] = sig;
	seen_tid = (pid_t)syscall(SYS_gettid);
}

static void info_handler(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	count++;
	seen_sig = sig;
	seen_code = si->si_code;
	seen_addr = si->si_addr;
	seen_pid = si->si_pid;
	seen_value = si->si_value.sival_int;
	on_stack = (char *)&sig >= altstack && (char *)&sig < altstack + sizeof altstack;
	in_handler = in_handler * 3.5 + 1; /* uses vector registers */
}

static void jump_handler(int sig, siginfo_t *si, void *uc)
{
	info_handler(sig, si, uc);
	seen_addr = si->si_addr;
	siglongjmp(back, sig);
}

static void skip_handler(int sig, siginfo_t *si, void *uc)
{
	ucontext_t *u = uc;

	info_handler(sig, si, uc);
	u->uc_mcontext.gregs[REG_RIP] += 2; /* over the two bytes of ud2 */
	u->uc_mcontext.gregs[REG_RBX] = 0x1234;
}

static void nest_handler(int sig)
{
	depth++;
	if (depth > max_depth)
		max_depth = depth;
	if (++raised < 3)
		raise(sig);
	depth--;
}

static void faults(void)
{
	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int zero = 0, seven = 7;
	unsigned long rbx;

	install(SIGSEGV, jump_handler, SA_SIGINFO);
	install(SIGFPE, jump_handler, SA_SIGINFO);
	install(SIGTRAP, info_handler, SA_SIGINFO);
	install(SIGILL, skip_handler, SA_SIGINFO);
	munmap(page + 4096, 4096);
	if (!sigsetjmp(back, 1))
		*(volatile char *)(page + 4097) = 1;
	tap_ok(seen_sig == SIGSEGV && seen_code == SEGV_MAPERR && seen_addr == page + 4097,
	       "a write to nothing: SEGV_MAPERR and the address");
	if (!sigsetjmp(back, 1))
		*(volatile char *)(page + 5) = 1;
	tap_ok(seen_sig == SIGSEGV && seen_code == SEGV_ACCERR && seen_addr == page + 5,
	       "a write to read-only memory: SEGV_ACCERR");
	if (!sigsetjmp(back, 1))
		__asm__ volatile("hlt");
	tap_ok(seen_sig == SIGSEGV && seen_code == SI_KERNEL, "a privileged instruction: SI_KERNEL");
	if (!sigsetjmp(back, 1))
		zero = seven / zero;
	tap_ok(seen_sig == SIGFPE && seen_code == FPE_INTDIV, "a division by zero: FPE_INTDIV");
	count = 0;
	__asm__ volatile("int3");
	tap_ok(count == 1 && seen_sig == SIGTRAP, "a breakpoint");
	__asm__ volatile("mov $7, %%ebx; ud2; mov %%rbx, %0" : "=r"(rbx) : : "rbx");
	tap_ok(seen_sig == SIGILL && seen_code == ILL_ILLOPN && rbx == 0x1234,
	       "a handler changes registers and goes on behind the fault");
	munmap(page, 4096);
}

static void masks(void)
{
	sigset_t set, old, pending;
	siginfo_t si;
	struct timespec ts = {0, 2000000}, zero = {0, 0};
	union sigval value = {.sival_int = 77};

	install(SIGUSR1, handler, 0);
	install(SIGUSR2, handler, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &old);
	count = 0;
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	sigpending(&pending);
	tap_ok(count == 0 && sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2), "blocked signals wait");
	tap_ok(sigtimedwait(&set, &si, &zero) == SIGUSR1 && si.si_code == SI_USER && si.si_pid == getpid(),
	       "sigtimedwait takes one");
	sigprocmask(SIG_SETMASK, &old, NULL);
	tap_ok(count == 1 && order[0] == SIGUSR2, "the other comes when it is unblocked; twice the same is once");
	sigprocmask(SIG_BLOCK, &set, NULL);
	tap_ok(sigtimedwait(&set, &si, &ts) == -1 && errno == EAGAIN, "sigtimedwait gives up");
	tap_ok(sigqueue(getpid(), SIGUSR1, value) == 0 && sigwaitinfo(&set, &si) == SIGUSR1 && si.si_code == SI_QUEUE &&
		   si.si_value.sival_int == 77,
	       "sigqueue carries a value");
	count = 0;
	kill(getpid(), SIGUSR1);
	sigfillset(&pending);
	sigdelset(&pending, SIGUSR1);
	tap_ok(sigsuspend(&pending) == -1 && errno == EINTR && count == 1, "sigsuspend lets it through");
	sigprocmask(SIG_BLOCK, NULL, &pending);
	tap_ok(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2), "and the mask is back");
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 3; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	count = 0;
	for (int i = 1; i <= 3; i++)
		count += sigwaitinfo(&set, &si) == SIGRTMIN && si.si_value.sival_int == i;
	tap_ok(count == 3, "real-time signals queue, in order");
	for (count = 0; count < 1000000 && sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = count}) == 0;
	     count++)
		;
	tap_ok(count > 100 && count < 1000000 && errno == EAGAIN, "up to a limit");
	signal(SIGRTMIN, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	install(SIGKILL, handler, 0);
	tap_ok(sigaction(SIGKILL, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) == -1 && errno == EINVAL,
	       "SIGKILL cannot be ignored");
}

static void flags(void)
{
	stack_t ss = {.ss_sp = altstack, .ss_size = sizeof altstack}, old;
	struct sigaction sa;

	tap_ok(sigaltstack(&ss, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_sp == altstack &&
		   old.ss_flags == 0,
	       "an alternate stack");
	install(SIGUSR1, info_handler, SA_SIGINFO | SA_ONSTACK);
	raise(SIGUSR1);
	tap_ok(on_stack && seen_code == SI_TKILL && seen_pid == getpid(), "SA_ONSTACK uses it; raise is SI_TKILL");
	install(SIGUSR1, info_handler, SA_SIGINFO);
	raise(SIGUSR1);
	tap_ok(!on_stack, "without SA_ONSTACK it is not used");
	ss.ss_size = 100;
	tap_ok(sigaltstack(&ss, NULL) == -1 && errno == ENOMEM, "one that is too small is refused");
	install(SIGUSR1, handler, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &sa);
	tap_ok(sa.sa_handler == SIG_DFL, "SA_RESETHAND");
	install(SIGUSR1, nest_handler, SA_NODEFER);
	raise(SIGUSR1);
	tap_ok(max_depth == 3, "SA_NODEFER nests");
	max_depth = raised = 0;
	install(SIGUSR1, nest_handler, 0);
	raise(SIGUSR1);
	tap_ok(max_depth == 1, "without it the signal waits");
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	tap_ok(true, "an ignored signal does nothing");
	raise(SIGCHLD);
	raise(SIGWINCH);
	raise(SIGURG);
	tap_ok(true, "nor do those that are ignored by default");
}

static void calls(void)
{
	struct timespec ts = {60, 0}, rest = {99, 9}, before, after;
	struct itimerval it = {{0, 3000}, {0, 3000}}, off = {{0, 0}, {0, 0}};
	long ms;

	install(SIGALRM, handler, 0);
	count = 0;
	setitimer(ITIMER_REAL, &it, NULL); /* again and again: one may come before the sleep begins */
	tap_ok(nanosleep(&ts, &rest) == -1 && errno == EINTR && count >= 1, "a handler interrupts a sleep");
	tap_ok(rest.tv_sec < 60 && rest.tv_sec > 0, "the rest is known");
	install(SIGALRM, handler, SA_RESTART);
	tap_ok(nanosleep(&ts, &rest) == -1 && errno == EINTR, "with SA_RESTART too");
	tap_ok(pause() == -1 && errno == EINTR, "and pause");
	install(SIGALRM, SIG_IGN, 0);
	ts = (struct timespec){0, 30000000};
	clock_gettime(CLOCK_MONOTONIC, &before);
	tap_ok(nanosleep(&ts, NULL) == 0, "an ignored signal does not interrupt");
	clock_gettime(CLOCK_MONOTONIC, &after);
	setitimer(ITIMER_REAL, &off, NULL);
	ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	tap_ok(ms >= 29, "and the sleep is not cut short: %ld ms", ms);
}

/* The signal is blocked but while it waits, so that none comes too early. */
static void *waiter(void *arg)
{
	sigset_t none;

	(void)arg;
	sigemptyset(&none);
	sigsuspend(&none);
	return NULL;
}

static volatile int vector_ok = 1, spin_done;

static void *spinner(void *arg)
{
	double a = 1.25, b = 2.5, c = 5;

	(void)arg;
	while (!spin_done) {
		a = a + 1 - 1;
		b = b * 2 / 2;
		c = c - b + b;
		if (a != 1.25 || b != 2.5 || c != 5)
			vector_ok = 0;
	}
	return NULL;
}

static void threads(void)
{
	pthread_t t, s;
	sigset_t set, old;

	install(SIGUSR1, handler, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	pthread_create(&t, NULL, waiter, NULL);
	count = 0;
	pthread_kill(t, SIGUSR1);
	pthread_join(t, NULL);
	tap_ok(count == 1 && seen_tid != getpid(), "pthread_kill reaches that thread");
	pthread_create(&t, NULL, waiter, NULL);
	count = 0;
	kill(getpid(), SIGUSR1);
	pthread_join(t, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	tap_ok(count == 1 && seen_tid != getpid(), "a signal for the process goes to a thread that takes it");
	install(SIGUSR2, info_handler, SA_SIGINFO);
	pthread_create(&s, NULL, spinner, NULL);
	for (int i = 0; i < 50; i++) {
		pthread_kill(s, SIGUSR2);
		usleep(200);
	}
	spin_done = 1;
	pthread_join(s, NULL);
	tap_ok(vector_ok && count >= 2, "handlers leave vector registers as they were");
	tap_ok(syscall(SYS_tgkill, getpid(), 999999, SIGUSR1) == -1 && errno == ESRCH, "no such thread");
	tap_ok(kill(999999, 0) == -1 && errno == ESRCH && kill(getpid(), 0) == 0,
	       "signal 0 asks whether a process is there");
	tap_ok(kill(getpid(), 65) == -1 && errno == EINVAL, "no such signal");
}

int main(void)
{
	install(SIGUSR1, info_handler, SA_SIGINFO);
	kill(getpid(), SIGUSR1);
	tap_ok(count == 1 && seen_sig == SIGUSR1 && seen_code == SI_USER && seen_pid == getpid(),
	       "a signal to oneself arrives before kill returns");
	flags();
	masks();
	calls();
	faults();
	threads();
	return tap_end();
}
