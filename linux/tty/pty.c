/* SPDX-License-Identifier: ISC */
/*
 * Pseudo terminals, pty(7): opening /dev/ptmx makes a terminal, /dev/pts/N, whose driver is the file that was opened, the
 * master. What the terminal puts out waits in a ring for the master's reads; what the master writes and the terminal has
 * no room for is held back. The node goes with the master, the memory with the last file of either side.
 */
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/signal.h>

#include "abi/errno.h"
#include "fs/dev.h"
#include "fs/root.h"
#include "fs/tmpfs.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "linux/tty.h"

#define PTY_MAX   256u
#define PTY_MAJOR 136u
#define RING      8192u
#define HELD      256u
#define CHUNK     512u

struct pty {
	struct tty tty;
	unsigned index;
	bool master; /* it is open */
	bool locked; /* until unlockpt(3) */
	bool opened; /* the terminal was, at least once */
	struct wait_queue wait; /* the master's readers and writers */
	unsigned head, tail; /* output, free-running */
	unsigned held; /* bytes of input */
	char in[HELD];
	char out[RING];
};

static struct pty *all[PTY_MAX];

static struct pty *pty_of(struct tty *t)
{
	return CONTAINER_OF(t, struct pty, tty);
}

static void node_path(const struct pty *p, char *buf, size_t size)
{
	fmt_snprintf(buf, size, "/dev/pts/%u", p->index);
}

/* The terminal's driver. */

static size_t room(struct tty *t)
{
	struct pty *p = pty_of(t);

	return RING - (p->head - p->tail);
}

static void write(struct tty *t, const char *buf, size_t n)
{
	struct pty *p = pty_of(t);

	for (size_t i = 0; i < n; i++)
		p->out[p->head++ % RING] = buf[i];
	if (n > 0)
		wait_wake_all(&p->wait, 0);
}

static void pull(struct tty *t)
{
	struct pty *p = pty_of(t);
	unsigned n = p->held, taken;

	p->held = 0; /* echo may wake somebody who asks */
	taken = (unsigned)tty_input(t, p->in, n);
	p->held = n - taken;
	memmove(p->in, p->in + taken, p->held);
	wait_wake_all(&p->wait, 0);
}

static void flush(struct tty *t)
{
	struct pty *p = pty_of(t);

	p->tail = p->head;
}

static unsigned waiting(struct tty *t)
{
	return pty_of(t)->head - pty_of(t)->tail;
}

static void destroy(struct pty *p)
{
	all[p->index] = NULL;
	tty_remove(&p->tty);
	kfree(p);
}

static void closed(struct tty *t)
{
	struct pty *p = pty_of(t);

	if (!p->master)
		destroy(p);
	else
		wait_wake_all(&p->wait, 0);
}

static const struct tty_ops terminal_ops = {
    .room = room,
    .write = write,
    .pull = pull,
    .flush = flush,
    .waiting = waiting,
    .closed = closed,
};

/* The master. */

static bool other_closed(const struct pty *p)
{
	return p->opened && p->tty.files == 0;
}

