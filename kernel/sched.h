/* SPDX-License-Identifier: ISC */
/* What the files of kernel/ tell each other about scheduling. */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "kernel/thread.h"

/* Bits of cpu->need_resched. */
#define RESCHED_SWITCH 1 /* another thread's turn */
#define RESCHED_LOOK   4 /* the current thread was interrupted: the personality has something to do */
#define RESCHED_ARM    2 /* the platform's timer may be armed too late */

void sched_init(void);
/* The idle loop, on the boot stack. */
NORETURN void sched_idle(void);
/* The earliest timer changed to an earlier time. */
void sched_timer_changed(uint64_t deadline);
void init_run(unsigned first, unsigned last);
void random_init(void);

#endif
