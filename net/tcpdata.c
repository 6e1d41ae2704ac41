/* SPDX-License-Identifier: ISC */
/*
 * TCP data: sending copies once, from program memory into lwIP's segments (MEMCPY of tcp_out.c is net_copy_in), reading
 * copies once, out of the received buffers. The window is opened as the program reads.
 */
#include "tcp.h"

#include <asm/sockios.h>

#include "abi/errno.h"
#include "kernel/page.h"
#include "kernel/uaccess.h"

#define TIOCINQ  0x541Bu /* FIONREAD, SIOCINQ */
#define TIOCOUTQ 0x5411u /* SIOCOUTQ */

/* Makes every page of the buffer present, so that the copy inside lwIP cannot fail. */
static bool touch(uintptr_t addr, size_t n)
{
	uint8_t b;

	if (arch_copy_from_user(&b, addr, 1) != 0)
		return false;
	for (uintptr_t p = ALIGN_DOWN(addr, PAGE_SIZE) + PAGE_SIZE; p < addr + n; p += PAGE_SIZE)
		if (arch_copy_from_user(&b, p, 1) != 0)
			return false;
	return true;
}

static void advance(struct uio *u, size_t n)
{
	u->left -= n;
	u->off += n;
	while (u->count > 0 && u->off >= u->vec->len && (u->off > 0 || u->vec->len == 0)) {
		u->off -= u->vec->len;
		u->vec++;
		u->count--;
	}
}

/* Bytes that can be queued now. */
static size_t room(const struct tcp_sock *t)
{
	size_t queued = TCP_SND_BUF - t->pcb->snd_buf;

	if (queued >= t->s.sndbuf || tcp_sndqueuelen(t->pcb) >= TCP_SND_QUEUELEN / 2)
		return 0;
	return MIN(t->s.sndbuf - queued, (size_t)t->pcb->snd_buf);
}

/* Queues from the current vector; bytes, 0 when nothing can be queued now, or -errno. */
static ssize_t queue(struct tcp_sock *t, struct uio *u, unsigned flags)
{
	size_t n = room(t), mss = tcp_mss(t->pcb);
	uintptr_t src;
	err_t e;
	u8_t api = TCP_WRITE_FLAG_COPY;

	while (u->count > 0 && u->off == u->vec->len)
		advance(u, 0);
	src = u->vec->base + u->off;
	n = MIN(n, u->vec->len - u->off);
	n = MIN(n, (size_t)0x8000 / mss * mss > 0 ? (size_t)0x8000 / mss * mss : mss);
	if (n == 0)
		return 0;
	if (net_pressure() && t->pcb->unsent != NULL)
		return 0;
	if (!u->kernel && !touch(src, n))
		return -EFAULT;
	if (n < u->left || (flags & MSG_MORE) != 0 || t->cork)
		api |= TCP_WRITE_FLAG_MORE;
	net_copy_user = !u->kernel;
	e = tcp_write(t->pcb, (const void *)src, (u16_t)n, api);
	net_copy_user = false;
	if (e == ERR_OK) {
		advance(u, n);
		return (ssize_t)n;
	}
	/* Without anything on its way no acknowledgement would wake us. */
	return e == ERR_MEM && t->pcb->unacked != NULL ? 0 : net_error(e);
}

static int send_ready(struct tcp_sock *t)
{
	if (t->s.err != 0)
		return sock_error(&t->s);
	if (t->state == TCP_CONNECTING)
		return -EAGAIN;
	return t->state != TCP_CONNECTED || (t->s.shut & SOCK_SHUT_WR) != 0 ? -EPIPE : 0;
}

/* What TCP_CORK or MSG_MORE held back goes after 200 ms, as on Linux. */
static err_t uncork(void *arg UNUSED, struct tcp_pcb *pcb)
{
	tcp_poll(pcb, NULL, 0);
	tcp_output(pcb);
	return ERR_OK;
}

ssize_t tcp_sock_send(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	uint64_t deadline = 0;
	ssize_t done = 0, n;
	int err;

	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	for (;;) {
		n = send_ready(t);
		if (n == 0) {
			if (m->u->left == 0)
				break;
			n = queue(t, m->u, m->flags);
		}
		if (n > 0) {
			done += n;
			continue;
		}
		if (n < 0 && n != -EAGAIN)
			break;
		if (done > 0 && t->pcb != NULL) {
			tcp_output(t->pcb);
			net_done();
			if (t->state == TCP_CONNECTED && s->err == 0 && room(t) > 0)
				continue; /* loopback took it already */
		}
		n = -EAGAIN;
		s->want_out = true;
		if (nonblock)
			break;
		if (deadline == 0)
			deadline = sock_deadline(s->sndtimeo);
		err = wait_sleep(&s->wait, deadline, WAIT_INTERRUPTIBLE);
		if (err != 0) {
			n = sock_wait_error(err, s->sndtimeo);
			break;
		}
	}
	if (done > 0 && t->pcb != NULL) {
		if ((m->flags & MSG_MORE) == 0 && !t->cork)
			tcp_output(t->pcb);
		else if (t->pcb->unsent != NULL && t->pcb->unsent->next != NULL)
			tcp_output(t->pcb);
		if (t->pcb->unsent != NULL && t->pcb->unacked == NULL && t->pcb->pollinterval == 0)
			tcp_poll(t->pcb, uncork, 200 / TCP_SLOW_INTERVAL);
		net_done();
	}
	return done > 0 ? done : n < 0 ? n : 0;
}

