/* SPDX-License-Identifier: ISC */
/* What UDP and raw sockets share: see dgram.h. */
#include "dgram.h"

#include <linux/in.h>

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define TIOCINQ  0x541Bu
#define TIOCOUTQ 0x5411u

static struct dgram_sock *of(struct sock *s)
{
	return (struct dgram_sock *)s;
}

void dgram_init(struct dgram_sock *d, const struct sock_ops *ops, int type, int protocol)
{
	sock_init(&d->s, ops, AF_INET, type, protocol);
	list_init(&d->queue);
}

void dgram_put(struct dgram_sock *q, struct pbuf *p, const ip_addr_t *from, uint16_t port)
{
	struct dgram *d = q->charge < q->s.rcvbuf && !net_pressure() ? kmalloc(sizeof *d) : NULL;
	uint8_t ttl = IPH_TTL(ip4_current_header()), tos = IPH_TOS(ip4_current_header()); /* net_keep may free it */

	if (d == NULL || (q->s.shut & SOCK_SHUT_RD) != 0 || (p = net_keep(p)) == NULL) {
		kfree(d);
		if (p != NULL)
			pbuf_free(p);
		return;
	}
	d->p = p;
	d->charge = p->tot_len + 256u;
	d->from = *from;
	d->to = *ip_current_dest_addr();
	d->port = port;
	d->ttl = ttl;
	d->tos = tos;
	d->stamp = q->stamp_type == 0 ? 0 : time_real();
	d->ifindex = ip_current_input_netif() == NULL ? 0 : netif_get_index(ip_current_input_netif());
	q->charge += d->charge;
	list_push_back(&q->queue, &d->link);
	wait_wake(&q->s.wait, 1, POLLIN | POLLRDNORM);
}

/* d is out of the list. */
static void drop(struct dgram_sock *q, struct dgram *d)
{
	q->charge -= d->charge;
	pbuf_free(d->p);
	kfree(d);
}

void dgram_drop(struct dgram_sock *q)
{
	struct list *e;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that the list goes on without the freed one. */
	while ((e = list_pop_front(&q->queue)) != NULL)
		drop(q, LIST_ENTRY(e, struct dgram, link));
}

static ssize_t copy_out(struct uio *u, const struct pbuf *p)
{
	ssize_t done = 0;

	for (; p != NULL && u->left > 0; p = p->next) {
		size_t n = MIN((size_t)p->len, u->left);
		ssize_t r = n == 0 ? 0 : uio_put_now(u, p->payload, n);

		if (r < (ssize_t)n)
			return -EFAULT;
		done += r;
	}
	return done;
}

int dgram_listen(struct sock *s UNUSED, int backlog UNUSED)
{
	return -EOPNOTSUPP;
}

int dgram_accept(struct sock *s UNUSED, struct sock **out UNUSED, bool nonblock UNUSED)
{
	return -EOPNOTSUPP;
}

ssize_t dgram_recv(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct dgram_sock *q = of(s);
	struct dgram *d;
	ssize_t n;
	int err;

	if (m->name != NULL)
		m->name->len = 0;
	if ((m->flags & MSG_OOB) != 0 && s->type == SOCK_RAW)
		return -EOPNOTSUPP;
	if ((m->flags & MSG_ERRQUEUE) != 0)
		return -EAGAIN;
	if (s->err != 0)
		return sock_error(s);
again:
	if (list_empty(&q->queue)) {
		if (nonblock)
			return -EAGAIN;
		if ((s->shut & SOCK_SHUT_RD) != 0)
			return 0;
		err = wait_event(&s->wait, !list_empty(&q->queue) || s->err != 0 || (s->shut & SOCK_SHUT_RD) != 0,
				 sock_deadline(s->rcvtimeo), WAIT_INTERRUPTIBLE);
		if (err != 0)
			return sock_wait_error(err, s->rcvtimeo);
		if (s->err != 0)
			return sock_error(s);
		if (list_empty(&q->queue))
			return 0;
	}
	d = LIST_ENTRY(q->queue.next, struct dgram, link);
	n = uio_touch(m->u, d->p->tot_len, true);
	if (n != 0)
		return n;
	if (list_empty(&q->queue)) /* another one was quicker */
		goto again;
	d = LIST_ENTRY(q->queue.next, struct dgram, link);
	if (m->name != NULL)
		inet_addr_put(m->name, &d->from, d->port);
	if (q->pktinfo) {
		m->has_pktinfo = true;
		m->pkt_ifindex = d->ifindex;
		m->pkt_dst = m->pkt_local = d->to.addr;
	}
	m->has_ttl = q->recvttl;
	m->ttl = d->ttl;
	m->has_tos = q->recvtos;
	m->tos = d->tos;
	m->has_stamp = q->stamp_type != 0;
	m->stamp_type = q->stamp_type;
	m->stamp = d->stamp != 0 ? d->stamp : m->has_stamp ? time_real() : 0;
	if (d->p->tot_len > m->u->left)
		m->out_flags |= MSG_TRUNC;
	n = copy_out(m->u, d->p);
	if (n >= 0 && (m->flags & MSG_TRUNC) != 0)
		n = d->p->tot_len;
	if ((m->flags & MSG_PEEK) == 0) {
		list_remove(&d->link);
		drop(q, d);
	}
	return n;
}

