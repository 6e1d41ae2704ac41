/* SPDX-License-Identifier: ISC */
/* Clock ids of programs. */
#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#include "lib/base.h"

#pragma GCC visibility push(default)
/* What the clock shows, ns; -EINVAL: no such clock. */
int clock_now(int clock, uint64_t *ns);
/* Makes *clock fit for a timer: one that means the current thread or process gets its id, and is negative then. false: no
 * clock, or none that anything can wait for. */
bool clock_for_timer(int *clock) MUST_CHECK;
/* The thread or process whose clock it is has ended: it stands still. */
bool clock_ended(int clock);
/* Deadlines are in monotonic time; of a CPU-time clock in its own: the time now in which deadlines of that clock are. */
uint64_t clock_base(int clock);
/* ns of that clock, absolute or from now, as a deadline. */
uint64_t clock_deadline(int clock, bool absolute, uint64_t ns);
/* The monotonic time at which the deadline may have come (CPU time passes more slowly than real time). */
uint64_t clock_look(int clock, uint64_t deadline);
#pragma GCC visibility pop

#endif
