/* SPDX-License-Identifier: ISC */
/* poll(2), ppoll(2). One pass without any set-up serves a call that need not wait. */
#include <linux/poll.h>
#include <linux/resource.h>

#include "kernel/heap.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/poller.h"
#include "linux/task.h"
#include "linux/timespec.h"

#define FAST 16u

struct polled {
	struct pollfd fd;
	struct file *file;
};

/* Looks at all; pt NULL: without waiting. How many are ready. */
static long look(struct polled *v, unsigned n, struct poll_table *pt)
{
	long ready = 0;

	for (unsigned i = 0; i < n; i++) {
		struct file *f = v[i].file;
		unsigned events = 0;

		if (f != NULL) {
			events = pt != NULL && f->ops->poll != NULL ? f->ops->poll(f, pt) : poller_look(f);
			events &= (unsigned short)v[i].fd.events | POLLERR | POLLHUP;
		} else if (v[i].fd.fd >= 0) {
			events = POLLNVAL;
		}
		v[i].fd.revents = (short)events;
		ready += events != 0;
	}
	return ready;
}

static long wait_for(struct polled *v, unsigned n, uint64_t deadline)
{
	struct poller p;
	long ready = look(v, n, NULL);
	int err = 0;

	if (ready > 0 || deadline == 0)
		return ready;
	poller_begin(&p);
	ready = look(v, n, &p.table);
	while (ready == 0 && err == 0) {
		err = poller_wait(&p, deadline);
		ready = look(v, n, NULL);
	}
	poller_end(&p);
	return ready > 0 || err == -ETIMEDOUT ? ready : err;
}

/* deadline 0: do not wait. */
static long poll_until(struct uptr fds, unsigned n, uint64_t deadline)
{
	struct polled fast[FAST], *v = fast;
	long ready;

	if (n > process_current()->rlimit[RLIMIT_NOFILE].cur)
		return -EINVAL;
	if (n > FAST) {
		v = kmalloc(n * sizeof *v);
		if (v == NULL)
			return -ENOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		v[i].file = NULL;
		if (get_user(v[i].fd, uptr_add(fds, i * sizeof v->fd)) != 0) {
			n = i;
			ready = -EFAULT;
			goto out;
		}
		if (v[i].fd.fd >= 0)
			v[i].file = fd_get(v[i].fd.fd);
	}
	ready = wait_for(v, n, deadline);
	for (unsigned i = 0; ready >= 0 && i < n; i++)
		if (put_user(uptr_add(fds, i * sizeof v->fd + offsetof(struct pollfd, revents)), v[i].fd.revents) != 0)
			ready = -EFAULT;
out:
	for (unsigned i = 0; i < n; i++)
		if (v[i].file != NULL)
			file_put(v[i].file);
	if (v != fast)
		kfree(v);
	return ready;
}

static long poll_again(struct restart_block *r)
{
	long n = poll_until(UPTR(r->a[0]), (unsigned)r->a[1], r->a[2]);

	if (n != -EINTR)
		return n;
	task_current()->restart = *r;
	return -ERESTART_RESTARTBLOCK;
}

long sys_poll(struct uptr fds, unsigned n, int timeout)
{
	struct restart_block r = {poll_again, {fds.addr, n, TIME_NEVER}};

	if (timeout >= 0)
		r.a[2] = timeout == 0 ? 0 : time_add(time_mono(), (uint64_t)timeout * 1000000);
	return poll_again(&r);
}

long sys_ppoll(struct uptr fds, unsigned n, struct uptr timeout, struct uptr mask, size_t size)
{
	uint64_t deadline, set;
	long ready;
	int err = timespec_deadline(timeout, &deadline);

	if (err == 0 && !uptr_null(mask))
		err = size != sizeof set ? -EINVAL : get_user(set, mask);
	if (err != 0)
		return err;
	if (!uptr_null(mask))
		signal_mask_for_call(set);
	ready = poll_until(fds, n, deadline);
	poller_left(timeout, false, deadline);
	if (ready == -EINTR)
		return -ERESTARTNOHAND;
	if (!uptr_null(mask))
		signal_mask_call_done();
	return ready;
}
