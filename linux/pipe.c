/* SPDX-License-Identifier: ISC */
/*
 * Pipes, pipe(7): a ring that grows with its use up to its capacity (64 KiB, F_SETPIPE_SZ), so that a pipe that carries
 * little holds little memory. Writes of up to PIPE_BUF bytes are atomic: they wait for room for all of it. A write
 * without readers is -EPIPE; linux/rw.c sends the SIGPIPE.
 */
#include "linux/pipe.h"
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/poll.h>

#include "fs/mode.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fd.h"

#define PIPE_CAPACITY     (64ul << 10)
#define PIPE_CAPACITY_MAX (1ul << 30)
#define PIPE_FIRST        4096ul

struct pipe {
	char *buf;
	size_t size, capacity; /* of buf; it may become: powers of two */
	size_t head, used;
	size_t held; /* room kept for a splice that sleeps elsewhere */
	unsigned readers, writers;
	unsigned reader_opens, writer_opens; /* ever, for FIFOs that wait for each other */
	struct wait_queue can_read, can_write;
	struct pipe **owner; /* a FIFO's inode->ipc */
};

static bool reads(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY;
}

static size_t taken(const struct pipe *p)
{
	return p->used + p->held;
}

/* A ring of `size` bytes with the same content. */
static int resize(struct pipe *p, size_t size)
{
	char *buf = kmalloc(size);
	size_t first = MIN(p->used, p->size - p->head);

	if (buf == NULL)
		return -ENOMEM;
	memcpy(buf, p->buf + p->head, first);
	memcpy(buf + first, p->buf, p->used - first);
	kfree(p->buf);
	p->buf = buf;
	p->size = size;
	p->head = 0;
	return 0;
}

/* Room for n bytes, growing if need be. */
static size_t room(struct pipe *p, size_t n)
{
	size_t size = p->size;

	while (size - taken(p) < n && size < p->capacity)
		size *= 2;
	if (size != p->size && resize(p, size) != 0)
		size = p->size;
	return size - taken(p);
}

static ssize_t pipe_read(struct file *f, struct uio *u, uint64_t *pos)
{
	struct pipe *p = f->priv;
	ssize_t done = 0;
	bool was_full;
	int err;

	(void)pos;
	if (u->left == 0)
		return 0;
	do {
		while (p->used == 0) {
			if (p->writers == 0)
				return 0;
			if ((f->flags & O_NONBLOCK) != 0)
				return -EAGAIN;
			if (wait_event(&p->can_read, p->used > 0 || p->writers == 0, TIME_NEVER, WAIT_INTERRUPTIBLE) !=
			    0)
				return -ERESTARTSYS;
		}
		err = uio_touch(u, p->used, true);
		if (err != 0)
			return err;
	} while (p->used == 0); /* another one was quicker */
	was_full = p->capacity - taken(p) < PIPE_BUF; /* only then somebody can be waiting for room */
	while (u->left > 0 && p->used > 0) {
		size_t n = MIN(p->used, p->size - p->head);
		ssize_t m = uio_put_now(u, p->buf + p->head, MIN(n, u->left));

		if (m <= 0)
			return done > 0 ? done : m;
		p->head = (p->head + (size_t)m) & (p->size - 1);
		p->used -= (size_t)m;
		done += m;
	}
	if (done > 0 && was_full)
		wait_wake_all(&p->can_write, POLLOUT | POLLWRNORM);
	return done;
}

/* What fits now. */
static ssize_t put(struct pipe *p, struct uio *u)
{
	ssize_t done = 0;

	while (u->left > 0 && taken(p) < p->size) {
		size_t tail = (p->head + p->used) & (p->size - 1);
		size_t n = MIN(p->size - tail, p->size - taken(p));
		ssize_t m = uio_get_now(u, p->buf + tail, MIN(n, u->left));

		if (m <= 0)
			return done > 0 ? done : m;
		p->used += (size_t)m;
		done += m;
	}
	return done;
}

