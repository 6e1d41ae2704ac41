/* SPDX-License-Identifier: ISC */
/* Descriptors that stand for processes, for clone and waitid; the functions are NULL while they are not linked. */
#ifndef LINUX_PIDFD_H
#define LINUX_PIDFD_H

#include "lib/base.h"

struct process;

struct pidfd_ops {
	/* A new descriptor of the current process: its number or -errno. */
	int (*create)(struct process *p, unsigned flags);
	/* The pid that fd stands for, 0 when that process is gone, -EBADF; *nonblock: whether it is not to be waited on. */
	int (*pid)(int fd, bool *nonblock);
};

#pragma GCC visibility push(default)
extern const struct pidfd_ops *pidfd_hook;
#pragma GCC visibility pop

#endif
