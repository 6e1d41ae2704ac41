/* SPDX-License-Identifier: ISC */
/*
 * TCP sockets over lwIP's raw interface. The socket owns a pcb until the connection is over in both directions (then
 * lwIP finishes alone), was reset, or the socket is closed; s->pcb == NULL says so, and addresses are remembered here.
 * Received pbufs are queued as they are, linked by next; only len counts in the queue, tot_len does not.
 */
#include "inet.h"

#include <linux/tcp.h>

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "tcp.h"

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err);
static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len);
static void on_error(void *arg, err_t err);

void tcp_attach(struct tcp_sock *t, struct tcp_pcb *pcb)
{
	t->pcb = pcb;
	tcp_arg(pcb, t);
	tcp_recv(pcb, on_recv);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
}

void tcp_detach(struct tcp_sock *t)
{
	struct tcp_pcb *pcb = t->pcb;

	t->pcb = NULL;
	if (pcb == NULL)
		return;
	tcp_arg(pcb, NULL);
	if (pcb->state == LISTEN)
		return;
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
}

static void drop_queue(struct tcp_sock *t)
{
	while (t->rx_head != NULL) {
		struct pbuf *p = t->rx_head;

		t->rx_head = p->next;
		p->next = NULL;
		p->tot_len = p->len;
		pbuf_free(p);
	}
	t->rx_len = 0;
}

static void wake(struct tcp_sock *t, unsigned events)
{
	wait_wake_all(&t->s.wait, events);
}

/* Both directions are closed: nothing of the pcb matters to us any more. */
static void finished(struct tcp_sock *t)
{
	if (t->fin && (t->s.shut & SOCK_SHUT_WR) != 0 && t->state == TCP_CONNECTED) {
		tcp_detach(t);
		t->state = TCP_OVER;
	}
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb UNUSED, struct pbuf *p, err_t err UNUSED)
{
	struct tcp_sock *t = arg;

	if (t->deferred_by != NULL)
		tcp_offer_deferred(t);
	if (p == NULL) {
		t->fin = true;
		finished(t);
		wake(t, POLLIN | POLLRDNORM | POLLRDHUP | (t->pcb == NULL ? POLLHUP | POLLOUT : 0));
		return ERR_OK;
	}
	if (UNLIKELY(netbuf_in_use > netbuf_limit / 2)) {
		struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);

		if (copy != NULL) {
			pbuf_free(p);
			p = copy;
		}
	}
	t->rx_len += p->tot_len;
	if (t->rx_head == NULL)
		t->rx_head = p;
	else
		t->rx_tail->next = p;
	while (p->next != NULL)
		p = p->next;
	t->rx_tail = p;
	wake(t, POLLIN | POLLRDNORM);
	return ERR_OK;
}

static bool writeable(const struct tcp_sock *t)
{
	size_t queued = TCP_SND_BUF - t->pcb->snd_buf;

	return queued < t->s.sndbuf && (t->s.sndbuf - queued) * 2 >= queued &&
	       tcp_sndqueuelen(t->pcb) < TCP_SND_QUEUELEN / 2;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len UNUSED)
{
	struct tcp_sock *t = arg;

	if (t->s.want_out && writeable(t)) {
		t->s.want_out = false;
		wake(t, POLLOUT | POLLWRNORM);
	} else if (UNLIKELY(t->lingering) && pcb->unacked == NULL && pcb->unsent == NULL) {
		wake(t, 0);
	}
	/* FIN_WAIT_1, CLOSING, TIME_WAIT: lwIP frees the pcb without a word. */
	if (pcb->state == TIME_WAIT) {
		t->fin = true;
		finished(t);
	}
	return ERR_OK;
}

