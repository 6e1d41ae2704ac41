/* SPDX-License-Identifier: ISC */
/*
 * Locks on files: flock(2) on open files, and record locks (fcntl(2), F_SETLK) of processes and of open files (F_OFD_…).
 * An inode's locks hang on it, sorted by start; locks of one owner do not overlap. A process's record locks on a file
 * end when it closes any descriptor for it; an open file's end with it. Waiters are woken by every release.
 */
#include <linux/fcntl.h>

#include "linux/file.h"
#include "fs/vfs.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/time.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/task.h"

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

#define DEPTH_MAX 64u /* processes that wait for each other */

enum kind { RECORD, FLOCK };

struct lock {
	struct list link;
	enum kind kind;
	bool exclusive;
	const void *owner; /* a struct process, or a struct file */
	int pid; /* told by F_GETLK; -1: an open file's */
	uint64_t start, end; /* end is not part of it */
};

struct locks { /* inode->locks */
	struct list list;
	struct wait_queue wait;
	unsigned waiters;
};

static struct locks *locks_of(struct inode *i)
{
	struct locks *l = i->locks;

	if (l == NULL) {
		l = kzalloc(sizeof *l);
		if (l == NULL)
			return NULL;
		list_init(&l->list);
		wait_queue_init(&l->wait);
		i->locks = l;
	}
	return l;
}

/* An inode without locks needs nothing of this. */
static void tidy(struct inode *i)
{
	struct locks *l = i->locks;

	wait_wake_all(&l->wait, 0);
	if (!list_empty(&l->list) || l->waiters > 0)
		return;
	kfree(l);
	i->locks = NULL;
}

static struct lock *conflict(const struct locks *l, const struct lock *want)
{
	struct lock *k;

	list_for_each_entry (k, &l->list, link)
		if (k->kind == want->kind && k->owner != want->owner && (k->exclusive || want->exclusive) &&
		    k->start < want->end && want->start < k->end)
			return k;
	return NULL;
}

/* NOLINTBEGIN(clang-analyzer-*): it does not see that a lock leaves the list before it is freed. */
static void insert(struct locks *l, struct lock *n)
{
	struct lock *k;

	list_for_each_entry (k, &l->list, link)
		if (k->start > n->start)
			break;
	list_insert_after(k->link.prev, &n->link);
}

/* Takes [start, end) out of the owner's locks; those that vanish go to `gone`. Splitting one takes memory: *spare, which
 * becomes NULL when used, and may be NULL when the range is everything. */
static void cut(struct locks *l, enum kind kind, const void *owner, uint64_t start, uint64_t end, struct lock **spare,
		struct list *gone)
{
	struct lock *k, *next;

	list_for_each_entry_safe (k, next, &l->list, link) {
		if (k->kind != kind || k->owner != owner || k->start >= end || start >= k->end)
			continue;
		if (k->start < start && k->end > end && *spare != NULL) {
			struct lock *tail = *spare;

			*spare = NULL;
			*tail = *k;
			tail->start = end;
			k->end = start;
			insert(l, tail);
		} else if (k->start < start) {
			k->end = start;
		} else if (k->end > end) {
			k->start = end;
		} else {
			list_remove(&k->link);
			list_push_back(gone, &k->link);
		}
	}
}

static void free_all(struct list *gone)
{
	struct lock *k, *next;

	list_for_each_entry_safe (k, next, gone, link)
		kfree(k);
}

struct waiter {
	struct list link;
	const struct locks *locks;
	const struct lock *want;
};

static struct list waiting = LIST_INIT(waiting);

static const struct waiter *waiter_of(const void *owner)
{
	const struct waiter *w;

	list_for_each_entry (w, &waiting, link)
		if (w->want->owner == owner)
			return w;
	return NULL;
}

/* Whether `held` will not be let go before somebody gets what want's owner has. Only processes are asked: a lock of an open
 * file can be let go by anybody who has it. */
static bool deadlock(const struct lock *want, const struct lock *held)
{
	for (unsigned depth = 0; held != NULL && want->kind == RECORD && want->pid >= 0 && depth < DEPTH_MAX; depth++) {
		const struct waiter *w = waiter_of(held->owner);

		if (held->owner == want->owner)
			return true;
		held = w == NULL ? NULL : conflict(w->locks, w->want);
	}
	return false;
}

static int wait_for(struct locks *l, const struct lock *want)
{
	struct waiter w = {.locks = l, .want = want};
	int err = -EDEADLK;

	if (deadlock(want, conflict(l, want)))
		return err;
	list_push_back(&waiting, &w.link);
	l->waiters++;
	err = wait_sleep(&l->wait, TIME_NEVER, WAIT_INTERRUPTIBLE);
	l->waiters--;
	list_remove(&w.link);
	return err;
}

