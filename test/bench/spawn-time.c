/* SPDX-License-Identifier: ISC */
/* spawn-time N COMMAND…: runs the command N times, output to /dev/null, and prints the median nanoseconds from start to exit. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "clock.h"

extern char **environ;

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 0;
	posix_spawn_file_actions_t actions;
	double *ns;

	if (n <= 0)
		return 2;
	ns = calloc((size_t)n, sizeof *ns);
	if (ns == NULL)
		return 1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < n; i++) {
		double start = now_ns();
		int status;
		pid_t pid;

		if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0)
			return 1;
		if (waitpid(pid, &status, 0) != pid || status != 0) {
			fprintf(stderr, "spawn-time: status %#x\n", (unsigned)status);
			return 1;
		}
		ns[i] = now_ns() - start;
	}
	qsort(ns, (size_t)n, sizeof *ns, by_value);
	printf("ns %.0f\n", ns[n / 2]);
	return 0;
}
