/* SPDX-License-Identifier: ISC */
/* Pipes, for start-up's runmode "|". */
#ifndef LINUX_PIPE_H
#define LINUX_PIPE_H

struct file;

#pragma GCC visibility push(default)
/* Makes a pipe: both ends with a reference. Set by the pipe code at INIT_FS; NULL when it is not linked. */
extern int (*pipe_hook)(struct file **read_end, struct file **write_end);
#pragma GCC visibility pop

#endif
