/* SPDX-License-Identifier: ISC */
/* execve(2), for execveat(2). */
#ifndef LINUX_EXECVE_H
#define LINUX_EXECVE_H

#include "kernel/uaccess.h"

struct exec_file;

#pragma GCC visibility push(default)
/* The current process runs the program f, named path, or with NULL the one at path, from now on: 0. Else -errno, and nothing
 * has changed. */
int execve_file(const struct exec_file *f, const char *path, struct uptr argv, struct uptr envp) MUST_CHECK;
#pragma GCC visibility pop

#endif