int dgram_build(struct sock_msg *m, size_t max, struct pbuf **out)
{
	size_t n = m->u->left;
	struct pbuf *p;

	if (n > max)
		return -EMSGSIZE;
	p = net_pressure() ? NULL : pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);
	if (p == NULL)
		return -ENOBUFS;
	if (n > 0 && uio_get(m->u, p->payload, n) != (ssize_t)n) {
		pbuf_free(p);
		return -EFAULT;
	}
	*out = p;
	return 0;
}

int dgram_shutdown(struct sock *s, int how)
{
	if (how < 0 || how > 2)
		return -EINVAL;
	s->shut |= how == SHUT_RD ? SOCK_SHUT_RD : how == SHUT_WR ? SOCK_SHUT_WR : SOCK_SHUT_RD | SOCK_SHUT_WR;
	wait_wake_all(&s->wait, POLLIN | POLLOUT | POLLHUP);
	return of(s)->connected ? 0 : -ENOTCONN; /* all the same it ends who waits, as on Linux */
}

int dgram_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	struct dgram_sock *q = of(s);
	int v, err;

	if (level == SOL_SOCKET && name != SO_TIMESTAMP_OLD && name != SO_TIMESTAMPNS_OLD)
		return -ENOPROTOOPT;
	err = inet_option_int(val, len, &v);
	if (err != 0)
		return err;
	if (level == SOL_SOCKET)
		q->stamp_type = v != 0 ? (uint8_t)name : 0;
	else if (level == SOL_IP && name == IP_PKTINFO)
		q->pktinfo = v != 0;
	else if (level == SOL_IP && name == IP_RECVTTL)
		q->recvttl = v != 0;
	else if (level == SOL_IP && name == IP_RECVTOS)
		q->recvtos = v != 0;
	else
		return -ENOPROTOOPT;
	return 0;
}

int dgram_getopt(struct sock *s, int level, int name, int *v)
{
	const struct dgram_sock *q = of(s);

	if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
		*v = 0;
	else if (level == SOL_SOCKET && (name == SO_TIMESTAMP_OLD || name == SO_TIMESTAMPNS_OLD))
		*v = q->stamp_type == name;
	else if (level == SOL_IP && name == IP_PKTINFO)
		*v = q->pktinfo;
	else if (level == SOL_IP && name == IP_RECVTTL)
		*v = q->recvttl;
	else if (level == SOL_IP && name == IP_RECVTOS)
		*v = q->recvtos;
	else
		return level == SOL_SOCKET || level == SOL_IP ? -ENOPROTOOPT : -EOPNOTSUPP;
	return 0;
}

unsigned dgram_poll(struct sock *s)
{
	unsigned mask = POLLOUT | POLLWRNORM | (s->err != 0 ? POLLERR : 0);

	if (!list_empty(&of(s)->queue) || (s->shut & SOCK_SHUT_RD) != 0)
		mask |= POLLIN | POLLRDNORM;
	if ((s->shut & SOCK_SHUT_RD) != 0)
		mask |= POLLRDHUP;
	if (s->shut == (SOCK_SHUT_RD | SOCK_SHUT_WR))
		mask |= POLLHUP;
	return mask;
}

long dgram_ioctl(struct sock *s, unsigned cmd, uintptr_t arg)
{
	const struct dgram_sock *q = of(s);
	int v = 0;

	switch (cmd) {
	case TIOCINQ:
		if (!list_empty(&q->queue))
			v = LIST_ENTRY(q->queue.next, struct dgram, link)->p->tot_len;
		return put_user(UPTR(arg), v);
	case TIOCOUTQ: return put_user(UPTR(arg), v);
	default: return -ENOTTY;
	}
}
