/* SPDX-License-Identifier: ISC */
/* Between fcntl(2) and the record locks (linux/lock.c) and signal-driven I/O (linux/async.c), which only some images have. */
#ifndef LINUX_FILE_H
#define LINUX_FILE_H

#include "fs/file.h"

/* fd: by which f was found. */
struct file_async_ops {
	long (*control)(struct file *f, int fd, unsigned cmd,
			uintptr_t arg); /* F_SETFL's O_ASYNC, F_SETOWN and the like */
	long (*device_control)(struct file *f, int fd, unsigned cmd,
			       uintptr_t arg); /* FIOASYNC, SIOCSPGRP and the like */
};

#pragma GCC visibility push(default)
extern const struct file_async_ops *file_async; /* NULL while it is not linked */
/* F_GETLK … F_OFD_SETLKW; NULL while no locks are linked. */
extern long (*file_lock_hook)(struct file *f, unsigned cmd, struct uptr arg);
/* A descriptor for f is closed: the process's record locks on the file end. */
extern void (*file_close_hook)(struct file *f);
#pragma GCC visibility pop
#endif
