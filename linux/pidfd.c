/* SPDX-License-Identifier: ISC */
/*
 * pidfds: a process as a file, which can be polled for its end, signalled and waited for, and which never comes to mean
 * another process. They hang on the process and are told when it becomes a zombie and when it is freed.
 */
#include "linux/pidfd.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/uaccess.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/sigqueue.h"
#include "linux/task.h"

#include <asm/poll.h>
#include <linux/fcntl.h>

struct pidfd {
	struct list link; /* process->pidfds */
	struct process *process; /* NULL: it was freed */
	struct wait_queue wait;
};

static unsigned pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct pidfd *d = f->priv;

	if (pt->add != NULL)
		pt->add(pt, &d->wait);
	return d->process == NULL || d->process->state == PROCESS_ZOMBIE ? POLLIN | POLLRDNORM : 0;
}

static void pidfd_release(struct file *f)
{
	struct pidfd *d = f->priv;

	if (d->process != NULL)
		list_remove(&d->link);
	kfree(d);
}

static const struct file_ops pidfd_file_ops = {
    .kind = "anon_inode:[pidfd]",
    .poll = pidfd_poll,
    .release = pidfd_release,
};

static void changed(struct process *p, bool freed)
{
	struct pidfd *d, *next;

	list_for_each_entry_safe (d, next, &p->pidfds, link) {
		if (freed) {
			list_remove(&d->link);
			d->process = NULL;
		}
		wait_wake_all(&d->wait, POLLIN | POLLRDNORM);
	}
}

static int create(struct process *p, unsigned flags)
{
	struct pidfd *d = kmalloc(sizeof *d);
	struct file *f = d == NULL ? NULL : file_create(&pidfd_file_ops, O_RDWR | (flags & O_NONBLOCK), d);

	if (f == NULL) {
		kfree(d);
		return -ENOMEM;
	}
	d->process = p;
	wait_queue_init(&d->wait);
	list_push_back(&p->pidfds, &d->link);
	process_pidfd_hook = changed;
	return fd_install(f, 0, true);
}

/* The file of a pidfd with a reference, or NULL. */
static struct file *get(int fd)
{
	struct file *f = fd_get(fd);

	if (f == NULL || f->ops == &pidfd_file_ops)
		return f;
	file_put(f);
	return NULL;
}

static int pid_of(int fd, bool *nonblock)
{
	struct file *f = get(fd);
	const struct pidfd *d;
	int pid;

	if (f == NULL)
		return -EBADF;
	d = f->priv;
	pid = d->process == NULL ? 0 : d->process->pid;
	*nonblock = (f->flags & O_NONBLOCK) != 0;
	file_put(f);
	return pid;
}

long sys_pidfd_open(int pid, int flags)
{
	struct process *p;

	if ((flags & ~O_NONBLOCK) != 0 || pid <= 0)
		return -EINVAL;
	p = process_find(pid);
	if (p == NULL)
		return task_find(pid) != NULL ? -EINVAL : -ESRCH;
	return create(p, (unsigned)flags);
}

long sys_pidfd_send_signal(int fd, int sig, struct uptr info, int flags)
{
	bool nonblock;
	siginfo_t si;
	int pid = pid_of(fd, &nonblock);

	if (flags != 0)
		return -EINVAL;
	if (pid < 0)
		return pid;
	if (uptr_null(info))
		return pid == 0 ? -ESRCH : sys_kill(pid, sig);
	if (get_user(si, info) != 0)
		return -EFAULT;
	if (si.si_signo != sig)
		return -EINVAL;
	return pid == 0 ? -ESRCH : sys_rt_sigqueueinfo(pid, sig, info);
}

static void pidfd_init(void)
{
	static const struct pidfd_ops ops = {.create = create, .pid = pid_of};

	pidfd_hook = &ops;
}
INIT(INIT_LATE, pidfd_init);
