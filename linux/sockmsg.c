/* SPDX-License-Identifier: ISC */
/* Sending and receiving: buffers, addresses and control messages. send(2), recv(2), sendmmsg(2), cmsg(3). */
#include <asm/signal.h>

#include "linux/calls.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "net/sockdef.h"
#include "sockaddr.h"

#define RW_MAX        0x7ffff000ul
#define IOV_LIMIT     1024u
#define IOV_FAST      8u
#define CONTROL_MAX   4096u
#define MMSG_MAX      1024u
#define IP_TOS        1
#define IP_TTL        2
#define IP_PKTINFO    8
#define CMSG_ALIGN(n) ALIGN_UP((n), (size_t)8)

struct user_msg { /* struct msghdr, struct mmsghdr's first part */
	uintptr_t name;
	uint32_t namelen;
	uint32_t pad;
	uintptr_t iov;
	size_t iovlen;
	uintptr_t control;
	size_t controllen;
	uint32_t flags;
	uint32_t pad2;
};

struct user_mmsg {
	struct user_msg msg;
	uint32_t len;
	uint32_t pad;
};

struct cmsg {
	size_t len; /* with this header */
	int32_t level, type;
};

static ssize_t do_send(struct file *f, struct sock *s, struct sock_msg *m)
{
	bool nonblock = (f->flags & O_NONBLOCK) != 0 || (m->flags & MSG_DONTWAIT) != 0;
	ssize_t n = s->ops->send(s, m, nonblock);

	if (UNLIKELY(n == -EPIPE) && (m->flags & MSG_NOSIGNAL) == 0 && s->type == SOCK_STREAM)
		signal_own(SIGPIPE);
	return n;
}

static ssize_t do_recv(struct file *f, struct sock *s, struct sock_msg *m)
{
	return s->ops->recv(s, m, (f->flags & O_NONBLOCK) != 0 || (m->flags & MSG_DONTWAIT) != 0);
}

long sys_sendto(int fd, struct uptr buf, size_t count, int flags, struct uptr addr, unsigned len)
{
	struct sock_addr a;
	struct sock_msg m = {.flags = (unsigned)flags};
	struct uvec v;
	struct uio u;
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s);

	if (n != 0)
		return n;
	uio_init_user(&u, &v, buf, MIN(count, RW_MAX));
	m.u = &u;
	if (!uptr_null(addr)) {
		n = sockaddr_get(&a, addr, len, true);
		m.name = &a;
	}
	if (n == 0)
		n = do_send(f, s, &m);
	if (m.name != NULL)
		sockaddr_put(&a);
	file_put(f);
	return n;
}

long sys_recvfrom(int fd, struct uptr buf, size_t count, int flags, struct uptr addr, struct uptr len)
{
	struct sock_addr a;
	struct sock_msg m = {.flags = (unsigned)flags};
	struct uvec v;
	struct uio u;
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s);

	if (n != 0)
		return n;
	uio_init_user(&u, &v, buf, MIN(count, RW_MAX));
	m.u = &u;
	a.len = 0;
	m.name = uptr_null(addr) ? NULL : &a;
	n = do_recv(f, s, &m);
	if (n >= 0 && m.name != NULL) {
		int err = sockaddr_out(&a, addr, len);

		if (err != 0)
			n = err;
	}
	sock_files_free(m.files);
	file_put(f);
	return n;
}

/* The vectors of a message; *v is `fast` or memory that the caller frees. */
static int iov_get(const struct user_msg *um, struct uvec *fast, struct uvec **v)
{
	size_t left = RW_MAX;

	*v = fast;
	if (um->iovlen > IOV_LIMIT)
		return -EMSGSIZE;
	if (um->iovlen > IOV_FAST) {
		*v = kmalloc(um->iovlen * sizeof **v);
		if (*v == NULL) {
			*v = fast;
			return -ENOBUFS;
		}
	}
	if (copy_from_user(*v, UPTR(um->iov), um->iovlen * sizeof **v) != 0)
		return -EFAULT;
	for (size_t i = 0; i < um->iovlen; i++) {
		if ((ssize_t)(*v)[i].len < 0)
			return -EINVAL;
		(*v)[i].len = MIN((*v)[i].len, left);
		left -= (*v)[i].len;
	}
	return 0;
}

