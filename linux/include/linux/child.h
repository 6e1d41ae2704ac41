/* SPDX-License-Identifier: ISC */
/* Between those who make processes (linux/fork.c), change what they run (execve.c), tell of them (child.c) and
 * wait for them (reap.c). */
#ifndef LINUX_CHILD_H
#define LINUX_CHILD_H

#include "linux/task.h"

/* A parent that sleeps until its child lets the shared memory go: on the parent's stack. */
struct vfork {
	struct wait_queue wait;
	bool done;
};

#pragma GCC visibility push(default)
/* Called once there is a first child. */
void child_watch(void);
/* p does not use its parent's memory any more: a vfork is over. */
void child_release(struct process *p);
/* How a zombie ended: CLD_…, and its status or the signal. */
int child_end_code(const struct process *p);
int child_end_value(const struct process *p);
#pragma GCC visibility pop

#endif
