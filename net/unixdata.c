/* SPDX-License-Identifier: ISC */
/*
 * Local sockets: messages. A stream's writes are cut into messages of at most CHUNK bytes; reading goes across them but
 * stops where open files or another sender begin. What is queued at a receiver counts against the sender's SO_SNDBUF.
 */
#include "unix.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define CHUNK    16384u
#define TIOCINQ  0x541Bu
#define TIOCOUTQ 0x5411u

static void msg_free(struct unix_msg *m)
{
	sock_files_free(m->files);
	kfree(m);
}

static struct list doomed = LIST_INIT(doomed);

void unix_doom(struct unix_sock *u)
{
	struct list *e;

	while ((e = list_pop_front(&u->rx)) != NULL) {
		const struct sock_files *files = LIST_ENTRY(e, struct unix_msg, link)->files;

		if (files != NULL)
			unix_gc_taken(files);
		list_push_back(&doomed, e);
	}
	u->rx_bytes = 0;
}

/* A file that was on its way may be a socket with files on their way, and so on: they go one after the other, since a program
 * decides how many there are. */
void unix_bury(void)
{
	static bool busy;
	struct list *e;

	if (busy)
		return;
	busy = true;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that the list goes on without the freed one. */
	while ((e = list_pop_front(&doomed)) != NULL)
		msg_free(LIST_ENTRY(e, struct unix_msg, link));
	busy = false;
}

/* Receivers have taken something: senders may go on. */
static void freed(struct unix_sock *u)
{
	wait_wake_all(&u->space, POLLOUT);
	if (u->peer != NULL && u->peer->s.want_out) {
		u->peer->s.want_out = false;
		wait_wake_all(&u->peer->s.wait, POLLOUT | POLLWRNORM | POLLWRBAND);
	}
}

static size_t room(const struct unix_sock *from, const struct unix_sock *to)
{
	return to->rx_bytes >= from->s.sndbuf ? 0 : from->s.sndbuf - to->rx_bytes;
}

/* One message with n bytes of m to `to`. */
static int deliver(struct unix_sock *u, struct unix_sock *to, struct sock_msg *m, size_t n)
{
	struct unix_msg *x = kmalloc(sizeof *x + n);

	if (x == NULL)
		return -ENOBUFS;
	if (n > 0 && uio_get(m->u, x->data, n) != (ssize_t)n) {
		kfree(x);
		return -EFAULT;
	}
	x->len = n;
	x->off = 0;
	x->files = m->files;
	m->files = NULL;
	memset(&x->cred, 0, sizeof x->cred);
	if (sock_current_cred != NULL)
		sock_current_cred(&x->cred);
	x->from_len = u->name.len;
	memcpy(x->from, u->name.raw, u->name.len);
	if (x->files != NULL)
		unix_gc_sent(x->files);
	to->rx_bytes += n + (u->s.type == SOCK_STREAM ? 0 : sizeof *x);
	list_push_back(&to->rx, &x->link);
	wait_wake_all(&to->s.wait, POLLIN | POLLRDNORM);
	return 0;
}

static int wait_room(struct unix_sock *u, struct unix_sock *to, uint64_t deadline)
{
	int err;

	unix_get(to);
	err = wait_sleep(&to->space, deadline, WAIT_INTERRUPTIBLE);
	unix_put(to);
	return err == 0 ? 0 : sock_wait_error(err, u->s.sndtimeo);
}

static ssize_t send_stream(struct unix_sock *u, struct sock_msg *m, bool nonblock)
{
	uint64_t deadline = sock_deadline(u->s.sndtimeo);
	ssize_t done = 0;
	int err = 0;

	if (!u->connected)
		return -ENOTCONN;
	if (m->name != NULL && m->name->len > 0)
		return -EISCONN;
	do {
		size_t n;

		if ((u->s.shut & SOCK_SHUT_WR) != 0 || u->peer == NULL || (u->peer->s.shut & SOCK_SHUT_RD) != 0) {
			err = -EPIPE;
			break;
		}
		if (m->u->left == 0)
			break;
		n = MIN(room(u, u->peer), m->u->left);
		n = MIN(n, (size_t)CHUNK);
		if (n > 0) {
			err = deliver(u, u->peer, m, n);
			if (err != 0)
				break;
			done += (ssize_t)n;
			continue;
		}
		u->s.want_out = true;
		err = nonblock ? -EAGAIN : wait_room(u, u->peer, deadline);
	} while (err == 0);
	return done > 0 ? done : err;
}

