/* SPDX-License-Identifier: ISC */
/* mprotect, guard pages and stacks: each wrong access is the right signal, with the right code and address. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "test/tap.h"

#define PAGE 4096ul
#define MIB  1048576ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf back;
static volatile int got_signal, got_code;
static void *volatile got_addr;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got_code = info->si_code;
	got_addr = info->si_addr;
	siglongjmp(back, 1);
}

/* Runs the access; true when it ends in that signal and code at that address (0: no signal). */
static bool outcome(void (*access)(char *), char *p, int sig, int code)
{
	got_signal = got_code = 0;
	got_addr = NULL;
	if (sigsetjmp(back, 1) == 0)
		access(p);
	if (got_signal == sig && (sig == 0 || (got_code == code && got_addr == p)))
		return true;
	tap_note("signal %d code %d at offset %ld", got_signal, got_code, (long)((char *)got_addr - p));
	return false;
}

static void load(char *p)
{
	(void)*(volatile char *)p;
}

static void store(char *p)
{
	*(volatile char *)p = 0x5a;
}

static void call(char *p)
{
	((void (*)(void))(uintptr_t)p)();
}

static void protections(void)
{
	char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);

	memset(p, 0xc3, 8 * PAGE); /* ret */
	tap_ok(mprotect(p + PAGE, PAGE, PROT_READ) == 0 && outcome(load, p + PAGE, 0, 0),
	       "read-only memory can be read");
	tap_ok(outcome(store, p + PAGE + 9, SIGSEGV, SEGV_ACCERR), "but not written");
	tap_ok(outcome(store, p, 0, 0) && outcome(store, p + 2 * PAGE, 0, 0), "its neighbours can");
	tap_ok(mprotect(p + 2 * PAGE, PAGE, PROT_NONE) == 0 && outcome(load, p + 2 * PAGE, SIGSEGV, SEGV_ACCERR),
	       "PROT_NONE cannot be read");
	tap_ok(outcome(call, p + 3 * PAGE, SIGSEGV, SEGV_ACCERR), "data cannot be executed");
	tap_ok(mprotect(p + 3 * PAGE, PAGE, PROT_READ | PROT_EXEC) == 0 && outcome(call, p + 3 * PAGE, 0, 0),
	       "unless it becomes code");
	tap_ok(outcome(store, p + 3 * PAGE, SIGSEGV, SEGV_ACCERR), "which cannot be written");
	tap_ok(mprotect(p + 2 * PAGE, PAGE, RW) == 0 && (unsigned char)p[2 * PAGE + 1] == 0xc3,
	       "the content is still there");
	tap_ok(mprotect(p, 8 * PAGE, PROT_READ) == 0 && mprotect(p, 8 * PAGE, RW) == 0 &&
		   outcome(store, p + PAGE, 0, 0),
	       "over several ranges at once");
	munmap(p + 4 * PAGE, PAGE);
	tap_ok(outcome(load, p + 4 * PAGE, SIGSEGV, SEGV_MAPERR), "nothing is mapped there");
	tap_ok(mprotect(p, 8 * PAGE, PROT_READ) == -1 && errno == ENOMEM, "mprotect over a hole");
	tap_ok(outcome(store, p + 3 * PAGE, SIGSEGV, SEGV_ACCERR) && outcome(store, p + 5 * PAGE, 0, 0),
	       "changes what is before it");
	tap_ok(syscall(SYS_mprotect, p + 1, PAGE, RW) == -1 && errno == EINVAL, "mprotect inside a page");
	tap_ok(mprotect(p, 0, RW) == 0 && mprotect(p + 4 * PAGE, 0, RW) == 0, "length 0 is nothing");
	tap_ok(mprotect(p, PAGE, 0x100) == -1 && errno == EINVAL, "an unknown protection");
	tap_ok(syscall(SYS_mprotect, p, SIZE_MAX - 5 * PAGE, RW) == -1 && errno == ENOMEM, "mprotect beyond the end");
	munmap(p, 8 * PAGE);
}

/* Each a mapping of its own, made, run, and some given back. */
static void much_code(void)
{
	static char *p[2000];
	bool ok = true;

	for (int i = 0; i < 2000; i++) {
		p[i] = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
		if (p[i] == MAP_FAILED)
			break;
		p[i][0] = (char)0xc3;
		ok = ok && mprotect(p[i], PAGE, PROT_READ | PROT_EXEC) == 0 && outcome(call, p[i], 0, 0);
		if (i % 3 == 0)
			ok = ok && mprotect(p[i], PAGE, RW) == 0 && (p[i][0] = 1) &&
			     outcome(call, p[i], SIGSEGV, SEGV_ACCERR);
	}
	for (int i = 0; i < 2000; i++)
		ok = ok && p[i] != MAP_FAILED && munmap(p[i], 2 * PAGE) == 0;
	tap_ok(ok, "2000 pieces of code");
}