/* The pcb is gone already. */
static void on_error(void *arg, err_t e)
{
	struct tcp_sock *t = arg;

	if (t == NULL)
		return;
	t->pcb = NULL;
	if (t->deferred_by != NULL) { /* nobody has heard of it */
		list_remove(&t->accept_link);
		drop_queue(t);
		kfree(t);
		return;
	}
	if (e == ERR_CLSD) {
		t->fin = true;
	} else {
		t->s.err = e != ERR_RST                 ? ETIMEDOUT
			   : t->state == TCP_CONNECTING ? ECONNREFUSED
			   : t->fin                     ? EPIPE
							: ECONNRESET;
		t->reset = true;
	}
	t->state = t->state == TCP_CONNECTING ? TCP_NEW : TCP_OVER;
	wake(t, POLLIN | POLLOUT | POLLHUP | POLLRDHUP | (t->s.err != 0 ? POLLERR : 0));
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t e UNUSED)
{
	struct tcp_sock *t = arg;

	t->state = TCP_CONNECTED;
	t->local = pcb->local_ip;
	t->local_port = pcb->local_port;
	wake(t, POLLOUT | POLLWRNORM);
	return ERR_OK;
}

struct tcp_sock *tcp_sock_alloc(void)
{
	struct tcp_sock *t = kzalloc(sizeof *t);

	if (t == NULL)
		return NULL;
	sock_init(&t->s, &tcp_ops, AF_INET, SOCK_STREAM, 6);
	t->s.sndbuf = TCP_SND_BUF;
	t->s.rcvbuf = TCP_WND;
	t->keep_idle = 7200;
	t->keep_intvl = 75;
	t->keep_cnt = 9;
	t->ttl = TCP_TTL;
	list_init(&t->accepts);
	list_init(&t->accept_link);
	list_init(&t->deferred);
	list_init(&t->group);
	return t;
}

/* Options that live in the pcb. */
void tcp_apply_options(struct tcp_sock *t)
{
	struct tcp_pcb *pcb = t->pcb;

	if (pcb == NULL)
		return;
	tcp_bind_netif(pcb, netif_get_by_index(t->s.bound_if));
	if (t->s.reuseaddr || t->s.reuseport)
		ip_set_option(pcb, SOF_REUSEADDR);
	else
		ip_reset_option(pcb, SOF_REUSEADDR);
	if (t->s.keepalive)
		ip_set_option(pcb, SOF_KEEPALIVE);
	else
		ip_reset_option(pcb, SOF_KEEPALIVE);
	pcb->ttl = t->ttl;
	pcb->tos = t->tos;
	if (t->state == TCP_LISTENING)
		return;
	pcb->keep_idle = t->keep_idle * 1000;
	pcb->keep_intvl = t->keep_intvl * 1000;
	pcb->keep_cnt = t->keep_cnt;
	if (t->nodelay)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
}

struct tcp_pcb *tcp_need_pcb(struct tcp_sock *t, int *err)
{
	struct tcp_pcb *pcb = t->pcb;

	*err = 0;
	if (pcb != NULL)
		return pcb;
	pcb = net_pressure() ? NULL : tcp_new();
	if (pcb == NULL) {
		*err = -ENOBUFS;
		return NULL;
	}
	tcp_attach(t, pcb);
	tcp_apply_options(t);
	if (t->bound) {
		*err = net_error(tcp_bind(pcb, &t->bind_ip, t->bind_port));
		if (*err != 0) {
			tcp_detach(t);
			tcp_abort(pcb);
			return NULL;
		}
	}
	return pcb;
}

static int tcp_sock_bind(struct sock *s, const struct sock_addr *a)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	struct tcp_pcb *pcb;
	ip_addr_t ip;
	uint16_t port;
	int err = inet_bind_addr_get(a, &ip, &port);

	if (err != 0)
		return err;
	if (t->state != TCP_NEW || t->bound)
		return -EINVAL;
	if (!inet_is_local(&ip) || ip_addr_ismulticast(&ip))
		return -EADDRNOTAVAIL;
	if (port == 0 && t->late_port) { /* connect chooses it */
		t->bound = true;
		t->bind_ip = t->local = ip;
		return 0;
	}
	pcb = tcp_need_pcb(t, &err);
	if (pcb == NULL)
		return err;
	err = net_error(tcp_bind(pcb, &ip, port));
	if (err != 0)
		return err;
	t->bound = true;
	t->bind_ip = t->local = ip;
	t->bind_port = t->local_port = pcb->local_port;
	return 0;
}

