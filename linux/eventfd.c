/* SPDX-License-Identifier: ISC */
/* eventfd(2): a counter in a file. */
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "kernel/heap.h"
#include "kernel/time.h"
#include "linux/calls.h"
#include "linux/fd.h"

#define COUNT_MAX (UINT64_MAX - 1)
#ifndef EFD_SEMAPHORE
#define EFD_SEMAPHORE 1
#define EFD_CLOEXEC   O_CLOEXEC
#define EFD_NONBLOCK  O_NONBLOCK
#endif

struct eventfd {
	uint64_t count;
	bool semaphore;
	struct wait_queue wait; /* both ways: at most one side can be waiting */
};

static ssize_t eventfd_read(struct file *f, struct uio *u, uint64_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t n;

	(void)pos;
	if (u->left < sizeof n)
		return -EINVAL;
	if (e->count == 0) {
		if ((f->flags & O_NONBLOCK) != 0)
			return -EAGAIN;
		if (wait_event(&e->wait, e->count > 0, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
	n = e->semaphore ? 1 : e->count;
	e->count -= n;
	wait_wake_all(&e->wait, POLLOUT | POLLWRNORM);
	return uio_put(u, &n, sizeof n);
}

static ssize_t eventfd_write(struct file *f, struct uio *u, uint64_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t n;

	(void)pos;
	if (u->left < sizeof n)
		return -EINVAL;
	if (uio_get(u, &n, sizeof n) != (ssize_t)sizeof n)
		return -EFAULT;
	if (n == UINT64_MAX)
		return -EINVAL;
	if (n > COUNT_MAX - e->count) {
		if ((f->flags & O_NONBLOCK) != 0)
			return -EAGAIN;
		if (wait_event(&e->wait, n <= COUNT_MAX - e->count, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
	e->count += n;
	wait_wake_all(&e->wait, POLLIN | POLLRDNORM);
	return sizeof n;
}

static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->priv;

	if (pt->add != NULL)
		pt->add(pt, &e->wait);
	return (e->count > 0 ? POLLIN | POLLRDNORM : 0u) | (e->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0u);
}

static void eventfd_release(struct file *f)
{
	kfree(f->priv);
}

static const struct file_ops eventfd_ops = {
    .kind = "anon_inode:[eventfd]",
    .mode = 0600,
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
};

long sys_eventfd2(unsigned count, int flags)
{
	struct eventfd *e;
	struct file *f;

	if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
		return -EINVAL;
	e = kzalloc(sizeof *e);
	if (e == NULL)
		return -ENOMEM;
	e->count = count;
	e->semaphore = (flags & EFD_SEMAPHORE) != 0;
	wait_queue_init(&e->wait);
	f = file_create(&eventfd_ops, O_RDWR | ((unsigned)flags & O_NONBLOCK), e);
	if (f == NULL) {
		kfree(e);
		return -ENOMEM;
	}
	return fd_install(f, 0, (flags & EFD_CLOEXEC) != 0);
}

long sys_eventfd(unsigned count)
{
	return sys_eventfd2(count, 0);
}
