/* SPDX-License-Identifier: ISC */
/* Arguments of common calls in words, for --strace. */
#ifndef LINUX_STRACE_ARGS_H
#define LINUX_STRACE_ARGS_H

#include "linux/syscall.h"

/*
 * Argument i of the call as strace prints it: its length, 0 when there is nothing better than a number, -1 when the call
 * has no such argument this time. result: what the call returned; what it wrote is shown when it did.
 */
long strace_arg(char *buf, size_t size, unsigned long nr, const struct callargs *a, unsigned i, long result);

#endif