static ssize_t send_packet(struct unix_sock *u, struct sock_msg *m, bool nonblock)
{
	uint64_t deadline = sock_deadline(u->s.sndtimeo);
	bool named = m->name != NULL && m->name->len > 0 && u->s.type == SOCK_DGRAM;
	size_t n = m->u->left;
	struct unix_sock *to;
	int err;

	if (n > u->s.sndbuf - 32)
		return -EMSGSIZE;
	if (u->s.type == SOCK_SEQPACKET && !u->connected)
		return -ENOTCONN;
	for (;;) {
		if ((u->s.shut & SOCK_SHUT_WR) != 0)
			return -EPIPE;
		if (named && (m->name->len < 2 || m->name->family != AF_UNIX))
			return -EINVAL;
		to = named ? unix_find(m->name, u->s.type) : u->peer;
		if (to == NULL)
			return named ? -ECONNREFUSED : u->s.type == SOCK_SEQPACKET ? -EPIPE : -ENOTCONN;
		if (to->s.type != u->s.type)
			return -EPROTOTYPE;
		if (u->s.type == SOCK_DGRAM && to->peer != NULL && to->peer != u)
			return -EPERM;
		if ((to->s.shut & SOCK_SHUT_RD) != 0)
			return named || u->s.type == SOCK_SEQPACKET ? -EPIPE : -ECONNREFUSED;
		if (to->rx_bytes == 0 || n + to->rx_bytes <= u->s.sndbuf)
			break;
		u->s.want_out = true;
		err = nonblock ? -EAGAIN : wait_room(u, to, deadline);
		if (err != 0)
			return err;
	}
	err = deliver(u, to, m, n);
	return err != 0 ? err : (ssize_t)n;
}

ssize_t unix_send(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = (struct unix_sock *)s;

	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	if (s->err != 0 && s->type != SOCK_STREAM) /* a stream's reader is told */
		return sock_error(s);
	if (m->files != NULL)
		unix_gc_maybe(false);
	return s->type == SOCK_STREAM ? send_stream(u, m, nonblock) : send_packet(u, m, nonblock);
}

/* A message's files and sender for the receiver; its files stay when it is only looked at. */
static void give(struct unix_sock *u, struct sock_msg *m, struct unix_msg *x)
{
	if (u->s.passcred) {
		m->has_cred = true;
		m->cred = x->cred;
	}
	if (x->files == NULL)
		return;
	if ((m->flags & MSG_PEEK) == 0) {
		unix_gc_taken(x->files);
		m->files = x->files;
		x->files = NULL;
		return;
	}
	m->files = kmalloc(offsetof(struct sock_files, file[x->files->count]));
	if (m->files == NULL) {
		m->out_flags |= MSG_CTRUNC;
		return;
	}
	m->files->count = x->files->count;
	for (unsigned i = 0; i < x->files->count; i++) {
		m->files->file[i] = x->files->file[i];
		file_get(x->files->file[i]);
	}
}

/* Waits for the first message: 1, 0 at the end, or -errno. */
static int wait_message(struct unix_sock *u, bool nonblock, uint64_t deadline)
{
	while (list_empty(&u->rx)) {
		int err;

		if (u->s.err != 0)
			return sock_error(&u->s);
		if ((u->s.shut & SOCK_SHUT_RD) != 0)
			return 0;
		if (u->s.type != SOCK_DGRAM && !u->connected)
			return u->s.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
		if (nonblock)
			return -EAGAIN;
		err = wait_sleep(&u->s.wait, deadline, WAIT_INTERRUPTIBLE);
		if (err != 0)
			return sock_wait_error(err, u->s.rcvtimeo);
	}
	return 1;
}

/* The same, with the memory for what there is. */
static int wait_touched(struct unix_sock *u, struct uio *to, bool nonblock, uint64_t deadline)
{
	int r;

	do {
		r = wait_message(u, nonblock, deadline);
		if (r > 0 && uio_touch(to, LIST_ENTRY(u->rx.next, struct unix_msg, link)->len, true) != 0)
			r = -EFAULT;
	} while (r > 0 && list_empty(&u->rx));
	return r;
}

