/* SPDX-License-Identifier: ISC */
/*
 * splice(2), tee(2): between a pipe and another file, through a buffer of the kernel's. The other file may sleep; the pipe's room
 * for what comes, or for what could not be written and goes back, is held meanwhile (linux/pipe.h). As on Linux one call
 * waits for the first bytes only.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>

#include "fs/mode.h"
#include "fs/vfs.h"
#include "kernel/heap.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/pipe.h"
#include "linux/task.h"

#define PIECE 65536ul

#define SPLICE_F_MOVE     1u
#define SPLICE_F_NONBLOCK 2u
#define SPLICE_F_MORE     4u
#define SPLICE_F_GIFT     8u
#define SPLICE_F_ALL      (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

struct side {
	struct file *f;
	struct pipe *pipe; /* or NULL */
	struct uptr off; /* where the position is; null: in the file */
	uint64_t pos;
};

/* Files as splice takes them: with contents, no descriptor of the kernel's for events. */
static bool can_splice(const struct file *f)
{
	uint32_t mode = f->inode != NULL ? f->inode->mode : f->ops->mode;

	return S_ISREG(mode) || S_ISCHR(mode) || S_ISSOCK(mode);
}

static int check(struct side *s, unsigned out_flags)
{
	if (s->pipe != NULL)
		return uptr_null(s->off) ? 0 : -ESPIPE;
	if (!uptr_null(s->off) && s->f->ops->seek == NULL)
		return -EINVAL;
	s->pos = s->f->pos;
	if (!uptr_null(s->off) && get_user(s->pos, s->off) != 0)
		return -EFAULT;
	return (int64_t)s->pos < 0 || (out_flags & O_APPEND) != 0 || !can_splice(s->f) ? -EINVAL : 0;
}

static ssize_t from_file(struct side *in, struct pipe *out, char *buf, size_t n, bool wait)
{
	ssize_t held = pipe_hold(out, n, wait), m;
	const void *p = buf;

	if (held < 0)
		return held;
	if (in->f->ops->peek != NULL) {
		m = in->f->ops->peek(in->f, in->pos, &p);
		m = MIN(m, held);
		in->pos += m > 0 ? (uint64_t)m : 0;
	} else {
		struct uvec v;
		struct uio u;

		uio_init_kernel(&u, &v, buf, (size_t)held);
		m = in->f->ops->read(in->f, &u, &in->pos);
	}
	pipe_fill(out, (size_t)held, p, m > 0 ? (size_t)m : 0);
	return m;
}

static ssize_t to_file(struct pipe *in, struct side *out, char *buf, size_t n, bool wait)
{
	ssize_t m = pipe_wait_used(in, wait);
	struct uvec v;
	struct uio u;

	if (m <= 0)
		return m;
	n = MIN(n, (size_t)m);
	pipe_take(in, buf, n);
	uio_init_kernel(&u, &v, buf, n);
	m = out->f->ops->write(out->f, &u, &out->pos);
	pipe_take_end(in, buf, n, m > 0 ? (size_t)m : 0);
	return m;
}

/* keep: the bytes stay in the first one as well. */
static ssize_t between(struct pipe *in, struct pipe *out, char *buf, size_t n, bool wait, bool keep)
{
	ssize_t used, held;

	do { /* what was seen first may be gone when there is room */
		used = pipe_wait_used(in, wait);
		if (used <= 0)
			return used;
		held = pipe_hold(out, MIN(n, (size_t)used), wait);
		if (held < 0)
			return held;
		used = pipe_wait_used(in, false);
		if (used <= 0)
			pipe_fill(out, (size_t)held, NULL, 0);
	} while (used <= 0);
	n = MIN((size_t)held, (size_t)used);
	if (keep) {
		pipe_copy(in, buf, n);
	} else {
		pipe_take(in, buf, n);
		pipe_take_end(in, buf, n, n);
	}
	pipe_fill(out, (size_t)held, buf, n);
	return (ssize_t)n;
}