/* Sets (exclusive or shared) or, when `unlock`, removes. */
static int apply(struct inode *i, const struct lock *want, bool unlock, bool wait)
{
	struct list gone = LIST_INIT(gone);
	struct locks *l = locks_of(i);
	struct lock *n, *spare;
	int err = 0;

	if (l == NULL)
		return -ENOLCK;
	while (!unlock && err == 0 && conflict(l, want) != NULL) {
		if (!wait) {
			tidy(i);
			return -EAGAIN;
		}
		err = wait_for(l, want);
	}
	n = kmalloc(sizeof *n);
	spare = kmalloc(sizeof *spare);
	if (err == 0 && (n == NULL || spare == NULL))
		err = -ENOLCK;
	if (err == 0) {
		cut(l, want->kind, want->owner, want->start, want->end, &spare, &gone);
		if (!unlock) {
			*n = *want;
			insert(l, n);
			n = NULL;
		}
	}
	kfree(n);
	kfree(spare);
	free_all(&gone);
	tidy(i);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/* All of an owner's locks of a kind on i. */
static void drop(struct inode *i, enum kind kind, const void *owner)
{
	struct list gone = LIST_INIT(gone);
	struct lock *none = NULL;

	if (i->locks == NULL)
		return;
	cut(i->locks, kind, owner, 0, UINT64_MAX, &none, &gone);
	free_all(&gone);
	tidy(i);
}

/* NOLINTEND(clang-analyzer-*) */

static void on_close(struct file *f)
{
	if (f->inode != NULL && f->inode->locks != NULL)
		drop(f->inode, RECORD, process_current());
}

static void on_release(struct file *f)
{
	if (f->inode == NULL || f->inode->locks == NULL)
		return;
	drop(f->inode, RECORD, f);
	drop(f->inode, FLOCK, f);
}

long sys_flock(int fd, int op)
{
	struct file *f = fd_get(fd);
	struct lock want = {.kind = FLOCK, .owner = f, .end = UINT64_MAX, .exclusive = (op & LOCK_EX) != 0};
	int what = op & ~LOCK_NB;
	long n;

	if (f == NULL)
		return -EBADF;
	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		n = -EINVAL;
	else if (f->inode == NULL)
		n = -EBADF;
	else
		n = apply(f->inode, &want, what == LOCK_UN, (op & LOCK_NB) == 0);
	file_put(f);
	return n;
}

/* The range that a struct flock means. */
static int range(const struct file *f, const struct flock *k, struct lock *out)
{
	int64_t base = k->l_whence == 0 ? 0 : k->l_whence == 1 ? (int64_t)f->pos : (int64_t)f->inode->size, end;

	if (k->l_whence < 0 || k->l_whence > 2)
		return -EINVAL;
	if (ADD_OVERFLOWS(base, k->l_start, &base) || ADD_OVERFLOWS(base, k->l_len, &end))
		return -EOVERFLOW;
	if (k->l_len < 0) {
		int64_t t = base;

		base = end;
		end = t;
	}
	if (base < 0)
		return -EINVAL;
	out->start = (uint64_t)base;
	out->end = k->l_len == 0 ? UINT64_MAX : (uint64_t)end;
	return 0;
}

static long get(struct file *f, struct lock *want, struct flock *k, struct uptr arg)
{
	const struct locks *l = f->inode->locks;
	const struct lock *c = l != NULL ? conflict(l, want) : NULL;

	if (k->l_type == F_UNLCK)
		return -EINVAL;
	if (c == NULL) {
		k->l_type = F_UNLCK;
	} else {
		k->l_type = c->exclusive ? F_WRLCK : F_RDLCK;
		k->l_whence = 0;
		k->l_start = (int64_t)c->start;
		k->l_len = c->end == UINT64_MAX ? 0 : (int64_t)(c->end - c->start);
		k->l_pid = c->pid;
	}
	return copy_to_user(arg, k, sizeof *k);
}

static long control(struct file *f, unsigned cmd, struct uptr arg)
{
	bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
	struct lock want = {.kind = RECORD};
	unsigned mode = f->flags & O_ACCMODE;
	struct flock k;
	int err;

	if (f->inode == NULL)
		return -EINVAL;
	if (get_user(k, arg) != 0)
		return -EFAULT;
	if (ofd && k.l_pid != 0)
		return -EINVAL;
	err = range(f, &k, &want);
	if (err != 0)
		return err;
	want.owner = ofd ? (const void *)f : process_current();
	want.pid = ofd ? -1 : process_current()->pid;
	want.exclusive = k.l_type == F_WRLCK;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return get(f, &want, &k, arg);
	if (k.l_type != F_RDLCK && k.l_type != F_WRLCK && k.l_type != F_UNLCK)
		return -EINVAL;
	if ((k.l_type == F_RDLCK && mode == O_WRONLY) || (k.l_type == F_WRLCK && mode == O_RDONLY))
		return -EBADF;
	return apply(f->inode, &want, k.l_type == F_UNLCK, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

static void lock_init(void)
{
	file_lock_hook = control;
	file_close_hook = on_close;
	file_unlock_hook = on_release;
}
INIT(INIT_FS, lock_init);
