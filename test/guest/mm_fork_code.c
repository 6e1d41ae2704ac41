/* SPDX-License-Identifier: ISC */
/* fork and code: two processes with other code at the same addresses, which changes and goes. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/child.h"
#include "test/tap.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, RW, flags, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	return p;
}

/* Functions that return n, one a page. */
static void make_code(char *p, unsigned pages, int n)
{
	mprotect(p, pages * PAGE, RW);
	for (unsigned i = 0; i < pages; i++) {
		p[i * PAGE] = (char)0xb8; /* mov $n, %eax; ret */
		memcpy(p + i * PAGE + 1, &n, sizeof n);
		p[i * PAGE + 5] = (char)0xc3;
	}
	mprotect(p, pages * PAGE, PROT_READ | PROT_EXEC);
}

static bool code_is(char *p, unsigned pages, int n)
{
	for (unsigned i = 0; i < pages; i++)
		if (((int (*)(void))(uintptr_t)(p + i * PAGE))() != n)
			return false;
	return true;
}

/* Code at the same addresses that is not the same, changes, and goes: its frames serve for data then. */
static void code_in_turns(void)
{
	enum { CODE = 9, ROUNDS = 60, DATA = 512 };
	char *p = map(CODE, ANON), *data;
	int there[2], back[2];
	bool good = true;
	char token = 0;
	pid_t pid;

	make_code(p, CODE, 1000);
	if (pipe(there) != 0 || pipe(back) != 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		for (int round = 0; round < ROUNDS; round++) {
			unsigned pages = 1 + (unsigned)round % CODE;

			CHECK(read(there[0], &token, 1) == 1);
			make_code(p, pages, round);
			CHECK(code_is(p, pages, round));
			CHECK(write(back[1], &token, 1) == 1 && read(there[0], &token, 1) == 1);
			CHECK(code_is(p, pages, round));
			if (round % 16 == 15) {
				munmap(p, 2 * PAGE);
				CHECK(mmap(p, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == p);
				memset(p, round, 2 * PAGE);
			}
			CHECK(write(back[1], &token, 1) == 1);
		}
		_exit(0);
	}
	for (int round = 0; round < 2 * ROUNDS; round++) {
		good &= write(there[1], &token, 1) == 1 && read(back[0], &token, 1) == 1 &&
			code_is(p, CODE, 1000 + round / 40);
		if (round % 40 == 39)
			make_code(p, CODE, 1001 + round / 40);
	}
	tap_ok(good && reap(pid) == 0, "each calls its own code at an address that they both have");
	data = map(DATA, ANON);
	for (unsigned i = 0; i < DATA; i++)
		good &= write(there[1], &p[i % CODE * PAGE], 64) == 64 && read(there[0], data + i * PAGE, 64) == 64 &&
			memcmp(data + i * PAGE, p + i % CODE * PAGE, 64) == 0;
	tap_ok(good, "and frames that held it hold data");
	for (unsigned i = 0; i < 2; i++)
		close(there[i]), close(back[i]);
	munmap(p, CODE * PAGE);
	munmap(data, DATA * PAGE);
}

int main(void)
{
	code_in_turns();
	return tap_end();
}
