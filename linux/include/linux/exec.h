/* SPDX-License-Identifier: ISC */
/* Loading a program: what start-up (and, later, execve) asks of the ELF loader. */
#ifndef LINUX_EXEC_H
#define LINUX_EXEC_H

#include "lib/base.h"

struct aspace;

struct exec_image {
	struct aspace *as; /* new, one reference: the caller's */
	uintptr_t entry, sp; /* sp points to argc; auxv and strings are in place */
	char *path; /* kmalloc'd absolute path of the program: process->exe */
};

#pragma GCC visibility push(default)
/* path: a baked program (abi/image.h) or a file below the current process's root; scripts (#!) likewise. argv, envp: kernel
 * strings, NULL-terminated lists. Does not touch the current process. 0, or -ENOENT, -ENOEXEC, -EACCES, -ENOMEM, -E2BIG … */
int exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out) MUST_CHECK;
#pragma GCC visibility pop

#endif
