/* SPDX-License-Identifier: ISC */
/*
 * Signal-driven I/O: O_ASYNC, FIOASYNC, and whom the signal is for (fcntl(2), F_SETOWN, F_SETSIG). While a file has O_ASYNC it
 * hangs on its own wait queues, in front of who sleeps there, as a listener wakes only one. An owner is remembered by its number
 * and by when it began, so that a later process of the same number gets nothing. Sockets, pipes and terminals have this.
 */
#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/sockios.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "fs/vfs.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/uaccess.h"
#include "linux/file.h"
#include "linux/task.h"

#define QUEUES_MAX 2u

struct async { /* file->async */
	struct file *file;
	int type, id; /* F_OWNER_…; 0: nobody */
	uint64_t start; /* when that process began; groups: 0 */
	uint32_t uid, euid; /* who said so */
	int sig; /* 0: SIGIO, without details */
	int fd; /* through which O_ASYNC was set */
	unsigned queues; /* 0: without O_ASYNC */
	struct wait_entry wait[QUEUES_MAX];
};

struct async_table {
	struct poll_table table;
	struct async *async;
};

static bool may_send(const struct async *a, const struct process *to)
{
	const struct creds *c = &to->creds;

	return a->euid == 0 || a->euid == c->suid || a->euid == c->uid || a->uid == c->suid || a->uid == c->uid;
}

static void send(const struct async *a, struct process *p, struct task *t, unsigned events)
{
	siginfo_t info = {.si_fd = a->fd, .si_band = (long)events};
	bool in = (events & POLLIN) != 0;

	if (!may_send(a, p))
		return;
	info.si_code = in                        ? POLL_IN
		       : (events & POLLHUP) != 0 ? POLL_HUP
		       : (events & POLLERR) != 0 ? POLL_ERR
						 : POLL_OUT;
	if (a->sig == 0 || signal_send(p, t, a->sig, &info) != 0)
		signal_post(p, t, SIGIO);
}

static struct task *owner(const struct async *a, struct process **p)
{
	struct task *t = a->type == F_OWNER_TID ? task_find(a->id) : NULL;

	*p = a->type == F_OWNER_PID ? process_find(a->id) : t != NULL ? t->process : NULL;
	if (*p != NULL && (*p)->start_ns != a->start)
		*p = NULL;
	return t;
}

static bool woken(struct wait_entry *e, unsigned events)
{
	struct async *a = e->arg;
	struct poll_table none = {NULL};
	struct process *p;
	struct task *t;

	if (a->id == 0)
		return false;
	if (events == 0)
		events = a->file->ops->poll(a->file, &none) & (POLLIN | POLLERR | POLLHUP);
	if (events == 0)
		return false;
	if (a->type == F_OWNER_PGRP) {
		list_for_each_entry (p, &process_all, all_link)
			if (p->pgid == a->id)
				send(a, p, NULL, events);
		return false;
	}
	t = owner(a, &p);
	if (p != NULL)
		send(a, p, t, events);
	return false;
}

static void add(struct poll_table *pt, struct wait_queue *q)
{
	struct async *a = CONTAINER_OF(pt, struct async_table, table)->async;
	struct wait_entry *e;

	if (a->queues == QUEUES_MAX)
		return;
	e = &a->wait[a->queues++];
	e->fn = woken;
	e->arg = a;
	wait_add(q, e);
	list_remove(&e->link);
	list_push_front(&q->entries, &e->link);
}

static void detach(struct async *a)
{
	while (a->queues > 0)
		wait_remove(&a->wait[--a->queues]);
	a->file->flags &= ~(unsigned)FASYNC;
}

static void end(struct file *f)
{
	detach(f->async);
	kfree(f->async);
}

static struct async *async_of(struct file *f)
{
	if (f->async == NULL) {
		f->async = kzalloc(sizeof *f->async);
		if (f->async != NULL)
			f->async->file = f;
	}
	return f->async;
}

static bool able(const struct file *f)
{
	uint32_t type = (f->inode != NULL ? f->inode->mode : f->ops->mode) & S_IFMT;

	return f->ops->poll != NULL && (type == S_IFSOCK || type == S_IFIFO || type == S_IFCHR);
}

