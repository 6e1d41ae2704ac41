/* SPDX-License-Identifier: ISC */
/* Prints the nanoseconds that 64 KiB take through a pipe from one thread to another, the best of 10 rounds. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"

#define SIZE   65536
#define PASSES 2000
#define ROUNDS 10

static int end[2];
static char out[SIZE], in[SIZE];

static void *writer(void *arg)
{
	(void)arg;
	for (int i = 0; i < PASSES * ROUNDS; i++)
		for (ssize_t done = 0, n; done < SIZE; done += n)
			if ((n = write(end[1], out + done, SIZE - (size_t)done)) <= 0)
				return NULL;
	return NULL;
}

int main(void)
{
	double best = 1e18;
	pthread_t thread;

	memset(out, 'k', SIZE);
	if (pipe(end) != 0 || pthread_create(&thread, NULL, writer, NULL) != 0)
		return 1;
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns(), ns;

		for (int i = 0; i < PASSES; i++)
			for (ssize_t done = 0, n; done < SIZE; done += n)
				if ((n = read(end[0], in + done, SIZE - (size_t)done)) <= 0)
					return 1;
		ns = (now_ns() - start) / PASSES;
		best = ns < best ? ns : best;
	}
	pthread_join(thread, NULL);
	if (memcmp(in, out, SIZE) != 0)
		return 1;
	printf("ns %.1f\n", best);
	return 0;
}