static ssize_t pipe_write(struct file *f, struct uio *u, uint64_t *pos)
{
	struct pipe *p = f->priv;
	ssize_t done = 0;

	(void)pos;
	while (u->left > 0) {
		size_t need = u->left <= PIPE_BUF && done == 0 ? u->left : 1;
		ssize_t n = uio_touch(u, p->capacity - taken(p), false);

		if (p->readers == 0)
			return done > 0 ? done : -EPIPE;
		if (n != 0)
			return done > 0 ? done : n;
		if (room(p, u->left) < need) {
			if ((f->flags & O_NONBLOCK) != 0)
				return done > 0 ? done : -EAGAIN;
			if (wait_event(&p->can_write, p->readers == 0 || p->capacity - taken(p) >= need, TIME_NEVER,
				       WAIT_INTERRUPTIBLE) != 0)
				return done > 0 ? done : -ERESTARTSYS;
			if (p->readers > 0 && room(p, need) < need)
				return done > 0 ? done : -ENOMEM;
			continue;
		}
		n = put(p, u);
		if (n > 0)
			wait_wake_all(&p->can_read, POLLIN | POLLRDNORM);
		if (n <= 0)
			return done > 0 ? done : n;
		done += n;
	}
	return done;
}

static unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->priv;
	unsigned events = 0;

	if (reads(f)) {
		if (pt->add != NULL)
			pt->add(pt, &p->can_read);
		if (p->used > 0)
			events |= POLLIN | POLLRDNORM;
		if (p->writers == 0 && p->writer_opens > 0)
			events |= POLLHUP;
	}
	if (writes(f)) {
		if (pt->add != NULL)
			pt->add(pt, &p->can_write);
		if (p->capacity - taken(p) >= PIPE_BUF)
			events |= POLLOUT | POLLWRNORM;
		if (p->readers == 0)
			events |= POLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	const struct pipe *p = f->priv;

	return cmd == FIONREAD ? put_user(UPTR(arg), (int)p->used) : -ENOTTY;
}

static long pipe_fcntl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct pipe *p = f->priv;
	size_t size = PIPE_FIRST;

	if (cmd == F_GETPIPE_SZ)
		return (long)p->capacity;
	if (cmd != F_SETPIPE_SZ)
		return -EINVAL;
	if (arg > PIPE_CAPACITY_MAX)
		return -EINVAL;
	while (size < arg)
		size *= 2;
	if (size < taken(p))
		return -EBUSY;
	if (size < p->size && resize(p, size) != 0)
		return -ENOMEM;
	p->capacity = size;
	wait_wake_all(&p->can_write, POLLOUT | POLLWRNORM);
	return (long)size;
}

static void pipe_release(struct file *f)
{
	struct pipe *p = f->priv;

	p->readers -= reads(f);
	p->writers -= writes(f);
	if (p->readers > 0 || p->writers > 0) {
		wait_wake_all(&p->can_read, POLLIN | POLLHUP);
		wait_wake_all(&p->can_write, POLLOUT | POLLERR);
		return;
	}
	if (p->owner != NULL)
		*p->owner = NULL;
	kfree(p->buf);
	kfree(p);
}

const struct file_ops pipe_ops = {
    .kind = "pipe",
    .mode = S_IFIFO | 0600,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .fcntl = pipe_fcntl,
    .release = pipe_release,
};

static struct pipe *pipe_new(void)
{
	struct pipe *p = kzalloc(sizeof *p);

	if (p == NULL)
		return NULL;
	p->buf = kmalloc(PIPE_FIRST);
	if (p->buf == NULL) {
		kfree(p);
		return NULL;
	}
	p->size = PIPE_FIRST;
	p->capacity = PIPE_CAPACITY;
	wait_queue_init(&p->can_read);
	wait_queue_init(&p->can_write);
	return p;
}

int pipe_attach(struct file *f, struct pipe **at)
{
	struct pipe *p = *at;

	if (p == NULL) {
		p = pipe_new();
		if (p == NULL)
			return -ENOMEM;
		p->owner = at;
		*at = p;
	}
	f->ops = &pipe_ops;
	f->priv = p;
	p->readers += reads(f);
	p->reader_opens += reads(f);
	p->writers += writes(f);
	p->writer_opens += writes(f);
	wait_wake_all(&p->can_read, 0);
	wait_wake_all(&p->can_write, 0);
	return 0;
}

