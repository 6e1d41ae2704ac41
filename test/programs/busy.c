/* SPDX-License-Identifier: ISC */
/*
 * For profiles: four fifths of the time in hot(), which outer() and middle() call, the rest in cold(); or "calls N MS": N rounds
 * of two calls, and more until so many milliseconds are over, on however fast a machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long sum;

__attribute__((noinline)) static void hot(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sum += i;
}

__attribute__((noinline)) static void cold(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sum += i;
}

__attribute__((noinline)) static void middle(unsigned long n)
{
	hot(4 * n);
	sum++;
}

__attribute__((noinline)) static void outer(unsigned long n)
{
	middle(n);
	cold(n);
	sum++;
}

__attribute__((noinline)) static void call(void)
{
	char buf[256];
	static int fds[2];

	memset(buf, 1, sizeof buf);
	if (fds[1] == 0 && pipe(fds) != 0)
		exit(1);
	if (write(fds[1], buf, sizeof buf) < 0 || read(fds[0], buf, sizeof buf) < 0)
		exit(1);
	sum++;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 && strcmp(argv[1], "calls") != 0 ? strtoul(argv[1], NULL, 10) : 100;

	static char room[1 << 18];

	if (argc > 2) {
		long end = now_ms() + (argc > 3 ? atol(argv[3]) : 0);

		memset(room, 1, sizeof room); /* page faults */
		for (rounds = strtoul(argv[2], NULL, 10); rounds > 0; rounds--) {
			call();
			if (rounds == 1 && now_ms() < end)
				rounds = 1000;
		}
	}
	for (unsigned long i = 0; i < rounds; i++)
		outer(400000);
	puts("done");
	return 0;
}
