/* SPDX-License-Identifier: ISC */
/* timerfd: a kernel timer that counts its expirations in a file. */
#include "abi/errno.h"
#include "fs/file.h"
#include "kernel/heap.h"
#include "linux/calls.h"
#include "linux/clock.h"
#include "linux/fd.h"
#include "linux/timespec.h"

#include <asm/ioctl.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/time.h>
#include <linux/timerfd.h>

struct timerfd {
	struct ktimer timer;
	struct wait_queue wait;
	int clock;
	uint64_t next, interval, expired;
};

struct user_itimerspec {
	struct user_timespec interval, value;
};

static void fire(struct ktimer *timer)
{
	struct timerfd *t = CONTAINER_OF(timer, struct timerfd, timer);
	uint64_t n = 1;

	if (t->interval != 0) {
		n = (time_mono() - t->next) / t->interval + 1;
		t->next += n * t->interval;
		if (timer_arm(timer, t->next) != 0)
			t->interval = 0; /* cannot happen: the place in the heap was just given up */
	}
	t->expired += n;
	wait_wake_all(&t->wait, POLLIN);
}

static ssize_t timerfd_read(struct file *f, struct uio *u, uint64_t *pos UNUSED)
{
	struct timerfd *t = f->priv;
	uint64_t n;
	int err;

	if (u->left < sizeof n)
		return -EINVAL;
	if (t->expired == 0 && (f->flags & O_NONBLOCK) != 0)
		return -EAGAIN;
	err = wait_event(&t->wait, t->expired != 0, TIME_NEVER, WAIT_INTERRUPTIBLE);
	if (err != 0)
		return err == -EINTR ? -ERESTARTSYS : err;
	n = t->expired;
	t->expired = 0;
	return uio_put(u, &n, sizeof n);
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->priv;

	if (pt->add != NULL)
		pt->add(pt, &t->wait);
	return t->expired != 0 ? POLLIN | POLLRDNORM : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->priv;

	timer_cancel(&t->timer);
	kfree(t);
}

static const struct file_ops timerfd_ops = {
    .kind = "anon_inode:[timerfd]", .read = timerfd_read, .poll = timerfd_poll, .release = timerfd_release};

long sys_timerfd_create(int clock, int flags)
{
	struct timerfd *t;
	struct file *f;

	/* Not a clock of CPU time. */
	if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0 || !clock_for_timer(&clock) || clock < 0)
		return -EINVAL;
	t = kzalloc(sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	t->clock = clock;
	timer_init(&t->timer, fire);
	wait_queue_init(&t->wait);
	f = file_create(&timerfd_ops, O_RDWR | ((flags & TFD_NONBLOCK) != 0 ? O_NONBLOCK : 0), t);
	if (f == NULL) {
		kfree(t);
		return -ENOMEM;
	}
	return fd_install(f, 0, (flags & TFD_CLOEXEC) != 0);
}

static struct user_itimerspec current_value(struct timerfd *t)
{
	uint64_t now = time_mono(), rest = 0;

	if (t->timer.heap_index >= 0)
		rest = t->next > now ? t->next - now : 1;
	return (struct user_itimerspec){timespec_from_ns(t->interval), timespec_from_ns(rest)};
}

static struct timerfd *get(int fd, struct file **f, int *err)
{
	*f = fd_get(fd);
	if (*f == NULL) {
		*err = -EBADF;
		return NULL;
	}
	if ((*f)->ops != &timerfd_ops) {
		file_put(*f);
		*err = -EINVAL;
		return NULL;
	}
	return (*f)->priv;
}

static int set(struct timerfd *t, bool absolute, const struct user_itimerspec *v)
{
	uint64_t value, interval;

	if (timespec_to_ns(&v->value, &value) != 0 || timespec_to_ns(&v->interval, &interval) != 0)
		return -EINVAL;
	timer_cancel(&t->timer);
	t->expired = 0;
	t->interval = interval;
	if (value == 0)
		return 0;
	t->next = clock_deadline(t->clock, absolute, value);
	return timer_arm(&t->timer, t->next);
}

long sys_timerfd_settime(int fd, int flags, struct uptr new, struct uptr old)
{
	struct user_itimerspec v, was;
	struct timerfd *t;
	struct file *f;
	int err = 0;

	if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0)
		return -EINVAL;
	if (get_user(v, new) != 0)
		return -EFAULT;
	t = get(fd, &f, &err);
	if (t == NULL)
		return err;
	was = current_value(t);
	err = set(t, (flags & TFD_TIMER_ABSTIME) != 0, &v);
	file_put(f);
	if (err != 0)
		return err;
	return uptr_null(old) ? 0 : put_user(old, was);
}

long sys_timerfd_gettime(int fd, struct uptr value)
{
	struct user_itimerspec v;
	struct timerfd *t;
	struct file *f;
	int err = 0;

	t = get(fd, &f, &err);
	if (t == NULL)
		return err;
	v = current_value(t);
	file_put(f);
	return put_user(value, v);
}