int pipe_meet(struct file *f)
{
	struct pipe *p = f->priv;
	unsigned seen;

	if (reads(f) && writes(f))
		return 0;
	if (reads(f)) {
		if (p->writers > 0 || (f->flags & O_NONBLOCK) != 0)
			return 0;
		seen = p->writer_opens;
		return wait_event(&p->can_read, p->writer_opens != seen, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0
			   ? -ERESTARTSYS
			   : 0;
	}
	if (p->readers > 0)
		return 0;
	if ((f->flags & O_NONBLOCK) != 0)
		return -ENXIO;
	seen = p->reader_opens;
	return wait_event(&p->can_write, p->reader_opens != seen, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0 ? -ERESTARTSYS
												       : 0;
}

struct pipe *pipe_of(const struct file *f)
{
	return f->ops == &pipe_ops ? f->priv : NULL;
}

ssize_t pipe_wait_used(struct pipe *p, bool wait)
{
	if (p->used == 0 && p->writers > 0) {
		if (!wait)
			return -EAGAIN;
		if (wait_event(&p->can_read, p->used > 0 || p->writers == 0, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
	return (ssize_t)p->used;
}

ssize_t pipe_hold(struct pipe *p, size_t n, bool wait)
{
	size_t got;

	if (p->readers > 0 && p->capacity == taken(p)) {
		if (!wait)
			return -EAGAIN;
		if (wait_event(&p->can_write, p->readers == 0 || p->capacity > taken(p), TIME_NEVER,
			       WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
	if (p->readers == 0)
		return -EPIPE;
	got = MIN(n, room(p, n));
	p->held += got;
	return got > 0 ? (ssize_t)got : -ENOMEM;
}

void pipe_fill(struct pipe *p, size_t held, const void *from, size_t n)
{
	struct uvec v;
	struct uio u;

	p->held -= held;
	uio_init_kernel(&u, &v, (void *)(uintptr_t)from, n);
	if (n > 0 && put(p, &u) > 0)
		wait_wake_all(&p->can_read, POLLIN | POLLRDNORM);
	if (n < held)
		wait_wake_all(&p->can_write, POLLOUT | POLLWRNORM);
}

void pipe_copy(const struct pipe *p, void *to, size_t n)
{
	size_t first = MIN(n, p->size - p->head);

	memcpy(to, p->buf + p->head, first);
	memcpy((char *)to + first, p->buf, n - first);
}

void pipe_take(struct pipe *p, void *to, size_t n)
{
	pipe_copy(p, to, n);
	p->head = (p->head + n) & (p->size - 1);
	p->used -= n;
	p->held += n;
}

void pipe_take_end(struct pipe *p, const void *data, size_t n, size_t used)
{
	p->held -= n;
	for (size_t i = n; i-- > used;) {
		p->head = (p->head - 1) & (p->size - 1);
		p->buf[p->head] = ((const char *)data)[i];
		p->used++;
	}
	if (used > 0)
		wait_wake_all(&p->can_write, POLLOUT | POLLWRNORM);
	if (used < n)
		wait_wake_all(&p->can_read, POLLIN | POLLRDNORM);
}

static int pipe_make(struct file **read_end, struct file **write_end)
{
	struct pipe *p = pipe_new();
	struct file *r, *w;

	if (p == NULL)
		return -ENOMEM;
	r = file_create(&pipe_ops, O_RDONLY, p);
	w = r != NULL ? file_create(&pipe_ops, O_WRONLY, p) : NULL;
	p->readers = p->writers = p->reader_opens = p->writer_opens = 1;
	if (w == NULL) {
		p->writers = 0;
		if (r != NULL) {
			file_put(r);
		} else {
			kfree(p->buf);
			kfree(p);
		}
		return -ENOMEM;
	}
	w->id = r->id;
	*read_end = r;
	*write_end = w;
	return 0;
}

long sys_pipe2(struct uptr fds, int flags)
{
	bool cloexec = (flags & O_CLOEXEC) != 0;
	struct file *f[2];
	int fd[2] = {-1, -1}, err;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) /* no packets (O_DIRECT) */
		return -EINVAL;
	err = pipe_make(&f[0], &f[1]);
	if (err != 0)
		return err;
	for (int i = 0; i < 2; i++) {
		f[i]->flags |= (unsigned)flags & O_NONBLOCK;
		if (err != 0) {
			file_put(f[i]);
			continue;
		}
		fd[i] = fd_install(f[i], 0, cloexec);
		err = MIN(fd[i], 0);
	}
	if (err == 0)
		err = copy_to_user(fds, fd, sizeof fd);
	for (int i = 0; err != 0 && i < 2; i++)
		if (fd[i] >= 0 && fd_close(fd[i]) != 0)
			return -EBADF;
	return err;
}

long sys_pipe(struct uptr fds)
{
	return sys_pipe2(fds, 0);
}

static void pipe_init(void)
{
	pipe_hook = pipe_make;
}
INIT(INIT_FS, pipe_init);
