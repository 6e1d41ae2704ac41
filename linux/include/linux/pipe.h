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

/*
 * For splice (linux/splice.c), which may sleep in another file between its two halves. Room that it will need is held meanwhile, so
 * that nothing read is lost and nothing that could not be written is.
 */
struct pipe *pipe_of(const struct file *f); /* NULL: no pipe */
/* Bytes that can be read, 0 at the end, -EAGAIN, -ERESTARTSYS. */
ssize_t pipe_wait_used(struct pipe *p, bool wait) MUST_CHECK;
/* Keeps room for up to n bytes (n > 0): how much, -EAGAIN, -ERESTARTSYS, -EPIPE, -ENOMEM. pipe_fill puts n bytes there and gives
 * back what is left of what was held. */
ssize_t pipe_hold(struct pipe *p, size_t n, bool wait) MUST_CHECK;
void pipe_fill(struct pipe *p, size_t held, const void *from, size_t n);
/* The first n bytes; n is at most what there is. */
void pipe_copy(const struct pipe *p, void *to, size_t n);
/* Takes them out and keeps their room; then of the n at `data` all from `used` on come back to the front. */
void pipe_take(struct pipe *p, void *to, size_t n);
void pipe_take_end(struct pipe *p, const void *data, size_t n, size_t used);
#pragma GCC visibility pop

#endif