/* SCM_RIGHTS: n descriptors at p become files, behind those of control messages before this one. */
static int files_get(const uint8_t *p, size_t n, struct sock_files **out)
{
	size_t have = *out != NULL ? (*out)->count : 0;
	struct sock_files *sf;

	if (n > SOCK_FILES_MAX - have)
		return -EINVAL;
	sf = krealloc(*out, offsetof(struct sock_files, file[have + n]));
	if (sf == NULL)
		return -ENOMEM;
	sf->count = have;
	*out = sf;
	for (; sf->count < have + n; sf->count++) {
		int fd;

		memcpy(&fd, p + (sf->count - have) * sizeof fd, sizeof fd);
		sf->file[sf->count] = fd_get(fd);
		if (sf->file[sf->count] == NULL)
			return -EBADF;
	}
	return 0;
}

static int control_get(const struct user_msg *um, struct sock *s, struct sock_msg *m)
{
	size_t n = um->controllen, off = 0;
	uint8_t *buf;
	int err = 0;

	if (n == 0)
		return 0;
	if (n > CONTROL_MAX)
		return -ENOBUFS;
	buf = kmalloc(n);
	if (buf == NULL)
		return -ENOBUFS;
	if (copy_from_user(buf, UPTR(um->control), n) != 0)
		err = -EFAULT;
	while (err == 0 && n - off >= sizeof(struct cmsg)) {
		struct cmsg c;

		memcpy(&c, buf + off, sizeof c);
		if (c.len < sizeof c || c.len > n - off) {
			err = -EINVAL;
		} else if (c.level == SOL_SOCKET && c.type == SCM_RIGHTS && s->family == AF_UNIX) {
			if (c.len > sizeof c)
				err = files_get(buf + off + sizeof c, (c.len - sizeof c) / sizeof(int), &m->files);
		} else if (c.level == SOL_SOCKET && c.type != SCM_CREDENTIALS) {
			err = -EINVAL;
		} else if (c.level == SOL_SOCKET && s->family == AF_UNIX) {
			struct sock_cred cred, mine;

			memset(&cred, 0, sizeof cred);
			memcpy(&cred, buf + off + sizeof c, MIN(c.len - sizeof c, sizeof cred));
			sock_current_cred(&mine);
			if (cred.pid != mine.pid || cred.uid != mine.uid || cred.gid != mine.gid)
				err = -EPERM; /* only the truth may be told */
		}
		off += MIN(CMSG_ALIGN(c.len), n - off);
	}
	kfree(buf);
	return err;
}

static long send_one(struct file *f, struct sock *s, const struct user_msg *um, int flags)
{
	struct sock_msg m = {.flags = (unsigned)flags};
	struct uvec fast[IOV_FAST], *v;
	struct sock_addr a;
	struct uio u;
	long n = iov_get(um, fast, &v);

	a.node = NULL;
	if (n == 0 && um->name != 0 && um->namelen > 0) {
		n = sockaddr_get(&a, UPTR(um->name), um->namelen, true);
		m.name = &a;
	}
	if (n == 0)
		n = control_get(um, s, &m);
	if (n == 0) {
		uio_init_vec(&u, v, (unsigned)um->iovlen, false);
		m.u = &u;
		n = do_send(f, s, &m);
	}
	sock_files_free(m.files);
	sockaddr_put(&a);
	if (v != fast)
		kfree(v);
	return n;
}

long sys_sendmsg(int fd, struct uptr msg, int flags)
{
	struct user_msg um;
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s);

	if (n != 0)
		return n;
	n = copy_from_user(&um, msg, sizeof um) != 0 ? -EFAULT : send_one(f, s, &um, flags);
	file_put(f);
	return n;
}

