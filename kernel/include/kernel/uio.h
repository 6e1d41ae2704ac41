/* SPDX-License-Identifier: ISC */
/*
 * A data transfer's other side: a list of buffers, in program or kernel memory, with a position. What read and write
 * of files, pipes and sockets work on.
 */
#ifndef KERNEL_UIO_H
#define KERNEL_UIO_H

#include "kernel/uaccess.h"

struct uvec { /* the layout of struct iovec */
	uintptr_t base;
	size_t len;
};

struct uio {
	const struct uvec *vec; /* kernel memory */
	unsigned count; /* vectors left, the current one included */
	size_t off; /* position in the current vector */
	size_t left; /* bytes left in all */
	bool kernel; /* buffers are kernel memory */
};

#pragma GCC visibility push(default)
/* One buffer; v is the caller's storage. */
void uio_init_user(struct uio *u, struct uvec *v, struct uptr base, size_t len);
void uio_init_kernel(struct uio *u, struct uvec *v, void *base, size_t len);
void uio_init_vec(struct uio *u, const struct uvec *vec, unsigned count, bool kernel);
/* Copy up to n bytes to (put: a read) or from (get: a write) the buffers and advance. Return the bytes moved, which is
 * less than min(n, left) only at a bad address; -EFAULT when that is at the first byte. */
ssize_t uio_put(struct uio *u, const void *src, size_t n) MUST_CHECK;
ssize_t uio_get(struct uio *u, void *dst, size_t n) MUST_CHECK;
/* A copy may sleep where memory must be made for it first, and others run meanwhile. So who copies from or to what others may
 * change or free touches the next n bytes of the buffers (put: to write them), then looks, and copies with _now: that never
 * sleeps, and moves less where memory is short. 0, or -EFAULT at the first byte. */
int uio_touch(const struct uio *u, size_t n, bool put) MUST_CHECK;
ssize_t uio_put_now(struct uio *u, const void *src, size_t n) MUST_CHECK;
ssize_t uio_get_now(struct uio *u, void *dst, size_t n) MUST_CHECK;
extern bool uio_now; /* such a copy is going on: its faults must not wait */
ssize_t uio_put_zero(struct uio *u, size_t n) MUST_CHECK;
#pragma GCC visibility pop
#endif