/* What there is, at most the request; does not take it when `peek`. */
static ssize_t take(struct tcp_sock *t, struct uio *u, bool peek, bool discard)
{
	struct pbuf *p = t->rx_head;
	size_t off = t->rx_off;
	ssize_t done = 0;

	while (p != NULL && u->left > 0) {
		size_t n = MIN(p->len - off, u->left);
		ssize_t r = (ssize_t)n;

		if (discard)
			u->left -= n;
		else if (n > 0)
			r = uio_put_now(u, (const uint8_t *)p->payload + off, n);
		if (r < 0)
			return done > 0 ? done : r;
		done += r;
		off += (size_t)r;
		if (!peek) {
			t->rx_off = off;
			t->rx_len -= (size_t)r;
		}
		if (off == p->len) {
			struct pbuf *next = p->next;

			if (!peek) {
				p->next = NULL;
				p->tot_len = p->len;
				pbuf_free(p);
				t->rx_head = next;
				t->rx_off = 0;
			}
			p = next;
			off = 0;
		}
		if ((size_t)r < n)
			break;
	}
	return done;
}

static void opened(struct tcp_sock *t, size_t n)
{
	if (t->pcb == NULL)
		return;
	while (n > 0) {
		size_t k = MIN(n, (size_t)0xffff);

		tcp_recved(t->pcb, (u16_t)k);
		n -= k;
	}
}

ssize_t tcp_sock_recv(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	bool peek = (m->flags & MSG_PEEK) != 0, all = (m->flags & MSG_WAITALL) != 0 && !peek;
	bool discard = (m->flags & MSG_TRUNC) != 0;
	uint64_t deadline = 0;
	ssize_t done = 0, n;
	int err;

	if (m->name != NULL)
		m->name->len = 0;
	if ((m->flags & MSG_OOB) != 0)
		return -EINVAL;
	if ((m->flags & MSG_ERRQUEUE) != 0)
		return -EAGAIN;
	if (t->state == TCP_LISTENING || (t->state == TCP_NEW && !t->reset))
		return -ENOTCONN;
	for (;;) {
		n = 0;
		if (t->rx_head != NULL) {
			n = discard ? 0 : uio_touch(m->u, t->rx_len, true);
			if (n == 0)
				n = take(t, m->u, peek, discard);
			if (n > 0) {
				done += n;
				if (!peek)
					opened(t, (size_t)n);
			}
		}
		if (n < 0 || (m->u->left == 0 && (done > 0 || t->rx_head != NULL)) || (done > 0 && !all))
			break;
		if (t->fin) /* the end stays the end, whatever came after it */
			break;
		if (s->err != 0) {
			n = done > 0 ? 0 : sock_error(s);
			break;
		}
		if (t->reset || (s->shut & SOCK_SHUT_RD) != 0 || t->state == TCP_OVER || t->state == TCP_NEW)
			break;
		n = -EAGAIN;
		if (nonblock)
			break;
		if (done > 0)
			net_done();
		if (deadline == 0)
			deadline = sock_deadline(s->rcvtimeo);
		err = wait_sleep(&s->wait, deadline, WAIT_INTERRUPTIBLE);
		if (err != 0) {
			n = sock_wait_error(err, s->rcvtimeo);
			break;
		}
	}
	/* tcp_recved may have sent a window update. */
	if (done > 0 && !peek)
		net_done();
	return done > 0 ? done : n;
}

long tcp_sock_ioctl(struct sock *s, unsigned cmd, uintptr_t arg)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	int v;

	switch (cmd) {
	case TIOCINQ:
		if (t->state == TCP_LISTENING)
			return -EINVAL;
		v = (int)t->rx_len;
		return put_user(UPTR(arg), v);
	case SIOCATMARK: v = 0; return put_user(UPTR(arg), v); /* there is no urgent data */
	case TIOCOUTQ:
		v = t->pcb == NULL || t->state == TCP_LISTENING ? 0 : (int)(t->pcb->snd_lbb - t->pcb->lastack);
		return put_user(UPTR(arg), v);
	default: return -ENOTTY;
	}
}
