/* SPDX-License-Identifier: ISC */
/* Datagram queues: see dgram.h. */
#include "dgram.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define TIOCINQ  0x541Bu
#define TIOCOUTQ 0x5411u

void dgram_put(struct sock *s, struct dgram_queue *q, struct pbuf *p, const ip_addr_t *from, uint16_t port)
{
	struct dgram *d = q->charge < s->rcvbuf && !net_pressure() ? kmalloc(sizeof *d) : NULL;

	if (d == NULL || (s->shut & SOCK_SHUT_RD) != 0 || (p = net_keep(p)) == NULL) {
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
	d->ifindex = ip_current_input_netif() == NULL ? 0 : netif_get_index(ip_current_input_netif());
	q->charge += d->charge;
	list_push_back(&q->list, &d->link);
	wait_wake(&s->wait, 1, POLLIN | POLLRDNORM);
}

/* d is out of the list. */
static void drop(struct dgram_queue *q, struct dgram *d)
{
	q->charge -= d->charge;
	pbuf_free(d->p);
	kfree(d);
}

void dgram_drop(struct dgram_queue *q)
{
	struct list *e;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that the list goes on without the freed one. */
	while ((e = list_pop_front(&q->list)) != NULL)
		drop(q, LIST_ENTRY(e, struct dgram, link));
}

static ssize_t copy_out(struct uio *u, const struct pbuf *p)
{
	ssize_t done = 0;

	for (; p != NULL && u->left > 0; p = p->next) {
		size_t n = MIN((size_t)p->len, u->left);
		ssize_t r = n == 0 ? 0 : uio_put(u, p->payload, n);

		if (r < (ssize_t)n)
			return -EFAULT;
		done += r;
	}
	return done;
}

ssize_t dgram_recv(struct sock *s, struct dgram_queue *q, struct sock_msg *m, bool nonblock, bool pktinfo)
{
	struct dgram *d;
	ssize_t n;
	int err;

	if (m->name != NULL)
		m->name->len = 0;
	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	if ((m->flags & MSG_ERRQUEUE) != 0)
		return -EAGAIN;
	if (s->err != 0)
		return sock_error(s);
	if (list_empty(&q->list)) {
		if ((s->shut & SOCK_SHUT_RD) != 0)
			return 0;
		if (nonblock)
			return -EAGAIN;
		err = wait_event(&s->wait, !list_empty(&q->list) || s->err != 0 || (s->shut & SOCK_SHUT_RD) != 0,
				 sock_deadline(s->rcvtimeo), WAIT_INTERRUPTIBLE);
		if (err != 0)
			return sock_wait_error(err, s->rcvtimeo);
		if (s->err != 0)
			return sock_error(s);
		if (list_empty(&q->list))
			return 0;
	}
	d = LIST_ENTRY(q->list.next, struct dgram, link);
	if (m->name != NULL)
		inet_addr_put(m->name, &d->from, d->port);
	if (pktinfo) {
		m->has_pktinfo = true;
		m->pkt_ifindex = d->ifindex;
		m->pkt_dst = m->pkt_local = d->to.addr;
	}
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

unsigned dgram_poll(struct sock *s, const struct dgram_queue *q)
{
	unsigned mask = POLLOUT | POLLWRNORM | (s->err != 0 ? POLLERR : 0);

	if (!list_empty(&q->list) || (s->shut & SOCK_SHUT_RD) != 0)
		mask |= POLLIN | POLLRDNORM;
	if ((s->shut & SOCK_SHUT_RD) != 0)
		mask |= POLLRDHUP;
	if (s->shut == (SOCK_SHUT_RD | SOCK_SHUT_WR))
		mask |= POLLHUP;
	return mask;
}

long dgram_ioctl(struct sock *s, const struct dgram_queue *q, unsigned cmd, uintptr_t arg)
{
	int v = 0;

	switch (cmd) {
	case TIOCINQ:
		if (!list_empty(&q->list))
			v = LIST_ENTRY(q->list.next, struct dgram, link)->p->tot_len;
		return put_user(UPTR(arg), v);
	case TIOCOUTQ: return put_user(UPTR(arg), v);
	default: return inet_ioctl(s, cmd, arg);
	}
}
