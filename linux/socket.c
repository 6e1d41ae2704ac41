/* SPDX-License-Identifier: ISC */
/* Socket system calls but for sending and receiving (sockmsg.c): descriptors, addresses and options, from Linux's
 * layouts to struct sock_ops. socket(2), bind(2), accept(2), connect(2), setsockopt(2) ... */
#include "linux/calls.h"
#include "fs/vfs.h"
#include "kernel/init.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "net/sockdef.h"
#include "sockaddr.h"

#define OPTION_MAX 256u

static void current_cred(struct sock_cred *c)
{
	struct process *p = process_current();

	*c = (struct sock_cred){(uint32_t)p->pid, p->creds.euid, p->creds.egid};
}

static void node_put(void *node)
{
	inode_put(node);
}

static void socket_init(void)
{
	sock_current_cred = current_cred;
	sock_node_put = node_put;
}
INIT(INIT_NET, socket_init);

/* A descriptor for s, which is released when there is none. */
static int install(struct sock *s, int flags)
{
	struct file *f = file_create(&sock_file_ops, O_RDWR | ((unsigned)flags & SOCK_NONBLOCK), s);

	if (f == NULL) {
		s->ops->release(s);
		return -ENFILE;
	}
	s->id = f->id;
	f->quiet = s->type != SOCK_STREAM;
	return fd_install(f, 0, (flags & SOCK_CLOEXEC) != 0);
}

/* A descriptor that the program will not hear of after all. */
static void uninstall(int fd)
{
	if (fd >= 0 && fd_close(fd) != 0)
		return; /* another thread guessed the number and closed it */
}

long sys_socket(int family, int type, int protocol)
{
	int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC), err;
	struct sock *s;

	if ((type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
		return -EINVAL;
	err = sock_create(family, type & 0xf, protocol, &s);
	return err != 0 ? err : install(s, flags);
}

long sys_socketpair(int family, int type, int protocol, struct uptr out)
{
	int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC), fd[2], err;
	struct sock *s[2];

	if ((type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
		return -EINVAL;
	err = sock_pair(family, type & 0xf, protocol, s);
	if (err != 0)
		return err;
	fd[0] = install(s[0], flags);
	if (fd[0] < 0) {
		s[1]->ops->release(s[1]);
		return fd[0];
	}
	fd[1] = install(s[1], flags);
	if (fd[1] >= 0 && copy_to_user(out, fd, sizeof fd) == 0)
		return 0;
	err = fd[1] < 0 ? fd[1] : -EFAULT;
	uninstall(fd[0]);
	uninstall(fd[1]);
	return err;
}

long sys_bind(int fd, struct uptr addr, unsigned len)
{
	struct sock_addr a;
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	err = sockaddr_get(&a, addr, len, false);
	if (err == 0 && s->family == AF_UNIX && a.family == AF_UNIX) {
		struct sock_addr now;

		/* Bound already: no node is made. */
		s->ops->name(s, &now, false);
		err = now.len > 2 ? -EINVAL : sockaddr_make(&a);
	}
	if (err == 0) {
		err = s->ops->bind(s, &a);
		if (err != 0)
			sockaddr_put(&a);
	}
	file_put(f);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	err = s->ops->listen(s, backlog);
	file_put(f);
	return err;
}

long sys_accept4(int fd, struct uptr addr, struct uptr len, int flags)
{
	struct sock *s, *child;
	struct sock_addr a;
	struct file *f;
	int err = sock_fd(fd, &f, &s), r;

	if (err != 0)
		return err;
	if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
		err = -EINVAL;
	else if ((err = fd_room()) == 0) /* without a descriptor the connection stays in the queue */
		err = s->ops->accept(s, &child, (f->flags & O_NONBLOCK) != 0);
	file_put(f);
	if (err != 0)
		return err;
	if (child->ops->name(child, &a, true) != 0) {
		/* It broke before it was accepted: Linux gives it all the same, without an address. */
		a.len = 2;
		a.family = child->family;
	}
	r = install(child, flags);
	if (r >= 0 && (err = sockaddr_out(&a, addr, len)) != 0) {
		uninstall(r);
		return err;
	}
	return r;
}

long sys_accept(int fd, struct uptr addr, struct uptr len)
{
	return sys_accept4(fd, addr, len, 0);
}

long sys_connect(int fd, struct uptr addr, unsigned len)
{
	struct sock_addr a;
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	err = sockaddr_get(&a, addr, len, true);
	if (err == 0) {
		err = s->ops->connect(s, &a, (f->flags & O_NONBLOCK) != 0);
		sockaddr_put(&a);
	}
	file_put(f);
	return err;
}

long sys_shutdown(int fd, int how)
{
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	err = s->ops->shutdown(s, how);
	file_put(f);
	return err;
}

static long get_name(int fd, struct uptr addr, struct uptr len, bool peer)
{
	struct sock_addr a;
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	err = s->ops->name(s, &a, peer);
	if (err == 0)
		err = uptr_null(addr) ? -EFAULT : sockaddr_out(&a, addr, len);
	file_put(f);
	return err;
}

long sys_getsockname(int fd, struct uptr addr, struct uptr len)
{
	return get_name(fd, addr, len, false);
}

long sys_getpeername(int fd, struct uptr addr, struct uptr len)
{
	return get_name(fd, addr, len, true);
}

long sys_setsockopt(int fd, int level, int name, struct uptr val, unsigned len)
{
	uint8_t buf[OPTION_MAX];
	struct file *f;
	struct sock *s;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	if ((int)len < 0)
		err = -EINVAL;
	else if (copy_from_user(buf, val, MIN(len, OPTION_MAX)) != 0)
		err = -EFAULT;
	else
		err = sock_setopt(s, level, name, buf, MIN(len, OPTION_MAX));
	file_put(f);
	return err;
}

long sys_getsockopt(int fd, int level, int name, struct uptr val, struct uptr len)
{
	uint8_t buf[OPTION_MAX];
	struct file *f;
	struct sock *s;
	unsigned n;
	int err = sock_fd(fd, &f, &s);

	if (err != 0)
		return err;
	memset(buf, 0, sizeof buf);
	if (get_user(n, len) != 0)
		err = -EFAULT;
	else if ((int)n < 0)
		err = -EINVAL;
	else {
		n = MIN(n, OPTION_MAX);
		err = sock_getopt(s, level, name, buf, &n);
	}
	if (err == 0 && (copy_to_user(val, buf, n) != 0 || put_user(len, n) != 0))
		err = -EFAULT;
	file_put(f);
	return err;
}
