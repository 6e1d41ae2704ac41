/* SPDX-License-Identifier: ISC */
/*
 * Many processes that take turns: each changes a memory of its own at random, forks, executes this program anew, gives
 * its turn away, and checks every byte that it wrote. Statuses tell what went wrong.
 */
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/tap.h"

#define PAGE      4096ul
#define PAGES     200u
#define PROCESSES 4
#define ROUNDS    150u
#define DEPTH     2
#define RW        (PROT_READ | PROT_WRITE)
#define ANON      (MAP_PRIVATE | MAP_ANONYMOUS)

enum { FINE, NO_MAPPING, WRONG_CONTENT, WRONG_IN_CHILD, NO_EXEC, CHILD_FAILED };

static uint64_t seed;
static unsigned char *memory, value[PAGES];
static char *self;

static unsigned rnd(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static bool right(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		if (memory[i * PAGE + 17] != value[i])
			return false;
	return true;
}

static void fill(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		memory[i * PAGE + 17] = value[i] = (unsigned char)rnd(256);
}

static int work(unsigned rounds, int depth);

static int child(unsigned first, unsigned n, unsigned rounds, int depth)
{
	char number[20], levels[20];

	if (!right(0, PAGES))
		return WRONG_IN_CHILD;
	if (rnd(2) == 0) {
		snprintf(number, sizeof number, "%u", rnd(1000));
		snprintf(levels, sizeof levels, "%d", depth - 1);
		execl(self, self, number, levels, (char *)NULL);
		return NO_EXEC;
	}
	fill(first, n);
	sched_yield();
	return right(0, PAGES) ? work(rounds / 4, depth - 1) : WRONG_IN_CHILD;
}

static bool replace(unsigned first, unsigned n)
{
	unsigned char *at = memory + first * PAGE;

	memset(value + first, 0, n);
	return munmap(at, n * PAGE) == 0 && mmap(at, n * PAGE, RW, ANON | MAP_FIXED, -1, 0) == at;
}

static int step(unsigned rounds, int depth)
{
	unsigned first = rnd(PAGES), n = 1 + rnd(40), what = rnd(9);
	int status = 0;
	pid_t pid;

	n = n < PAGES - first ? n : PAGES - first;
	if (what == 0)
		return replace(first, n) ? FINE : NO_MAPPING;
	if (what < 4) {
		fill(first, n);
	} else if (what == 4) {
		mprotect(memory + first * PAGE, n * PAGE, PROT_NONE);
		sched_yield();
		mprotect(memory + first * PAGE, n * PAGE, RW);
	} else if (what == 5) {
		sched_yield();
	} else if (what == 6 && depth > 0 && rnd(6) == 0) {
		pid = fork();
		if (pid == 0)
			_exit(child(first, n, rounds, depth));
		if (pid > 0 && rnd(2) == 0)
			waitpid(pid, &status, 0);
		return status == 0 ? FINE : CHILD_FAILED;
	}
	return right(first, n) ? FINE : WRONG_CONTENT;
}

/* The status of a process that does so many steps and then waits for its children. */
static int work(unsigned rounds, int depth)
{
	int result = FINE, status;

	for (unsigned i = 0; i < rounds && result == FINE; i++)
		result = step(rounds, depth);
	if (result == FINE && !right(0, PAGES))
		result = WRONG_CONTENT;
	while (wait(&status) > 0)
		if (status != 0 && result == FINE)
			result = CHILD_FAILED;
	return result;
}

static void start(uint64_t number)
{
	seed = number;
	memset(value, 0, sizeof value);
	memory = mmap(NULL, PAGES * PAGE, RW, ANON, -1, 0);
	if (memory == MAP_FAILED)
		_exit(NO_MAPPING);
}

int main(int argc, char **argv)
{
	pid_t pid[PROCESSES];

	self = argv[0];
	if (argc > 2) {
		start(strtoul(argv[1], NULL, 10));
		return work(ROUNDS / 4, atoi(argv[2]));
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			start(i + 1);
			_exit(work(ROUNDS, DEPTH));
		}
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status = -1;

		waitpid(pid[i], &status, 0);
		tap_ok(status == 0, "process %u and its children find what they wrote (status %x)", i,
		       (unsigned)status);
	}
	return tap_end();
}
