/* SPDX-License-Identifier: ISC */
/* clone(2) of processes, for those who know threads (linux/clone.c). */
#ifndef LINUX_FORK_H
#define LINUX_FORK_H

#include "lib/base.h"

struct clone_args;

#pragma GCC visibility push(default)
/* Makes a process; a->stack is the stack pointer, 0: the caller's. Its pid or -errno. NULL while nothing that makes
 * processes is linked. */
extern long (*clone_process_hook)(const struct clone_args *a);
#pragma GCC visibility pop

#endif
