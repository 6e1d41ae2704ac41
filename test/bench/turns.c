/* SPDX-License-Identifier: ISC */
/* Prints the nanoseconds of one switch between a process and its child, which pass a byte back and forth through pipes; both have
 * written memory at the same addresses: `turns [KIB [STRIDE]]` of it (0), and each touches a byte in every STRIDE KiB of that in
 * its turn (0: none). The best of 10 rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"

#define PASSES 500

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 10 : 0,
	       stride = argc > 2 ? strtoul(argv[2], NULL, 10) << 10 : 0;
	char *memory = malloc(size + 1), b = 0;
	int there[2], back[2];
	double best = 1e18;

	if (memory == NULL || pipe(there) != 0 || pipe(back) != 0)
		return 1;
	memset(memory, 1, size);
	if (fork() == 0) {
		memset(memory, 2, size);
		while (read(there[0], &b, 1) == 1 && b == 0) {
			for (size_t i = 0; stride != 0 && i < size; i += stride)
				memory[i]++;
			if (write(back[1], &b, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	memset(memory, 3, size);
	for (int round = 0; round < 10; round++) {
		double start = now_ns(), ns;

		for (int i = 0; i < PASSES; i++) {
			if (write(there[1], &b, 1) != 1 || read(back[0], &b, 1) != 1)
				return 1;
			for (size_t k = 0; stride != 0 && k < size; k += stride)
				memory[k]++;
		}
		ns = (now_ns() - start) / (2 * PASSES);
		best = ns < best ? ns : best;
	}
	b = 1;
	if (write(there[1], &b, 1) != 1)
		return 1;
	printf("ns %.1f\n", best);
	return 0;
}