long sys_sendmmsg(int fd, struct uptr msgs, unsigned count, int flags)
{
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s), done = 0;

	if (n != 0)
		return n;
	count = MIN(count, MMSG_MAX);
	while ((unsigned)done < count) {
		struct uptr at = uptr_add(msgs, (size_t)done * sizeof(struct user_mmsg));
		struct user_msg um;
		uint32_t len;

		n = copy_from_user(&um, at, sizeof um) != 0 ? -EFAULT : send_one(f, s, &um, flags);
		if (n < 0)
			break;
		len = (uint32_t)n;
		n = put_user(uptr_add(at, offsetof(struct user_mmsg, len)), len);
		if (n != 0)
			break;
		done++;
	}
	file_put(f);
	return done > 0 ? done : n;
}

/* Appends a control message as far as there is room. */
static int cmsg_put(struct user_msg *um, size_t *used, int level, int type, const void *data, size_t n,
		    unsigned *out_flags)
{
	struct cmsg c = {.len = sizeof c + n, .level = level, .type = type};

	if (um->controllen - *used < c.len) {
		*out_flags |= MSG_CTRUNC;
		return 0;
	}
	if (copy_to_user(UPTR(um->control + *used), &c, sizeof c) != 0 ||
	    copy_to_user(UPTR(um->control + *used + sizeof c), data, n) != 0)
		return -EFAULT;
	*used += MIN(CMSG_ALIGN(c.len), um->controllen - *used);
	return 0;
}

/* Received files get descriptors, as many as there is room for. */
static int files_put(struct user_msg *um, size_t *used, struct sock_msg *m)
{
	size_t room = um->controllen - *used;
	unsigned fit =
	    room < sizeof(struct cmsg) + sizeof(int) ? 0 : (unsigned)((room - sizeof(struct cmsg)) / sizeof(int));
	struct sock_files *sf = m->files;
	int fds[SOCK_FILES_MAX];
	unsigned n = 0;

	for (; n < sf->count && n < fit; n++) {
		file_get(sf->file[n]);
		fds[n] = fd_install(sf->file[n], 0, (m->flags & MSG_CMSG_CLOEXEC) != 0);
		if (fds[n] < 0)
			break;
	}
	if (n < sf->count)
		m->out_flags |= MSG_CTRUNC;
	return n == 0 ? 0 : cmsg_put(um, used, SOL_SOCKET, SCM_RIGHTS, fds, n * sizeof fds[0], &m->out_flags);
}

static int control_put(struct user_msg *um, struct sock_msg *m)
{
	size_t used = 0;
	int err = 0;

	if (um->control == 0)
		um->controllen = 0;
	if (m->has_cred)
		err = cmsg_put(um, &used, SOL_SOCKET, SCM_CREDENTIALS, &m->cred, sizeof m->cred, &m->out_flags);
	if (err == 0 && m->has_pktinfo) {
		uint32_t info[3] = {(uint32_t)m->pkt_ifindex, m->pkt_local, m->pkt_dst};

		err = cmsg_put(um, &used, SOL_IP, IP_PKTINFO, info, sizeof info, &m->out_flags);
	}
	if (err == 0 && m->has_stamp) {
		uint64_t unit = m->stamp_type == SO_TIMESTAMP_OLD ? 1000 : 1;
		uint64_t t[2] = {m->stamp / NSEC_PER_SEC, m->stamp % NSEC_PER_SEC / unit};

		err = cmsg_put(um, &used, SOL_SOCKET, m->stamp_type, t, sizeof t, &m->out_flags);
	}
	if (err == 0 && m->has_ttl) {
		int ttl = m->ttl;

		err = cmsg_put(um, &used, SOL_IP, IP_TTL, &ttl, sizeof ttl, &m->out_flags);
	}
	if (err == 0 && m->has_tos)
		err = cmsg_put(um, &used, SOL_IP, IP_TOS, &m->tos, sizeof m->tos, &m->out_flags);
	if (err == 0 && m->files != NULL)
		err = files_put(um, &used, m);
	um->controllen = used;
	return err;
}