/* A copy to or from a program may sleep: nothing found in the ring before it is true after it. */
static ssize_t master_read(struct file *f, struct uio *u, uint64_t *pos)
{
	struct pty *p = f->priv;
	char buf[CHUNK];
	ssize_t done = 0;

	(void)pos;
	if (u->left == 0)
		return 0;
	while (p->head == p->tail) {
		if (other_closed(p))
			return -EIO;
		if ((f->flags & O_NONBLOCK) != 0)
			return -EAGAIN;
		if (wait_sleep(&p->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
	while (u->left > 0 && p->head != p->tail) {
		size_t most = MIN(u->left, sizeof buf), n = 0;
		ssize_t put;

		while (n < most && p->head != p->tail)
			buf[n++] = p->out[p->tail++ % RING];
		put = uio_put(u, buf, n);
		if (put <= 0)
			return done > 0 ? done : put;
		done += put;
	}
	tty_output_ready(&p->tty);
	return done;
}

static ssize_t master_write(struct file *f, struct uio *u, uint64_t *pos)
{
	struct pty *p = f->priv;
	char buf[HELD];
	ssize_t done = 0;

	(void)pos;
	while (u->left > 0) {
		struct uio before = *u;
		ssize_t n;

		if (p->held > 0) {
			if ((f->flags & O_NONBLOCK) != 0)
				return done > 0 ? done : -EAGAIN;
			if (wait_sleep(&p->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
				return done > 0 ? done : -ERESTARTSYS;
			continue;
		}
		n = uio_get(u, buf, MIN(u->left, HELD));
		if (n <= 0)
			return done > 0 ? done : n;
		if (p->held > 0) { /* another one was quicker */
			*u = before;
			continue;
		}
		memcpy(p->in, buf, (size_t)n);
		p->held = (unsigned)n;
		done += n;
		pull(&p->tty);
	}
	return done;
}

static unsigned master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *p = f->priv;
	unsigned events = 0;

	if (pt->add != NULL)
		pt->add(pt, &p->wait);
	if (p->head != p->tail)
		events |= POLLIN | POLLRDNORM;
	if (other_closed(p))
		events |= POLLHUP;
	if (p->held == 0 && tty_input_room(&p->tty))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* TIOCGPTPEER: the other side, whatever is mounted where. */
static long open_peer(const struct pty *p, unsigned flags)
{
	char path[24];
	struct vfs_ctx ctx;
	struct file *f;
	int err;

	vfs_root_ctx(&ctx);
	node_path(p, path, sizeof path);
	err = vfs_open(&ctx, NULL, path, flags & ~(unsigned)O_CREAT, 0, 0, &f);
	if (err != 0)
		return err;
	return fd_install(f, 0, (flags & O_CLOEXEC) != 0);
}

static long set_lock(struct pty *p, uintptr_t arg)
{
	int on;

	if (get_user(on, UPTR(arg)) != 0)
		return -EFAULT;
	p->locked = on != 0;
	return 0;
}

static long flush_queues(struct pty *p, uintptr_t what)
{
	if (what > TCIOFLUSH)
		return -EINVAL;
	if (what != TCOFLUSH)
		flush(&p->tty);
	if (what != TCIFLUSH) {
		p->held = 0;
		tty_flush_input(&p->tty);
	}
	tty_output_ready(&p->tty);
	return 0;
}

static long master_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct pty *p = f->priv;

	switch (cmd) {
	case TIOCGPTN: return put_user(UPTR(arg), p->index);
	case TIOCSPTLCK: return set_lock(p, arg);
	case TIOCGPTLCK: return put_user(UPTR(arg), (int)p->locked);
	case TIOCGPTPEER: return open_peer(p, (unsigned)arg);
	case FIONREAD: return put_user(UPTR(arg), p->head - p->tail);
	case TCFLSH: return flush_queues(p, arg);
	case TIOCSIG:
		if (arg != SIGINT && arg != SIGQUIT && arg != SIGTSTP)
			return -EINVAL;
		tty_signal(&p->tty, (int)arg);
		return 0;
	case TIOCOUTQ: return put_user(UPTR(arg), p->held);
	}
	return tty_ioctl(&p->tty, cmd, arg, false);
}

static void master_release(struct file *f)
{
	struct pty *p = f->priv;
	char path[24];
	struct vfs_ctx ctx;
	int gone;

	p->master = false;
	tty_hang_up(&p->tty);
	vfs_root_ctx(&ctx);
	node_path(p, path, sizeof path);
	gone = vfs_unlink(&ctx, NULL, path, false);
	(void)gone; /* a program may have removed it */
	if (p->tty.files == 0)
		destroy(p);
}

static const struct file_ops master_ops = {
    .read = master_read,
    .write = master_write,
    .poll = master_poll,
    .ioctl = master_ioctl,
    .release = master_release,
};

/* Opening. */

static int make_node(const struct pty *p)
{
	const struct creds *c = &process_current()->creds;
	struct vfs_attr attr = {.valid = ATTR_UID | ATTR_GID, .uid = c->fsuid, .gid = c->fsgid};
	char path[24];
	struct vfs_ctx ctx;
	struct dentry *node;
	int err;

	vfs_root_ctx(&ctx);
	node_path(p, path, sizeof path);
	err = vfs_make(&ctx, NULL, path, S_IFCHR | 0620, DEV(PTY_MAJOR, p->index), &node);
	if (err != 0)
		return err;
	err = vfs_setattr(&ctx, node->inode, &attr);
	dentry_put(node);
	return err;
}

static int master_open(struct inode *i, struct file **f)
{
	struct pty *p;
	unsigned n = 0;
	int err;

	(void)i;
	while (n < PTY_MAX && all[n] != NULL)
		n++;
	if (n == PTY_MAX)
		return -ENOSPC;
	p = kzalloc(sizeof *p);
	if (p == NULL)
		return -ENOMEM;
	p->index = n;
	err = make_node(p);
	if (err != 0) {
		kfree(p);
		return err;
	}
	tty_init(&p->tty, &terminal_ops);
	wait_queue_init(&p->wait);
	p->master = p->locked = true;
	all[n] = p;
	(*f)->ops = &master_ops;
	(*f)->priv = p;
	return 0;
}

static int terminal_open(struct inode *i, struct file **f)
{
	struct pty *p = all[i->rdev - DEV(PTY_MAJOR, 0u)];
	int err;

	if (p == NULL || p->locked)
		return -EIO;
	err = tty_open(&p->tty, *f, false);
	p->opened |= err == 0;
	return err;
}

static struct device ptmx = {.name = "ptmx", .mode = 0666, .rdev = DEV(5u, 2u), .open = master_open};
static struct device terminals = {.rdev = DEV(PTY_MAJOR, 0u), .more = PTY_MAX - 1, .open = terminal_open};

static int mount_pts(void)
{
	struct tmpfs_super *t;
	struct vfs_ctx ctx;
	struct dentry *at;
	int err = root_mkdir("/dev/pts", 0755);

	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	err = vfs_lookup(&ctx, NULL, "/dev/pts", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &at);
	if (err != 0)
		return err;
	t = tmpfs_create("devpts", 0, 0755);
	if (t != NULL)
		t->sb.destroy = NULL; /* stays */
	err = t == NULL ? -ENOMEM : vfs_mount(at, &t->sb);
	dentry_put(at);
	return err;
}

static void pty_init(void)
{
	int err = dev_register(&ptmx);

	if (err == 0)
		err = dev_register(&terminals);
	if (err == 0)
		err = mount_pts();
	if (err != 0)
		log_err("/dev/ptmx: error %d", -err);
}
INIT(INIT_FS, pty_init);
