/* SPDX-License-Identifier: ISC */
/* Child processes: started without copying the parent (vfork), and ended by the kernel when the parent dies. */
#ifndef HOSTLIB_PROCESS_H
#define HOSTLIB_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "hostlib/error.h"
#include "hostlib/str.h"

struct process_files {
	int in, out, err; /* the child's 0, 1, 2; -1: as the parent's */
	bool own_group; /* a process group of its own: the terminal's Ctrl-C does not reach it */
	bool asked; /* it is asked to end (SIGTERM) when the parent dies: it has something to clean up */
};

/* The child's pid, or -1; err names argv[0] when it cannot be executed. */
pid_t process_start(char *const argv[], const struct process_files *files, struct error *err);
/* Runs to its end; what it printed is in out (may be NULL: not captured). Its exit status, 128+signal, or -1. */
int process_run(char *const argv[], struct str *out, struct error *err);
/* As process_run, but a status other than 0 is an error whose text is the first line printed. */
int process_check(char *const argv[], struct error *err);
/* Where the program is in $PATH, or NULL; to be freed. */
char *process_find(const char *name);

#endif