static ssize_t recv_stream(struct unix_sock *u, struct sock_msg *m, bool nonblock)
{
	bool peek = (m->flags & MSG_PEEK) != 0, all = (m->flags & MSG_WAITALL) != 0 && !peek;
	uint64_t deadline = sock_deadline(u->s.rcvtimeo);
	ssize_t done = 0;
	bool stop = false;

	do {
		int r = wait_touched(u, m->u, nonblock || (done > 0 && !all), deadline);
		struct unix_msg *x, *next;

		if (r <= 0)
			return done > 0 ? done : r;
		list_for_each_entry_safe (x, next, &u->rx, link) {
			size_t n = MIN(x->len - x->off, m->u->left);
			ssize_t got;

			/* Files come with the first byte of their message; one set per call. */
			if (m->u->left == 0 || (done > 0 && x->files != NULL) ||
			    (done > 0 && u->s.passcred && memcmp(&x->cred, &m->cred, sizeof m->cred) != 0)) {
				stop = true;
				break;
			}
			got = uio_put_now(m->u, x->data + x->off, n);
			if (got < 0)
				return done > 0 ? done : got;
			if (x->files != NULL || (u->s.passcred && !m->has_cred)) {
				stop = x->files != NULL;
				give(u, m, x);
			}
			done += got;
			if (!peek) {
				x->off += (size_t)got;
				u->rx_bytes -= (size_t)got;
				if (x->off == x->len) {
					list_remove(&x->link);
					msg_free(x);
				}
			}
			if ((size_t)got < n)
				return done;
			if (stop)
				break;
		}
		if (!peek)
			freed(u);
	} while (!stop && all && m->u->left > 0);
	return done;
}

static ssize_t recv_packet(struct unix_sock *u, struct sock_msg *m, bool nonblock)
{
	int r = u->s.err != 0 ? sock_error(&u->s) : wait_touched(u, m->u, nonblock, sock_deadline(u->s.rcvtimeo));
	struct unix_msg *x;
	size_t n;
	ssize_t got;

	if (r <= 0)
		return r;
	x = LIST_ENTRY(u->rx.next, struct unix_msg, link);
	n = MIN(x->len, m->u->left);
	got = n == 0 ? 0 : uio_put_now(m->u, x->data, n);
	if (got < (ssize_t)n)
		return -EFAULT;
	if (x->len > n)
		m->out_flags |= MSG_TRUNC;
	if (u->s.type == SOCK_SEQPACKET)
		m->out_flags |= MSG_EOR;
	if (m->name != NULL && x->from_len > 0) {
		m->name->len = x->from_len;
		memcpy(m->name->raw, x->from, x->from_len);
	}
	give(u, m, x);
	if ((m->flags & MSG_TRUNC) != 0)
		got = (ssize_t)x->len;
	if ((m->flags & MSG_PEEK) == 0) {
		list_remove(&x->link);
		u->rx_bytes -= x->len + sizeof *x;
		msg_free(x);
		freed(u);
	}
	return got;
}

ssize_t unix_recv(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = (struct unix_sock *)s;

	if (m->name != NULL)
		m->name->len = 0;
	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	return s->type == SOCK_STREAM ? recv_stream(u, m, nonblock) : recv_packet(u, m, nonblock);
}

unsigned unix_poll(struct sock *s)
{
	struct unix_sock *u = (struct unix_sock *)s;
	unsigned mask = s->err != 0 ? POLLERR : 0;
	bool writable;

	if (u->listening)
		return list_empty(&u->accepts) ? 0 : POLLIN | POLLRDNORM;
	if (s->shut == (SOCK_SHUT_RD | SOCK_SHUT_WR) || (s->type != SOCK_DGRAM && !u->connected))
		mask |= POLLHUP;
	if ((s->shut & SOCK_SHUT_RD) != 0)
		mask |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&u->rx))
		mask |= POLLIN | POLLRDNORM;
	writable = u->peer == NULL || u->peer->rx_bytes * 4 <= s->sndbuf || (s->shut & SOCK_SHUT_WR) != 0;
	if (writable)
		mask |= POLLOUT | POLLWRNORM | POLLWRBAND;
	else
		s->want_out = true;
	return mask;
}

long unix_ioctl(struct sock *s, unsigned cmd, uintptr_t arg)
{
	struct unix_sock *u = (struct unix_sock *)s;
	int v = 0;

	switch (cmd) {
	case TIOCINQ:
		if (u->listening)
			return -EINVAL;
		if (s->type == SOCK_STREAM)
			v = (int)u->rx_bytes;
		else if (!list_empty(&u->rx))
			v = (int)LIST_ENTRY(u->rx.next, struct unix_msg, link)->len;
		return put_user(UPTR(arg), v);
	case TIOCOUTQ: v = u->peer == NULL ? 0 : (int)u->peer->rx_bytes; return put_user(UPTR(arg), v);
	default: return -ENOTTY;
	}
}
