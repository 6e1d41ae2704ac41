/* SPDX-License-Identifier: ISC */
/* Between fcntl(2) and the record locks (linux/lock.c), which only some images have. */
#ifndef LINUX_FILE_H
#define LINUX_FILE_H

#include "fs/file.h"

#pragma GCC visibility push(default)
/* F_GETLK … F_OFD_SETLKW; NULL while no locks are linked. */
extern long (*file_lock_hook)(struct file *f, unsigned cmd, struct uptr arg);
/* A descriptor for f is closed: the process's record locks on the file end. */
extern void (*file_close_hook)(struct file *f);
#pragma GCC visibility pop
#endif