static void odd_addresses(void)
{
	tap_ok(outcome(load, (char *)0, SIGSEGV, SEGV_MAPERR), "page zero, read");
	tap_ok(outcome(store, (char *)8, SIGSEGV, SEGV_MAPERR), "page zero, written");
	tap_ok(outcome(call, (char *)16, SIGSEGV, SEGV_MAPERR), "page zero, called");
	tap_ok(outcome(store, (char *)(uintptr_t)protections, SIGSEGV, SEGV_ACCERR), "a program's text");
	tap_ok(outcome(store, (char *)"constant", SIGSEGV, SEGV_ACCERR), "a constant");
}

static int depth_reached;

__attribute__((noinline)) static int deep(int n)
{
	volatile char frame[4000];

	frame[0] = (char)n;
	frame[3999] = (char)n;
	depth_reached = n;
	return n == 0 ? frame[0] : deep(n - 1) + frame[3999];
}

__attribute__((noinline)) static void endless(int n)
{
	volatile char frame[4000];

	frame[0] = (char)n;
	if (frame[0] == (char)n)
		endless(n + 1);
	frame[1] = frame[0];
}

static void stacks(void)
{
	struct rlimit limit;
	stack_t alt = {.ss_size = 64 * 1024};
	char here, *far = &here;

	__asm__("" : "+r"(far)); /* the compiler is not to know where it points */
	getrlimit(RLIMIT_STACK, &limit);
	tap_ok(limit.rlim_cur == 8 * MIB, "the stack may have 8 MiB");
	deep(1800);
	tap_ok(depth_reached == 0, "7 MiB of it are used");
	alt.ss_sp = mmap(NULL, alt.ss_size, RW, ANON, -1, 0);
	sigaltstack(&alt, NULL);
	got_signal = 0;
	if (sigsetjmp(back, 1) == 0)
		endless(0);
	tap_ok(got_signal == SIGSEGV && (char *)got_addr < &here && &here - (char *)got_addr < (long)(9 * MIB),
	       "an endless recursion is SIGSEGV near the end of it");
	deep(1000);
	tap_ok(depth_reached == 0, "and the program can go on");
	tap_ok(outcome(store, far - 16 * MIB, SIGSEGV, SEGV_MAPERR), "beyond the limit nothing grows");
}

static void kernel_copies(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
	int fd[2];

	mprotect(p + 2 * PAGE, PAGE, PROT_READ);
	munmap(p + 3 * PAGE, PAGE);
	if (pipe(fd) != 0)
		return;
	tap_ok(write(fd[1], p + PAGE, 100) == 100, "the kernel reads memory that was never touched");
	tap_ok(read(fd[0], p + 10, 100) == 100 && p[10] == 0, "and writes it");
	tap_ok(write(fd[1], p + 3 * PAGE, 8) == -1 && errno == EFAULT, "write from nowhere is EFAULT");
	tap_ok(write(fd[1], "12345678", 8) == 8 && read(fd[0], p + 2 * PAGE, 8) == -1 && errno == EFAULT,
	       "read into read-only memory is EFAULT");
	tap_ok(pipe((int *)(p + 3 * PAGE)) == -1 && errno == EFAULT, "a result has nowhere to go");
	close(fd[0]);
	close(fd[1]);
}

/* A copy that is cut off by a hole is exact to the byte, however it is done. */
static void cut_copies(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
	int fd = memfd_create("cut", 0);
	bool exact = true;

	for (size_t i = 0; i < 3 * PAGE; i++)
		p[i] = (char)(i * 7 + i / 256);
	if (write(fd, p, 3 * PAGE) != 3 * PAGE)
		return;
	munmap(p + 3 * PAGE, PAGE);
	for (size_t room = 1; room < 3000; room += room < 200 ? 1 : 61) {
		char *at = p + 3 * PAGE - room;

		memset(at, 0, room);
		exact &= pread(fd, at, room + 3, 5) == (ssize_t)room && memcmp(at, p + 5, room) == 0;
		memset(at, 0, room);
		exact &= pread(fd, at, room + 4000, 5) == (ssize_t)room && memcmp(at, p + 5, room) == 0;
	}
	tap_ok(exact, "what is read before a hole is there, to the byte");
	close(fd);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	protections();
	much_code();
	odd_addresses();
	stacks();
	kernel_copies();
	cut_copies();
	return tap_end();
}
