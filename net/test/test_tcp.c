/* SPDX-License-Identifier: ISC */
// USES: net/test/harness.c net/tcp.c net/tcpdata.c net/tcpopt.c net/socklist.c net/tcplisten.c net/tcpinfo.c net/udp.c net/raw.c net/dgram.c net/inet.c net/ifioctl.c net/interfaces.c net/sock.c net/unix.c net/unixdata.c net/unixgc.c net/netif.c net/join.c net/timers.c net/port.c net/ifconfig.c kernel/netdev.c kernel/uio.c lib/fmt.c build/unit/lwip.a
// FLAGS: -Inet/lwip -Ibuild/src/lwip/src/include
/* TCP sockets over loopback, as programs see them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../inet.h"
#include "harness.h"
#include "test/tap.h"

#define LOOPBACK 0x7f000001u
#define IN       (POLLIN | POLLRDNORM)
#define OUT      (POLLOUT | POLLWRNORM)

static struct sock *listener(uint16_t port, int backlog)
{
	struct sock *l = h_socket(AF_INET, SOCK_STREAM, 0);
	struct sock_addr a = h_addr(0, port);
	int one = 1;

	sock_setopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (l->ops->bind(l, &a) != 0 || l->ops->listen(l, backlog) != 0)
		abort();
	return l;
}

/* A connected pair through l. */
static void pair(struct sock *l, struct sock **client, struct sock **server)
{
	struct sock_addr a;

	l->ops->name(l, &a, false);
	a.in.addr = __builtin_bswap32(LOOPBACK);
	*client = h_socket(AF_INET, SOCK_STREAM, 0);
	if ((*client)->ops->connect(*client, &a, false) != 0 || l->ops->accept(l, server, true) != 0)
		abort();
}

static void test_connect(void)
{
	struct sock *l = h_socket(AF_INET, SOCK_STREAM, 0), *c, *s;
	struct sock_addr a = h_addr(LOOPBACK, 80), b;

	tap_ok(h_poll(l) == (OUT | POLLHUP), "a fresh socket is writable and hung up");
	tap_ok(h_recv(l, &a, 1, MSG_DONTWAIT) == -ENOTCONN, "and cannot receive");
	tap_ok(h_send(l, &a, 1, MSG_DONTWAIT) == -EPIPE, "nor send");
	h_close(l);
	c = h_socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(c->ops->connect(c, &a, false) == -ECONNREFUSED, "nobody listens: refused");
	tap_ok(c->ops->connect(c, &a, true) == -EINPROGRESS, "the same socket may try again, without waiting");
	tap_ok((h_poll(c) & (POLLERR | POLLHUP | POLLOUT | POLLIN)) == (POLLERR | POLLHUP | POLLOUT | POLLIN),
	       "poll tells of the failure");
	{
		int v;
		unsigned len = sizeof v;

		sock_getopt(c, SOL_SOCKET, SO_ERROR, &v, &len);
		tap_ok(v == ECONNREFUSED, "SO_ERROR says why");
		sock_getopt(c, SOL_SOCKET, SO_ERROR, &v, &len);
		tap_ok(v == 0, "once");
	}
	h_close(c);

	l = listener(80, 5);
	tap_ok(h_poll(l) == 0, "a listener is not readable yet");
	tap_ok(l->ops->accept(l, &s, true) == -EAGAIN, "and accepts nobody");
	c = h_socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(c->ops->connect(c, &a, false) == 0, "connect");
	tap_ok(h_poll(c) == OUT, "connected: writable");
	tap_ok(h_poll(l) == IN, "the listener is readable");
	tap_ok(l->ops->accept(l, &s, true) == 0, "accept");
	tap_ok(h_poll(l) == 0, "no more");
	tap_ok(c->ops->connect(c, &a, false) == -EISCONN, "connected already");
	c->ops->name(c, &a, false);
	s->ops->name(s, &b, true);
	tap_ok(memcmp(&a.in, &b.in, sizeof a.in) == 0, "both ends agree on the client's name");
	h_close(c);
	tap_ok(h_poll(s) == (IN | OUT | POLLRDHUP), "the peer closed");
	tap_ok(h_recv(s, &b, 1, 0) == 0, "end of file");
	h_close(s);
	h_close(l);
}

