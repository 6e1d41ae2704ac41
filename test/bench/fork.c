/* SPDX-License-Identifier: ISC */
/* Prints the nanoseconds of fork, exit and wait of a process that has 10 MB of memory in use, the best of 10 rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"

#define FORKS 50
#define BYTES 10000000

static int once(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

int main(void)
{
	char *memory = malloc(BYTES);
	double best = 1e18;

	if (memory == NULL)
		return 1;
	memset(memory, 1, BYTES);
	for (int round = 0; round < 10; round++) {
		double start = now_ns(), ns;

		for (int i = 0; i < FORKS; i++)
			if (once() != 0)
				return 1;
		ns = (now_ns() - start) / FORKS;
		best = ns < best ? ns : best;
	}
	printf("ns %.1f\n", best);
	return memory[BYTES / 2] != 1;
}
