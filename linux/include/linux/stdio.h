/* SPDX-License-Identifier: ISC */
/* The console as a file (linux/stdio.c). */
#ifndef LINUX_STDIO_H
#define LINUX_STDIO_H

#include "fs/file.h"

struct process;

#pragma GCC visibility push(default)
struct file *stdio_open(unsigned flags) MUST_CHECK;
/* Fills the free ones among 0, 1 and 2 with the console. 0 or -ENOMEM. */
int stdio_attach(struct process *p) MUST_CHECK;
/* Set where the console has a line discipline: a file of it for a program that is started. 0 or -errno. */
extern int (*stdio_terminal_hook)(struct process *p, struct file **f);
#pragma GCC visibility pop
#endif