static long set_async(struct file *f, int fd, bool on)
{
	struct async_table t = {.table = {add}};

	if (on == ((f->flags & FASYNC) != 0))
		return 0;
	if (!able(f))
		return -ENOTTY;
	t.async = async_of(f);
	if (t.async == NULL)
		return -ENOMEM;
	if (!on) {
		detach(t.async);
		return 0;
	}
	t.async->fd = fd;
	f->flags |= FASYNC;
	f->ops->poll(f, &t.table);
	return 0;
}

static bool group_exists(int pgid)
{
	const struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pgid == pgid)
			return true;
	return false;
}

static long set_owner(struct file *f, int type, int id)
{
	struct async *a = async_of(f);
	struct process *p = NULL;
	struct task *t;

	if (a == NULL)
		return -ENOMEM;
	if (id != 0 && type == F_OWNER_PGRP && !group_exists(id))
		return -ESRCH;
	if (id != 0 && type != F_OWNER_PGRP) {
		t = type == F_OWNER_TID ? task_find(id) : NULL;
		p = t != NULL ? t->process : type == F_OWNER_PID ? process_find(id) : NULL;
		if (p == NULL)
			return -ESRCH;
	}
	a->type = type;
	a->id = id;
	a->start = p != NULL ? p->start_ns : 0;
	a->uid = process_current()->creds.uid;
	a->euid = process_current()->creds.euid;
	return 0;
}

/* F_SETOWN's form: a group is negative. */
static long set_owner_number(struct file *f, int id)
{
	if (id == INT32_MIN)
		return -EINVAL;
	return set_owner(f, id < 0 ? F_OWNER_PGRP : F_OWNER_PID, id < 0 ? -id : id);
}

static int owner_id(const struct file *f)
{
	struct process *p;

	if (f->async == NULL || f->async->type == F_OWNER_PGRP)
		return f->async != NULL && group_exists(f->async->id) ? f->async->id : 0;
	(void)owner(f->async, &p);
	return p != NULL ? f->async->id : 0;
}

static long owner_number(const struct file *f)
{
	int id = owner_id(f);

	return f->async != NULL && f->async->type == F_OWNER_PGRP ? -id : id;
}

static long set_signal(struct file *f, uintptr_t sig)
{
	struct async *a;

	if (sig > SIG_COUNT)
		return -EINVAL;
	a = async_of(f);
	if (a == NULL)
		return -ENOMEM;
	a->sig = (int)sig;
	return 0;
}

static long control(struct file *f, int fd, unsigned cmd, uintptr_t arg)
{
	struct f_owner_ex ex;
	long n;

	switch (cmd) {
	case F_SETFL: n = set_async(f, fd, (arg & FASYNC) != 0); return n == -ENOTTY ? 0 : n;
	case F_SETOWN: return set_owner_number(f, (int)arg);
	case F_GETOWN: return owner_number(f);
	case F_SETSIG: return set_signal(f, arg);
	case F_GETSIG: return f->async != NULL ? f->async->sig : 0;
	case F_SETOWN_EX:
		if (get_user(ex, UPTR(arg)) != 0)
			return -EFAULT;
		if (ex.type < F_OWNER_TID || ex.type > F_OWNER_PGRP)
			return -EINVAL;
		return ex.pid < 0 ? -ESRCH : set_owner(f, ex.type, ex.pid);
	case F_GETOWN_EX:
		ex = (struct f_owner_ex){f->async != NULL ? f->async->type : F_OWNER_PID, owner_id(f)};
		return put_user(UPTR(arg), ex) != 0 ? -EFAULT : 0;
	}
	return -EINVAL;
}

static long device_control(struct file *f, int fd, unsigned cmd, uintptr_t arg)
{
	bool set = cmd == FIOASYNC || cmd == FIOSETOWN || cmd == SIOCSPGRP;
	int value;

	if (set && get_user(value, UPTR(arg)) != 0)
		return -EFAULT;
	if (cmd == FIOASYNC)
		return set_async(f, fd, value != 0);
	if ((f->ops->mode & S_IFMT) != S_IFSOCK)
		return -ENOTTY;
	if (set)
		return set_owner_number(f, value);
	value = (int)owner_number(f);
	return put_user(UPTR(arg), value) != 0 ? -EFAULT : 0;
}

static void async_init(void)
{
	static const struct file_async_ops ops = {.control = control, .device_control = device_control};

	file_async = &ops;
	file_async_hook = end;
}
INIT(INIT_FS, async_init);