static ssize_t move(struct side *in, struct side *out, size_t n, bool wait)
{
	char *buf = kmalloc(MIN(n, PIECE));
	ssize_t done = 0, m = 0;

	if (buf == NULL)
		return -ENOMEM;
	while ((size_t)done < n) {
		size_t piece = MIN(n - (size_t)done, PIECE);

		if (in->pipe != NULL && out->pipe != NULL)
			m = between(in->pipe, out->pipe, buf, piece, wait && done == 0, false);
		else if (in->pipe != NULL)
			m = to_file(in->pipe, out, buf, piece, wait && done == 0);
		else
			m = from_file(in, out->pipe, buf, piece, wait && done == 0);
		if (m <= 0)
			break;
		done += m;
		if (in->pipe == NULL && in->f->ops->seek == NULL) /* a socket: what came, not more */
			break;
	}
	kfree(buf);
	return done > 0 ? done : m;
}

static int position_back(const struct side *s)
{
	if (s->pipe != NULL)
		return 0;
	if (!uptr_null(s->off))
		return put_user(s->off, s->pos);
	s->f->pos = s->pos;
	return 0;
}

static ssize_t splice(struct side *in, struct side *out, size_t n, unsigned flags)
{
	bool nonblock = (flags & SPLICE_F_NONBLOCK) != 0;
	ssize_t done;

	if ((in->f->flags & O_ACCMODE) == O_WRONLY || (out->f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if ((in->pipe == NULL && out->pipe == NULL) || in->pipe == out->pipe)
		return -EINVAL;
	done = check(in, 0);
	if (done == 0)
		done = check(out, out->f->flags);
	if (done != 0)
		return done;
	nonblock |= in->pipe != NULL && (in->f->flags & O_NONBLOCK) != 0;
	nonblock |= out->pipe != NULL && (out->f->flags & O_NONBLOCK) != 0;
	done = move(in, out, MIN(n, (size_t)0x7ffff000), !nonblock);
	if (done > 0 && (position_back(in) != 0 || position_back(out) != 0))
		done = -EFAULT;
	if (done == -EPIPE)
		signal_own(SIGPIPE);
	return done;
}

/* Both files, or -EBADF. */
static int both(struct side *in, int in_fd, struct side *out, int out_fd)
{
	in->f = fd_get(in_fd);
	out->f = in->f != NULL ? fd_get(out_fd) : NULL;
	if (out->f == NULL) {
		if (in->f != NULL)
			file_put(in->f);
		return -EBADF;
	}
	in->pipe = pipe_of(in->f);
	out->pipe = pipe_of(out->f);
	return 0;
}

long sys_splice(int in_fd, struct uptr in_off, int out_fd, struct uptr out_off, size_t n, unsigned flags)
{
	struct side in = {.off = in_off}, out = {.off = out_off};
	long done;

	if (n == 0)
		return 0;
	if ((flags & ~SPLICE_F_ALL) != 0)
		return -EINVAL;
	done = both(&in, in_fd, &out, out_fd);
	if (done != 0)
		return done;
	done = splice(&in, &out, n, flags);
	file_put(in.f);
	file_put(out.f);
	return done;
}

static ssize_t tee(struct side *in, struct side *out, size_t n, unsigned flags)
{
	bool wait = ((flags & SPLICE_F_NONBLOCK) | ((in->f->flags | out->f->flags) & O_NONBLOCK)) == 0;
	ssize_t done;
	char *buf;

	if ((in->f->flags & O_ACCMODE) == O_WRONLY || (out->f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (in->pipe == NULL || out->pipe == NULL || in->pipe == out->pipe)
		return -EINVAL;
	buf = kmalloc(MIN(n, PIECE));
	if (buf == NULL)
		return -ENOMEM;
	done = between(in->pipe, out->pipe, buf, MIN(n, PIECE), wait, true);
	kfree(buf);
	if (done == -EPIPE)
		signal_own(SIGPIPE);
	return done;
}

long sys_tee(int in_fd, int out_fd, size_t n, unsigned flags)
{
	struct side in = {0}, out = {0};
	long done;

	if ((flags & ~SPLICE_F_ALL) != 0)
		return -EINVAL;
	if (n == 0)
		return 0;
	done = both(&in, in_fd, &out, out_fd);
	if (done != 0)
		return done;
	done = tee(&in, &out, n, flags);
	file_put(in.f);
	file_put(out.f);
	return done;
}
