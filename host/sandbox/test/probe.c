/* SPDX-License-Identifier: ISC */
/*
 * A kernel that does one thing, named by its command line, to the tender that started it: what the contract promises,
 * and what the filter must not let pass. Built by tender.sh into an image of its own. Exit statuses: 42 is a pass.
 */
#include "abi/boot.h"
#include "abi/image.h"
#include "abi/sandbox.h"
#include <asm/unistd.h>

void entry(const struct boot_info *b);
void handler(int sig, char *info, uint64_t *uc);

static const struct boot_info *boot;
static const char *const relocated[2] = {"relocated", "too"}; /* pointers in read-only data */
static const char *volatile initialised = "initialised";
static volatile uint32_t zeroes[2000];
static volatile int expected_signal, one = 1;

static long gate(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	return ((long (*)(long, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t))boot->gate)(nr, a, b, c, d,
													e, f);
}

static void quit(int status)
{
	for (;;)
		gate(__NR_exit_group, (uint64_t)status, 0, 0, 0, 0, 0);
}

static int is(const char *word)
{
	const char *s = (const char *)boot->cmdline;

	while (*s && *s == *word)
		s++, word++;
	return *s == *word;
}

static long elsewhere(long nr)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
	return ret;
}

/* SIGSYS from elsewhere is answered; for any other expected signal the test has passed. */
void handler(int sig, char *info, uint64_t *uc)
{
	(void)info;
	if (sig != expected_signal)
		quit(1);
	if (sig != 31)
		quit(42);
	uc[18] = 1234; /* rax: uc_flags, uc_link, uc_stack of three words, r8 … */
}

static uint64_t contract(void)
{
	const struct image_header *payload =
	    (const struct image_header *)(boot->direct_base + boot->payload_pa + boot->payload_size) - 1;
	volatile uint64_t *ram = (volatile uint64_t *)boot->direct_base;

	if (boot->magic != BOOT_MAGIC || payload->magic != IMAGE_MAGIC || boot->mem_size != 1 << 20)
		return 2;
	if (relocated[one][0] != 't' || initialised[0] != 'i' || zeroes[1999] != 0)
		return 3;
	for (uint64_t i = 0; i < boot->mem_size / 8; i += 512)
		if (ram[i] != 0)
			return 4;
	ram[0] = 77;
	if (gate(__NR_mmap, 0x400000, 4096, 3, 0x11, (uint64_t)boot->mem_fd, 0) != 0x400000 ||
	    *(uint64_t *)0x400000 != 77)
		return 5;
	if (gate(__NR_munmap, 0x400000, 4096, 0, 0, 0, 0) != 0)
		return 6;
	return 42;
}

void entry(const struct boot_info *b)
{
	const char *text;

	boot = b;
	text = (const char *)boot->cmdline;
	if (text[0] >= '0' && text[0] <= '9') {
		int n = 0;

		while (*text >= '0' && *text <= '9')
			n = n * 10 + *text++ - '0';
		quit(n);
	}
	if (is("contract"))
		quit((int)contract());
	if (is("trap")) {
		expected_signal = 31;
		quit(elsewhere(__NR_getppid) == 1234 && elsewhere(__NR_openat) == 1234 ? 42 : 1);
	}
	if (is("write-text")) {
		expected_signal = 11;
		*(volatile char *)&entry = 0;
	}
	if (is("write-rodata")) {
		expected_signal = 11;
		*(volatile char *)(uintptr_t)&relocated[one] = 0;
	}
	if (is("write-payload")) {
		expected_signal = 11;
		*(volatile char *)(boot->direct_base + boot->payload_pa) = 0;
	}
	if (is("write-gate")) {
		expected_signal = 11;
		*(volatile char *)boot->gate = 0;
	}
	if (is("page-zero")) {
		expected_signal = 11;
		__asm__ volatile("movb $0, 8");
	}
	if (is("run-data")) {
		expected_signal = 11;
		((void (*)(void))boot->direct_base)();
	}
	if (is("openat"))
		gate(__NR_openat, (uint64_t)-100, (uint64_t) "/etc/passwd", 0, 0, 0, 0);
	if (is("execve"))
		gate(__NR_execve, (uint64_t) "/bin/sh", 0, 0, 0, 0, 0);
	if (is("clone"))
		gate(__NR_clone, 0, 0, 0, 0, 0, 0);
	if (is("socket"))
		gate(__NR_socket, 2, 1, 0, 0, 0, 0);
	if (is("write-image"))
		gate(__NR_write, (uint64_t)boot->image_fd, (uint64_t)boot, 4, 0, 0, 0);
	if (is("mmap-wx"))
		gate(__NR_mmap, 0x400000, 4096, 7, 0x11, (uint64_t)boot->mem_fd, 0);
	if (is("mmap-gate"))
		gate(__NR_mmap, boot->gate & ~0xfffull, 4096, 3, 0x11, (uint64_t)boot->mem_fd, 0);
	if (is("munmap-gate"))
		gate(__NR_munmap, boot->gate & ~0xfffull, 4096, 0, 0, 0, 0);
	if (is("mprotect-kernel"))
		gate(__NR_mprotect, boot->kernel_base, 4096, 3, 0, 0, 0);
	if (is("mmap-image-head"))
		gate(__NR_mmap, 0x400000, 4096, 1, 0x12, (uint64_t)boot->image_fd, 0);
	if (is("grow-memory"))
		gate(__NR_fallocate, (uint64_t)boot->mem_fd, 0, boot->mem_size, 4096, 0, 0);
	if (is("int80")) {
		long ret;

		__asm__ volatile("int $0x80" : "=a"(ret) : "a"(20) : "memory");
	}
	quit(1); /* a forbidden call came back */
}
