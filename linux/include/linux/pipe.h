/* SPDX-License-Identifier: ISC */
/* Pipes: for start-up's runmode "|", and for FIFOs. */
#ifndef LINUX_PIPE_H
#define LINUX_PIPE_H

#include "lib/base.h"

struct file;
struct file_ops;
struct pipe;

#pragma GCC visibility push(default)
/* Makes a pipe: both ends with a reference. Set by the pipe code at INIT_FS; NULL when it is not linked. */
extern int (*pipe_hook)(struct file **read_end, struct file **write_end);

/* For FIFOs (linux/fifo.c). pipe_attach makes f an end (or both, O_RDWR) of *p, which is made when NULL; *p becomes
 * NULL when its last end is released. pipe_meet waits, as open(2) of a FIFO does, for the other side. */
int pipe_attach(struct file *f, struct pipe **p) MUST_CHECK;
int pipe_meet(struct file *f) MUST_CHECK;
extern const struct file_ops pipe_ops;
#pragma GCC visibility pop

#endif
