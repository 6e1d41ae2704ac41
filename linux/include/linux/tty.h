/* SPDX-License-Identifier: ISC */
/* The console as a file (linux/tty.c). tty_attach is in linux/fd.h. */
#ifndef LINUX_TTY_H
#define LINUX_TTY_H

#include "fs/file.h"

#pragma GCC visibility push(default)
struct file *tty_open(unsigned flags) MUST_CHECK;
#pragma GCC visibility pop
#endif