static void test_data(void)
{
	struct sock *l = listener(81, 5), *c, *s;
	char buf[64], *big = malloc(1 << 20), *got = malloc(1 << 20);
	ssize_t n, sent = 0, rcvd = 0;
	bool same = true;

	pair(l, &c, &s);
	tap_ok(h_recv(s, buf, 10, MSG_DONTWAIT) == -EAGAIN, "nothing there yet");
	tap_ok(h_send(c, "hello", 5, 0) == 5, "send");
	tap_ok(h_poll(s) == (IN | OUT), "readable");
	tap_ok(h_recv(s, buf, sizeof buf, MSG_PEEK) == 5 && memcmp(buf, "hello", 5) == 0, "peek");
	tap_ok(h_recv(s, buf, 2, 0) == 2 && memcmp(buf, "he", 2) == 0, "a part");
	tap_ok(h_recv(s, buf, sizeof buf, 0) == 3 && memcmp(buf, "llo", 3) == 0, "the rest");
	tap_ok(h_poll(s) == OUT, "empty again");
	tap_ok(h_send(c, (void *)16, 5, 0) == -EFAULT, "a bad address is -EFAULT");
	tap_ok(h_send(c, "ab", 2, MSG_MORE) == 2 && h_send(c, "cd", 2, 0) == 2, "MSG_MORE");
	tap_ok(h_recv(s, buf, sizeof buf, 0) == 4, "arrives in one");
	tap_ok(h_recv(s, (void *)16, 5, MSG_DONTWAIT) == -EAGAIN, "nothing to copy");

	for (int i = 0; i < 1 << 20; i++)
		big[i] = (char)(i * 7 + i / 4096);
	while (rcvd < 1 << 20) {
		n = h_send(c, big + sent, (size_t)((1 << 20) - sent), MSG_DONTWAIT);
		if (n > 0)
			sent += n;
		else if (n != -EAGAIN && sent < 1 << 20)
			break;
		if (n == -EAGAIN && (h_poll(c) & POLLOUT) != 0)
			same = false;
		n = h_recv(s, got + rcvd, 100000, MSG_DONTWAIT);
		if (n <= 0)
			break;
		rcvd += n;
		harness_run(1000000);
	}
	tap_ok(rcvd == 1 << 20 && memcmp(big, got, 1 << 20) == 0, "a megabyte arrives as it was sent (%zd)", rcvd);
	tap_ok(same, "a full socket was not writable");

	for (sent = 0; (n = h_send(c, big, 65536, MSG_DONTWAIT)) > 0;)
		sent += n;
	tap_ok(n == -EAGAIN && sent >= 65536 && sent < 1 << 20, "nobody reads: full after %zd bytes", sent);
	tap_ok((h_poll(c) & POLLOUT) == 0, "not writable");
	n = h_recv(s, got, (size_t)sent, MSG_WAITALL);
	tap_ok(n == sent, "WAITALL gets all of it (%zd)", n);
	tap_ok((h_poll(c) & POLLOUT) != 0, "writable again");
	h_close(c);
	h_close(s);
	h_close(l);
	free(big);
	free(got);
}

