/* SPDX-License-Identifier: ISC */
/*
 * Clocks (nanoseconds, uint64_t) and one-shot kernel timers. A timer's callback runs in the kernel with the kernel
 * lock, on whatever thread's stack is at hand, and must not block.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include "lib/base.h"

#define NSEC_PER_SEC 1000000000ull
#define TIME_NEVER   UINT64_MAX

struct ktimer {
	uint64_t deadline; /* monotonic ns; TIME_NEVER when idle */
	void (*fn)(struct ktimer *);
	int heap_index; /* position in the timer heap, -1 when not armed; private to timer.c */
};

#pragma GCC visibility push(default)
uint64_t time_mono(void); /* since boot, never goes back */
uint64_t time_real(void); /* since the epoch */
/* The monotonic time at which the wall clock will show ns, as it is set now; 0 when that is past. */
uint64_t time_real_to_mono(uint64_t ns);
void time_set_real(uint64_t ns); /* clock_settime */

void timer_init(struct ktimer *t, void (*fn)(struct ktimer *));
/* Arms (or rearms) for an absolute monotonic time; 0 on success, -ENOMEM when the heap cannot grow. */
int timer_arm(struct ktimer *t, uint64_t deadline) MUST_CHECK;
bool timer_cancel(struct ktimer *t); /* true if it was armed */
uint64_t timer_next(void); /* earliest deadline or TIME_NEVER */
void timer_run(void); /* calls what is due; from interrupts and idle */
#pragma GCC visibility pop

#endif
