/* SPDX-License-Identifier: ISC */
/*
 * Listening TCP sockets. Their children are sockets without a file, queued until accept; lwIP's backlog counts them. With
 * TCP_DEFER_ACCEPT they wait for data before that. Sockets that share a port by SO_REUSEPORT are a ring, of which one has
 * the pcb, and take turns.
 */
#include "tcp.h"

#include "abi/errno.h"

/* A child is ready for accept. */
static void offer(struct tcp_sock *l, struct tcp_sock *t)
{
	list_push_back(&l->accepts, &t->accept_link);
	wait_wake(&l->s.wait, 1, POLLIN | POLLRDNORM);
}

void tcp_offer_deferred(struct tcp_sock *t)
{
	struct tcp_sock *l = t->deferred_by;

	t->deferred_by = NULL;
	list_remove(&t->accept_link);
	if (t->pcb != NULL)
		tcp_poll(t->pcb, NULL, 0);
	offer(l, t);
}

static err_t on_deferred(void *arg, struct tcp_pcb *pcb UNUSED)
{
	tcp_offer_deferred(arg);
	return ERR_OK;
}

/* Of those that share l's port. */
static struct tcp_sock *whose_turn(struct tcp_sock *l)
{
	static unsigned turn;
	unsigned n = 1;

	if (list_empty(&l->group))
		return l;
	for (const struct list *e = l->group.next; e != &l->group; e = e->next)
		n++;
	for (n = turn++ % n; n > 0; n--)
		l = LIST_ENTRY(l->group.next, struct tcp_sock, group);
	return l;
}

/* A connection is complete: a child for the listener. */
static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t e)
{
	struct tcp_sock *l = arg, *t;

	if (pcb == NULL || e != ERR_OK || l == NULL)
		return ERR_VAL;
	l = whose_turn(l);
	t = tcp_sock_alloc();
	if (t == NULL)
		return ERR_MEM; /* lwIP resets it */
	t->s.keepalive = l->s.keepalive;
	t->s.linger = l->s.linger;
	t->s.linger_sec = l->s.linger_sec;
	t->s.rcvtimeo = l->s.rcvtimeo;
	t->s.sndtimeo = l->s.sndtimeo;
	t->s.sndbuf = l->s.sndbuf;
	t->s.rcvbuf = l->s.rcvbuf;
	t->s.reuseaddr = l->s.reuseaddr;
	t->s.reuseport = l->s.reuseport;
	t->s.bound_if = l->s.bound_if;
	t->s.mark = l->s.mark;
	t->s.uid = l->s.uid;
	t->nodelay = l->nodelay;
	t->keep_idle = l->keep_idle;
	t->keep_intvl = l->keep_intvl;
	t->keep_cnt = l->keep_cnt;
	t->ttl = l->ttl;
	t->tos = l->tos;
	t->state = TCP_CONNECTED;
	t->local = pcb->local_ip;
	t->remote = pcb->remote_ip;
	t->local_port = pcb->local_port;
	t->remote_port = pcb->remote_port;
	tcp_attach(t, pcb);
	tcp_apply_options(t);
	tcp_backlog_delayed(pcb);
	if (l->defer > 0) {
		t->deferred_by = l;
		list_push_back(&l->deferred, &t->accept_link);
		tcp_poll(pcb, on_deferred, (u8_t)MIN(l->defer * (1000u / TCP_SLOW_INTERVAL), 255u));
	} else {
		offer(l, t);
	}
	return ERR_OK;
}

/* The socket that listens at t's address already and shares it with t (SO_REUSEPORT), or NULL. */
static struct tcp_sock *sharer(const struct tcp_sock *t)
{
	const struct tcp_pcb_listen *p;

	for (p = tcp_listen_pcbs.listen_pcbs; t->s.reuseport && p != NULL; p = p->next) {
		struct tcp_sock *l = p->callback_arg;

		if (p->local_port == t->bind_port && ip_addr_cmp(&p->local_ip, &t->bind_ip) && l != NULL &&
		    l->s.reuseport && l->s.uid == t->s.uid && l->s.bound_if == t->s.bound_if)
			return l;
	}
	return NULL;
}

int tcp_sock_listen(struct sock *s, int backlog)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	unsigned n = backlog < 0 ? SOMAXCONN : (unsigned)backlog;
	struct tcp_sock *other;
	struct tcp_pcb *pcb;
	err_t e = ERR_OK;
	int err;

	n = MIN(n + 1, 255u);
	if (t->state == TCP_LISTENING) {
		if (t->pcb != NULL)
			tcp_backlog_set(t->pcb, (u8_t)n);
		return 0;
	}
	if (t->state != TCP_NEW)
		return -EINVAL;
	pcb = tcp_need_pcb(t, &err);
	if (pcb == NULL)
		return err;
	if (!t->bound) {
		e = tcp_bind(pcb, IP4_ADDR_ANY, 0);
		if (e != ERR_OK)
			return net_error(e);
		t->bound = true; /* even if what follows fails: lwIP must not be asked twice */
		t->bind_ip = t->local = pcb->local_ip;
		t->bind_port = t->local_port = pcb->local_port;
	}
	other = sharer(t);
	if (other != NULL) {
		tcp_abort_quietly(t);
		list_insert_after(&other->group, &t->group);
		t->state = TCP_LISTENING;
		return 0;
	}
	pcb = tcp_listen_with_backlog_and_err(pcb, (u8_t)n, &e);
	if (pcb == NULL)
		return net_error(e);
	t->pcb = pcb;
	t->state = TCP_LISTENING;
	tcp_arg(pcb, t);
	tcp_accept(pcb, on_accept);
	tcp_apply_options(t);
	return 0;
}

int tcp_sock_accept(struct sock *s, struct sock **out, bool nonblock)
{
	struct tcp_sock *t = (struct tcp_sock *)s, *child;
	int err;

	if (t->state != TCP_LISTENING)
		return -EINVAL;
	if (list_empty(&t->accepts)) {
		if (nonblock)
			return -EAGAIN;
		err = wait_event(&s->wait, !list_empty(&t->accepts) || t->state != TCP_LISTENING,
				 sock_deadline(s->rcvtimeo), WAIT_INTERRUPTIBLE);
		if (err != 0)
			return sock_wait_error(err, s->rcvtimeo);
		if (t->state != TCP_LISTENING)
			return -EINVAL;
	}
	child = LIST_ENTRY(t->accepts.next, struct tcp_sock, accept_link);
	list_remove(&child->accept_link);
	if (child->pcb != NULL)
		tcp_backlog_accepted(child->pcb);
	*out = &child->s;
	return 0;
}

void tcp_close_listener(struct tcp_sock *t)
{
	struct tcp_pcb *pcb = t->pcb;
	struct list *e;

	if (!list_empty(&t->group)) { /* others go on listening */
		struct tcp_sock *next = LIST_ENTRY(t->group.next, struct tcp_sock, group);

		list_remove(&t->group);
		if (pcb != NULL) {
			next->pcb = pcb;
			tcp_arg(pcb, next);
		}
		t->pcb = pcb = NULL;
	}
	tcp_detach(t);
	t->state = TCP_NEW;
	while ((e = list_pop_front(&t->accepts)) != NULL || (e = list_pop_front(&t->deferred)) != NULL) {
		struct tcp_sock *c = LIST_ENTRY(e, struct tcp_sock, accept_link);

		c->deferred_by = NULL;
		tcp_abort_quietly(c);
		c->s.ops->release(&c->s);
	}
	if (pcb != NULL)
		tcp_close(pcb);
}
