/* SPDX-License-Identifier: ISC */
/* Prints the nanoseconds of one switch between two threads that pass a futex back and forth, the best of 10 rounds. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "clock.h"

#define PASSES 20000

static atomic_int turn;

static void pass(int me)
{
	while (atomic_load(&turn) != me)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - me, NULL);
	atomic_store(&turn, 1 - me);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1);
}

static void *other(void *arg)
{
	(void)arg;
	for (int i = 0; i < PASSES * 10; i++)
		pass(1);
	return NULL;
}

int main(void)
{
	double best = 1e18;
	pthread_t thread;

	if (pthread_create(&thread, NULL, other, NULL) != 0)
		return 1;
	for (int round = 0; round < 10; round++) {
		double start = now_ns(), ns;

		for (int i = 0; i < PASSES; i++)
			pass(0);
		ns = (now_ns() - start) / (2 * PASSES);
		best = ns < best ? ns : best;
	}
	pthread_join(thread, NULL);
	printf("ns %.1f\n", best);
	return 0;
}