/* Receives into *um and writes its fields back, all but the vectors. */
static long recv_one(struct file *f, struct sock *s, struct user_msg *um, struct uptr at, int flags)
{
	struct sock_msg m = {.flags = (unsigned)flags};
	struct uvec fast[IOV_FAST], *v;
	struct sock_addr a;
	struct uio u;
	long n = iov_get(um, fast, &v);
	int err;

	a.len = 0;
	if (n == 0) {
		uio_init_vec(&u, v, (unsigned)um->iovlen, false);
		m.u = &u;
		m.name = um->name == 0 ? NULL : &a;
		n = do_recv(f, s, &m);
	}
	if (v != fast)
		kfree(v);
	if (n < 0)
		return n;
	err = control_put(um, &m);
	sock_files_free(m.files);
	if (err == 0 && m.name != NULL) {
		if ((int)um->namelen < 0)
			err = -EINVAL;
		else if (copy_to_user(UPTR(um->name), a.raw, MIN(a.len, um->namelen)) != 0)
			err = -EFAULT;
		um->namelen = a.len;
		if (err == 0)
			err = put_user(uptr_add(at, offsetof(struct user_msg, namelen)), um->namelen);
	}
	um->flags = m.out_flags | ((unsigned)flags & MSG_CMSG_CLOEXEC);
	if (err == 0)
		err = put_user(uptr_add(at, offsetof(struct user_msg, controllen)), um->controllen);
	if (err == 0)
		err = put_user(uptr_add(at, offsetof(struct user_msg, flags)), um->flags);
	return err != 0 ? err : n;
}

long sys_recvmsg(int fd, struct uptr msg, int flags)
{
	struct user_msg um;
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s);

	if (n != 0)
		return n;
	n = copy_from_user(&um, msg, sizeof um) != 0 ? -EFAULT : recv_one(f, s, &um, msg, flags);
	file_put(f);
	return n;
}

/* The time limit is looked at between messages, as Linux does (recvmmsg(2), BUGS). */
long sys_recvmmsg(int fd, struct uptr msgs, unsigned count, int flags, struct uptr timeout)
{
	uint64_t deadline = TIME_NEVER;
	struct opt_timeval ts; /* seconds and nanoseconds here */
	struct file *f;
	struct sock *s;
	long n = sock_fd(fd, &f, &s), done = 0;

	if (n != 0)
		return n;
	if (!uptr_null(timeout)) {
		if (get_user(ts, timeout) != 0)
			n = -EFAULT;
		else if (ts.sec < 0 || ts.usec < 0 || ts.usec >= (int64_t)NSEC_PER_SEC)
			n = -EINVAL;
		else
			deadline =
			    time_mono() + (uint64_t)MIN(ts.sec, (int64_t)1000000000) * NSEC_PER_SEC + (uint64_t)ts.usec;
	}
	count = MIN(count, MMSG_MAX);
	while (n >= 0 && (unsigned)done < count) {
		struct uptr at = uptr_add(msgs, (size_t)done * sizeof(struct user_mmsg));
		int now = (flags & (int)MSG_WAITFORONE) != 0 && done > 0 ? flags | (int)MSG_DONTWAIT : flags;
		struct user_msg um;
		uint32_t len;

		n = copy_from_user(&um, at, sizeof um) != 0 ? -EFAULT
							    : recv_one(f, s, &um, at, now & ~(int)MSG_WAITFORONE);
		if (n < 0)
			break;
		len = (uint32_t)n;
		n = put_user(uptr_add(at, offsetof(struct user_mmsg, len)), len);
		if (n != 0)
			break;
		done++;
		if (deadline != TIME_NEVER && time_mono() >= deadline)
			break;
	}
	file_put(f);
	return done > 0 ? done : n;
}