static void test_shutdown(void)
{
	struct sock *l = listener(82, 5), *c, *s;
	char buf[16];

	pair(l, &c, &s);
	h_send(c, "x", 1, 0);
	tap_ok(c->ops->shutdown(c, SHUT_WR) == 0, "shutdown for writing");
	tap_ok(h_send(c, "y", 1, 0) == -EPIPE, "then nothing can be sent");
	tap_ok(h_poll(s) == (IN | OUT | POLLRDHUP), "the other end sees it");
	tap_ok(h_recv(s, buf, 16, 0) == 1 && h_recv(s, buf, 16, 0) == 0, "data, then end of file");
	tap_ok(h_send(s, "back", 4, 0) == 4, "it may still answer");
	tap_ok(h_recv(c, buf, 16, 0) == 4, "and is heard");
	tap_ok(s->ops->shutdown(s, SHUT_WR) == 0, "the other direction too");
	tap_ok(h_poll(s) == (IN | OUT | POLLRDHUP | POLLHUP), "now it has hung up");
	tap_ok(h_poll(c) == (IN | OUT | POLLRDHUP | POLLHUP), "on both sides");
	tap_ok(c->ops->shutdown(c, SHUT_RD) == -ENOTCONN, "not connected any more");
	harness_run(120 * NSEC_PER_SEC);
	tap_ok(h_recv(c, buf, 16, 0) == 0, "long after TIME_WAIT it is still at its end");
	h_close(c);
	h_close(s);

	pair(l, &c, &s);
	h_send(c, "unread", 6, 0);
	h_close(s);
	tap_ok(h_poll(c) == (IN | OUT | POLLRDHUP | POLLHUP | POLLERR), "closed with unread data: reset");
	tap_ok(h_recv(c, buf, 16, 0) == -ECONNRESET, "ECONNRESET");
	tap_ok(h_recv(c, buf, 16, 0) == 0, "then end of file");
	tap_ok(h_send(c, "x", 1, 0) == -EPIPE, "and EPIPE");
	h_close(c);

	pair(l, &c, &s);
	h_send(c, "abc", 3, 0);
	c->linger = true;
	h_close(c);
	tap_ok(h_recv(s, buf, 16, 0) == 3, "SO_LINGER 0: what came before is read");
	tap_ok(h_recv(s, buf, 16, 0) == -ECONNRESET, "then the reset");
	h_close(s);
	h_close(l);
}

static void test_limits(void)
{
	struct sock *l = listener(83, 2), *c[8], *s;
	struct sock_addr a = h_addr(LOOPBACK, 83);
	unsigned accepted = 0;
	uint64_t t;

	for (int i = 0; i < 8; i++) {
		c[i] = h_socket(AF_INET, SOCK_STREAM, 0);
		c[i]->ops->connect(c[i], &a, true);
	}
	while (l->ops->accept(l, &s, true) == 0) {
		accepted++;
		h_close(s);
	}
	tap_ok(accepted == 3, "a backlog of 2 queues 3 (%u)", accepted);
	harness_run(5 * NSEC_PER_SEC);
	for (accepted = 0; l->ops->accept(l, &s, true) == 0; accepted++)
		h_close(s);
	tap_ok(accepted > 0, "the others get their turn");
	for (int i = 0; i < 8; i++)
		h_close(c[i]);
	pair(l, &c[0], &s);
	s->rcvtimeo = 50000000;
	t = time_mono();
	tap_ok(h_recv(s, &a, 1, 0) == -EAGAIN && time_mono() - t >= 50000000, "SO_RCVTIMEO");
	h_close(c[0]);
	h_close(s);
	h_close(l);
	s = h_socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(s->ops->listen(s, 1) == 0, "listen without bind takes a port");
	s->ops->name(s, &a, false);
	tap_ok(a.in.port != 0, "and names it");
	c[0] = h_socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(c[0]->ops->bind(c[0], &a) == -EADDRINUSE, "which nobody else gets");
	a = h_addr(0x01020304, 1);
	tap_ok(c[0]->ops->bind(c[0], &a) == -EADDRNOTAVAIL, "nor an address that is not ours");
	h_close(c[0]);
	h_close(s);
}