/* connect(2) with AF_UNSPEC: as if it had never been connected; a port that bind gave stays. */
static int tcp_sock_disconnect(struct tcp_sock *t)
{
	bool broke = t->state == TCP_CONNECTED;

	if (t->state == TCP_LISTENING)
		tcp_close_listener(t);
	else if (t->state != TCP_NEW)
		tcp_abort_quietly(t);
	drop_queue(t);
	t->state = TCP_NEW;
	t->fin = t->reset = t->connecting = false;
	t->s.shut = 0;
	t->s.err = broke ? ECONNRESET : 0;
	t->local = t->bind_ip;
	t->local_port = t->bind_port;
	net_done();
	wake(t, POLLIN | POLLOUT | POLLHUP);
	return 0;
}

static int connect_wait(struct tcp_sock *t)
{
	int err = wait_event(&t->s.wait, t->state != TCP_CONNECTING, sock_deadline(t->s.sndtimeo), WAIT_INTERRUPTIBLE);

	if (err == -ETIMEDOUT)
		return -EINPROGRESS;
	if (err != 0)
		return sock_wait_error(err, t->s.sndtimeo);
	if (t->state == TCP_NEW)
		t->connecting = t->reset = t->fin = false;
	return t->s.err != 0 ? sock_error(&t->s) : t->state == TCP_NEW ? -ECONNABORTED : 0;
}

static int tcp_sock_connect(struct sock *s, const struct sock_addr *a, bool nonblock)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	struct tcp_pcb *pcb;
	ip_addr_t ip;
	uint16_t port;
	int err;

	if (a->len >= sizeof a->family && a->family == AF_UNSPEC)
		return tcp_sock_disconnect(t);
	if (t->connecting && t->state == TCP_NEW) {
		/* A connect that did not wait has failed, and this is who asks how. */
		t->connecting = t->reset = t->fin = false;
		return s->err != 0 ? sock_error(s) : -ECONNABORTED;
	}
	switch (t->state) {
	case TCP_CONNECTED:
		if (!t->connecting)
			return -EISCONN;
		t->connecting = false;
		return 0;
	case TCP_LISTENING: return -EISCONN;
	case TCP_CONNECTING: return nonblock ? -EALREADY : connect_wait(t);
	default: break;
	}
	if (s->err != 0 && t->state != TCP_NEW)
		return sock_error(s);
	err = inet_addr_get(a, &ip, &port);
	if (err != 0)
		return err;
	if (t->state == TCP_OVER) {
		if (t->rx_head != NULL)
			return -EISCONN;
		t->state = TCP_NEW;
	}
	if (ip_addr_isany(&ip))
		ip = (ip_addr_t)IPADDR4_INIT(PP_HTONL(IPADDR_LOOPBACK));
	if (ip_addr_ismulticast(&ip) || inet_is_broadcast(&ip))
		return -ENETUNREACH;
	pcb = tcp_need_pcb(t, &err);
	if (pcb == NULL)
		return err;
	t->fin = t->reset = false;
	s->shut = 0;
	s->err = 0;
	err = net_error(tcp_connect(pcb, &ip, port, on_connected));
	if (err != 0)
		return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
	t->state = TCP_CONNECTING;
	t->remote = ip;
	t->remote_port = port;
	t->local = pcb->local_ip;
	t->local_port = pcb->local_port;
	net_done();
	t->connecting = nonblock;
	return nonblock ? -EINPROGRESS : connect_wait(t);
}

static int tcp_sock_shutdown(struct sock *s, int how)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	unsigned add = how == SHUT_RD ? SOCK_SHUT_RD : how == SHUT_WR ? SOCK_SHUT_WR : SOCK_SHUT_RD | SOCK_SHUT_WR;

	if (how < 0 || how > 2)
		return -EINVAL;
	if (t->state == TCP_LISTENING) {
		if (how == SHUT_WR)
			return 0;
		tcp_close_listener(t);
		wake(t, POLLIN | POLLHUP);
		return 0;
	}
	if (t->state == TCP_CONNECTING) {
		tcp_abort_quietly(t);
		t->state = TCP_NEW;
		wake(t, POLLIN | POLLOUT | POLLHUP);
		return 0;
	}
	if (t->state != TCP_CONNECTED)
		return -ENOTCONN;
	if ((add & ~(unsigned)s->shut & SOCK_SHUT_WR) != 0) {
		int err = net_error(tcp_shutdown(t->pcb, 0, 1));

		if (err != 0 && err != -ENOTCONN)
			return err;
	}
	s->shut |= (uint8_t)add;
	finished(t);
	net_done();
	wake(t, POLLIN | POLLOUT | POLLRDHUP | (s->shut == (SOCK_SHUT_RD | SOCK_SHUT_WR) ? POLLHUP : 0));
	return 0;
}

