/* SPDX-License-Identifier: ISC */
/* The console as a file (linux/stdio.c). */
#ifndef LINUX_STDIO_H
#define LINUX_STDIO_H

#include "fs/file.h"

struct process;

#pragma GCC visibility push(default)
/* A stream of the host's descriptor fd: 0, 1 or 2. */
bool stdio_is_terminal(uintptr_t fd);
struct file *stdio_open(unsigned flags, uintptr_t fd) MUST_CHECK;
/* Fills the free ones among 0, 1 and 2 with the console. 0 or -ENOMEM. */
int stdio_attach(struct process *p) MUST_CHECK;
/* Set where the console has a line discipline: a file of it for a program that is started. 0 or -errno. */
extern int (*stdio_terminal_hook)(struct process *p, struct file **f);
#pragma GCC visibility pop
#endif
