/* SPDX-License-Identifier: ISC */
/*
 * sendfile(2), copy_file_range(2): from a file to another, without the program's memory. What can be pointed to
 * (file_ops.peek: contents in memory) is written from where it lies; the rest goes through a buffer.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>

#include "fs/vfs.h"
#include "kernel/heap.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/task.h"

#define PIECE    65536u
#define COPY_MAX 0x7ffff000ul

/* One piece from `in` at *from; *to is the position in out. Bytes written, 0 at the end. */
static ssize_t piece(struct file *in, uint64_t *from, struct file *out, uint64_t *to, size_t n, char *buf)
{
	const void *p = buf;
	struct uvec v;
	struct uio u;
	ssize_t m;

	if (in->ops->peek != NULL) {
		m = in->ops->peek(in, *from, &p);
		m = MIN(m, (ssize_t)n);
	} else {
		uint64_t pos = *from;

		uio_init_kernel(&u, &v, buf, n);
		m = in->ops->read(in, &u, &pos);
	}
	if (m <= 0)
		return m;
	uio_init_kernel(&u, &v, (void *)(uintptr_t)p, (size_t)m);
	m = out->ops->write(out, &u, to);
	if (m > 0)
		*from += (uint64_t)m;
	return m;
}

static ssize_t copy(struct file *in, uint64_t *from, struct file *out, uint64_t *to, size_t n)
{
	char *buf = NULL;
	ssize_t done = 0, m = 0;

	if (in->ops->peek == NULL) {
		buf = kmalloc(PIECE);
		if (buf == NULL)
			return -ENOMEM;
	}
	while (n > 0) {
		size_t want = MIN(n, (size_t)PIECE);

		m = piece(in, from, out, to, want, buf);
		if (m <= 0)
			break;
		done += m;
		n -= (size_t)m;
		/* Less than a piece may be a full socket or the end: the next turn tells. */
	}
	kfree(buf);
	return done > 0 ? done : m;
}

static int check(const struct file *in, const struct file *out)
{
	if ((in->flags & O_ACCMODE) == O_WRONLY || (out->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (in->ops->seek == NULL || in->ops->read == NULL || in->ops->readdir != NULL || out->ops->write == NULL)
		return -EINVAL;
	return 0;
}

/* The position in off's memory, or the file's own. */
static int position(struct uptr off, const struct file *f, uint64_t *pos)
{
	*pos = f->pos;
	if (!uptr_null(off) && get_user(*pos, off) != 0)
		return -EFAULT;
	return (int64_t)*pos < 0 ? -EINVAL : 0;
}

static int position_back(struct uptr off, struct file *f, uint64_t pos)
{
	if (!uptr_null(off))
		return put_user(off, pos);
	f->pos = pos;
	return 0;
}

static ssize_t send(struct file *in, struct file *out, struct uptr off, size_t n)
{
	uint64_t from;
	ssize_t done = check(in, out);

	if (done == 0)
		done = position(off, in, &from);
	if (done == 0 && (out->flags & O_APPEND) != 0)
		done = -EINVAL;
	if (done == 0 && n > 0) {
		done = copy(in, &from, out, &out->pos, MIN(n, COPY_MAX));
		if (position_back(off, in, from) != 0)
			done = -EFAULT;
	}
	return done;
}

/* Both files, or -EBADF. */
static int both(int in_fd, struct file **in, int out_fd, struct file **out)
{
	*in = fd_get(in_fd);
	*out = *in != NULL ? fd_get(out_fd) : NULL;
	if (*out != NULL)
		return 0;
	if (*in != NULL)
		file_put(*in);
	return -EBADF;
}

long sys_sendfile(int out_fd, int in_fd, struct uptr off, size_t n)
{
	struct file *in, *out;
	long done = both(in_fd, &in, out_fd, &out);

	if (done != 0)
		return done;
	done = send(in, out, off, n);
	if (done == -EPIPE && !out->quiet)
		signal_own(SIGPIPE);
	file_put(in);
	file_put(out);
	return done;
}

static ssize_t copy_range(struct file *in, struct uptr in_off, struct file *out, struct uptr out_off, size_t n)
{
	uint64_t from, to;
	ssize_t done;

	if (in->ops->readdir != NULL || out->ops->readdir != NULL)
		return -EISDIR;
	if (in->inode == NULL || out->inode == NULL || !S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	done = (out->flags & O_APPEND) != 0 ? -EBADF : check(in, out);
	if (done != 0)
		return done;
	done = position(in_off, in, &from);
	if (done == 0)
		done = position(out_off, out, &to);
	if (done != 0)
		return done;
	n = MIN(n, COPY_MAX);
	n = MIN(n, from < in->inode->size ? in->inode->size - from : 0);
	if (in->inode == out->inode && from < to + n && to < from + n)
		return -EINVAL;
	done = n > 0 ? copy(in, &from, out, &to, n) : 0;
	if (done >= 0 && (position_back(in_off, in, from) != 0 || position_back(out_off, out, to) != 0))
		return -EFAULT;
	return done;
}

long sys_copy_file_range(int in_fd, struct uptr in_off, int out_fd, struct uptr out_off, size_t n, unsigned flags)
{
	struct file *in, *out;
	long done;

	if (flags != 0)
		return -EINVAL;
	done = both(in_fd, &in, out_fd, &out);
	if (done != 0)
		return done;
	done = copy_range(in, in_off, out, out_off, n);
	file_put(in);
	file_put(out);
	return done;
}