static int tcp_sock_name(struct sock *s, struct sock_addr *a, bool peer)
{
	struct tcp_sock *t = (struct tcp_sock *)s;

	if (!peer)
		inet_addr_put(a, &t->local, t->local_port);
	else if (t->state == TCP_CONNECTED)
		inet_addr_put(a, &t->remote, t->remote_port);
	else
		return -ENOTCONN;
	return 0;
}

/* As Linux's tcp_poll: a socket that is not connected has hung up. */
static unsigned tcp_sock_poll(struct sock *s)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	bool no_more_in = t->fin || t->reset || (s->shut & SOCK_SHUT_RD) != 0;
	unsigned mask = s->err != 0 ? POLLERR : 0;

	switch (t->state) {
	case TCP_LISTENING: return list_empty(&t->accepts) ? 0 : POLLIN | POLLRDNORM;
	case TCP_CONNECTING: return mask;
	case TCP_NEW:
		if (!t->reset)
			return mask | POLLOUT | POLLWRNORM | POLLHUP;
		/* fall through */
	case TCP_OVER: return mask | POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLHUP | POLLRDHUP;
	default: break;
	}
	if (no_more_in)
		mask |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (t->rx_len >= s->rcvlowat)
		mask |= POLLIN | POLLRDNORM;
	if ((s->shut & SOCK_SHUT_WR) != 0 || writeable(t))
		mask |= POLLOUT | POLLWRNORM;
	else
		s->want_out = true;
	if (no_more_in && (s->shut & SOCK_SHUT_WR) != 0)
		mask |= POLLHUP;
	return mask;
}

void tcp_abort_quietly(struct tcp_sock *t)
{
	struct tcp_pcb *pcb = t->pcb;

	tcp_detach(t);
	if (pcb != NULL)
		tcp_abort(pcb);
}

/* SO_LINGER: until all is acknowledged, for the time given. */
static void linger(struct tcp_sock *t)
{
	t->lingering = true;
	tcp_output(t->pcb);
	net_done();
	if (wait_event(&t->s.wait, t->pcb == NULL || (t->pcb->unsent == NULL && t->pcb->unacked == NULL),
		       time_mono() + t->s.linger_sec * NSEC_PER_SEC, WAIT_INTERRUPTIBLE) != 0)
		return; /* TCP goes on in the background */
}

static void tcp_sock_release(struct sock *s)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	struct tcp_pcb *pcb;

	if (t->state == TCP_LISTENING)
		tcp_close_listener(t);
	if (t->pcb != NULL && s->linger && s->linger_sec > 0 && t->rx_head == NULL && t->state == TCP_CONNECTED)
		linger(t);
	pcb = t->pcb;
	if (pcb != NULL && s->linger && s->linger_sec == 0 && t->state == TCP_CONNECTED) {
		tcp_abort_quietly(t);
	} else if (pcb != NULL) {
		tcp_detach(t);
		if (tcp_close(pcb) != ERR_OK)
			tcp_abort(pcb);
	}
	drop_queue(t);
	net_done();
	kfree(t);
}

const struct sock_ops tcp_ops = {
    .bind = tcp_sock_bind,
    .listen = tcp_sock_listen,
    .accept = tcp_sock_accept,
    .connect = tcp_sock_connect,
    .send = tcp_sock_send,
    .recv = tcp_sock_recv,
    .shutdown = tcp_sock_shutdown,
    .name = tcp_sock_name,
    .setopt = tcp_sock_setopt,
    .getopt = tcp_sock_getopt,
    .poll = tcp_sock_poll,
    .ioctl = tcp_sock_ioctl,
    .release = tcp_sock_release,
};

int tcp_create(struct sock **out)
{
	struct tcp_sock *t = tcp_sock_alloc();

	if (t == NULL)
		return -ENOBUFS;
	*out = &t->s;
	return 0;
}