/* An idle guest does not wake up. */
static void test_idle(void)
{
	struct sock *l = listener(86, 5), *c, *s;
	int one = 1, two = 2;
	char buf[8];

	harness_run(70 * NSEC_PER_SEC); /* what other tests left */
	pair(l, &c, &s);
	h_send(c, "x", 1, 0);
	h_recv(s, buf, 8, 0);
	harness_run(30 * NSEC_PER_SEC);
	tap_ok(harness_quiet() == TIME_NEVER, "an open connection needs no timer");
	h_send(c, "y", 1, 0);
	tap_ok(harness_quiet() <= 50000000, "but after data it does");
	tap_ok(h_recv(s, buf, 8, 0) == 1, "which arrives");
	sock_setopt(c, SOL_TCP, 4, &two, sizeof two); /* TCP_KEEPIDLE, INTVL */
	sock_setopt(c, SOL_TCP, 5, &two, sizeof two);
	sock_setopt(c, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	h_send(c, "z", 1, 0);
	h_recv(s, buf, 8, 0);
	harness_run(30 * NSEC_PER_SEC);
	tap_ok(harness_quiet() <= 2 * NSEC_PER_SEC, "keepalive wakes up now and then");
	sock_setopt(c, SOL_TCP, 1, &one, sizeof one); /* TCP_NODELAY */
	sock_setopt(c, SOL_TCP, 3, &one, sizeof one); /* TCP_CORK */
	tap_ok(h_send(c, "held", 4, 0) == 4 && h_recv(s, buf, 8, MSG_DONTWAIT) == -EAGAIN, "TCP_CORK holds back");
	harness_run(400000000);
	tap_ok(h_recv(s, buf, 8, MSG_DONTWAIT) == 4, "for 200 ms");
	h_close(s);
	h_close(c);
	harness_run(25 * NSEC_PER_SEC);
	tap_ok(tcp_tw_pcbs != NULL && harness_quiet() > NSEC_PER_SEC, "TIME_WAIT needs few wake-ups");
	harness_run(50 * NSEC_PER_SEC);
	tap_ok(tcp_tw_pcbs == NULL && harness_quiet() == TIME_NEVER, "and ends");
	h_close(l);
}

/* A server that closes first, thousands of times. */
static void test_time_wait(void)
{
	struct sock *l = listener(85, 5), *c, *s;
	unsigned n = 0;

	for (int i = 0; i < 3000; i++) {
		pair(l, &c, &s);
		h_close(s);
		h_close(c);
		if (i % 100 == 0)
			harness_run(100000000);
	}
	harness_run(100000000);
	for (struct tcp_pcb *p = tcp_tw_pcbs; p != NULL; p = p->next)
		n++;
	tap_ok(n > 0 && n <= 512, "connections in TIME_WAIT are bounded (%u)", n);
	h_close(l);
	harness_run(70 * NSEC_PER_SEC);
	tap_ok(tcp_tw_pcbs == NULL, "and end");
}

/* Every allocation fails once; nothing leaks or crashes, and things work afterwards. */
static void test_memory(void)
{
	struct sock_addr a = h_addr(LOOPBACK, 84);
	bool ok = true;
	char buf[8];

	for (unsigned n = 1; n < 60; n++) {
		struct sock *l = listener(84, 5), *c = NULL, *s = NULL;

		harness_fail_alloc = n;
		if (sock_create(AF_INET, SOCK_STREAM, 0, &c) == 0 && c->ops->connect(c, &a, true) == -EINPROGRESS &&
		    l->ops->accept(l, &s, true) == 0) {
			h_send(c, "12345678", 8, MSG_DONTWAIT);
			h_recv(s, buf, 8, MSG_DONTWAIT);
		}
		harness_fail_alloc = 0;
		if (c != NULL)
			h_close(c);
		if (s != NULL)
			h_close(s);
		h_close(l);
		harness_run(300 * NSEC_PER_SEC);
	}
	tap_ok(ok, "the Nth allocation fails");
}

int main(void)
{
	harness_config("net.interfaces[]", "1");
	harness_start(0);
	test_connect();
	test_data();
	test_shutdown();
	test_limits();
	test_idle();
	test_time_wait();
	test_memory();
	harness_run(300 * NSEC_PER_SEC);
	tap_ok(harness_stuck == 0, "no call slept without end");
	while (harness_take() != NULL)
		;
	return tap_end();
}
