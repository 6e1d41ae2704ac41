/* SPDX-License-Identifier: ISC */
/* signalfd: signals of a mask read from a file. What can be read is whatever is pending for the task that reads. */
#include "abi/errno.h"
#include "fs/file.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/sigqueue.h"
#include "linux/task.h"

#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/signalfd.h>

#define SIGSET_BYTES 8

struct signalfd {
	uint64_t mask;
};

static uint64_t waiting(const struct signalfd *s)
{
	return (task_current()->pending.set | process_current()->pending.set) & s->mask;
}

static ssize_t put(struct uio *u, const siginfo_t *info)
{
	struct signalfd_siginfo out;

	memset(&out, 0, sizeof out);
	out.ssi_signo = (uint32_t)info->si_signo;
	out.ssi_errno = info->si_errno;
	out.ssi_code = info->si_code;
	if (info->si_code == SI_TIMER) {
		out.ssi_tid = (uint32_t)info->si_tid;
		out.ssi_overrun = (uint32_t)info->si_overrun;
	} else {
		out.ssi_pid = (uint32_t)info->si_pid;
		out.ssi_uid = info->si_uid;
	}
	if (info->si_signo == SIGCHLD && info->si_code > 0) {
		out.ssi_status = info->si_status;
		out.ssi_utime = (uint64_t)info->si_utime;
		out.ssi_stime = (uint64_t)info->si_stime;
	} else if (info->si_code < 0) {
		out.ssi_int = info->si_value.sival_int;
		out.ssi_ptr = (uintptr_t)info->si_value.sival_ptr;
	}
	return uio_put(u, &out, sizeof out);
}

static ssize_t signalfd_read(struct file *f, struct uio *u, uint64_t *pos UNUSED)
{
	struct signalfd *s = f->priv;
	ssize_t done = 0, n;
	siginfo_t info;
	int err;

	if (u->left < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	if (waiting(s) == 0) {
		if ((f->flags & O_NONBLOCK) != 0)
			return -EAGAIN;
		err = wait_event(&signal_arrived, waiting(s) != 0, TIME_NEVER, WAIT_INTERRUPTIBLE);
		if (err != 0)
			return err == -EINTR ? -ERESTARTSYS : err;
	}
	while (u->left >= sizeof(struct signalfd_siginfo) && signal_take(task_current(), s->mask, &info) != 0) {
		n = put(u, &info);
		if (n < 0)
			return done > 0 ? done : n;
		done += n;
	}
	return done;
}

static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
	if (pt->add != NULL)
		pt->add(pt, &signal_arrived);
	return waiting(f->priv) != 0 ? POLLIN | POLLRDNORM : 0;
}

static void signalfd_release(struct file *f)
{
	kfree(f->priv);
}

static const struct file_ops signalfd_ops = {
    .kind = "anon_inode:[signalfd]",
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
};

static long create(uint64_t mask, int flags)
{
	struct signalfd *s = kmalloc(sizeof *s);
	struct file *f;

	if (s == NULL)
		return -ENOMEM;
	s->mask = mask;
	f = file_create(&signalfd_ops, O_RDWR | ((flags & SFD_NONBLOCK) != 0 ? O_NONBLOCK : 0), s);
	if (f == NULL) {
		kfree(s);
		return -ENOMEM;
	}
	return fd_install(f, 0, (flags & SFD_CLOEXEC) != 0);
}

static long change(int fd, uint64_t mask)
{
	struct file *f = fd_get(fd);
	long r = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if (f->ops == &signalfd_ops) {
		((struct signalfd *)f->priv)->mask = mask;
		wait_wake_all(&signal_arrived, 0);
		r = fd;
	}
	file_put(f);
	return r;
}

long sys_signalfd4(int fd, struct uptr set, size_t size, int flags)
{
	uint64_t mask;

	if (size != SIGSET_BYTES || (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) != 0)
		return -EINVAL;
	if (get_user(mask, set) != 0)
		return -EFAULT;
	mask &= ~SIG_UNBLOCKABLE;
	return fd == -1 ? create(mask, flags) : change(fd, mask);
}

long sys_signalfd(int fd, struct uptr set, size_t size)
{
	return sys_signalfd4(fd, set, size, 0);
}
