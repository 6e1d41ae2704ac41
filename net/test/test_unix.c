/* SPDX-License-Identifier: ISC */
// USES: net/test/harness.c net/tcp.c net/tcpdata.c net/tcpopt.c net/socklist.c net/tcplisten.c net/tcpinfo.c net/udp.c net/raw.c net/dgram.c net/inet.c net/ifioctl.c net/interfaces.c net/sock.c net/unix.c net/unixdata.c net/unixgc.c net/netif.c net/join.c net/timers.c net/port.c net/ifconfig.c kernel/netdev.c kernel/uio.c lib/fmt.c build/unit/lwip.a
// FLAGS: -Inet/lwip -Ibuild/src/lwip/src/include
/* Local sockets: who holds whom. What a program sees is in test/guest/net_unix.c; here the sanitizers watch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "test/tap.h"

static struct sock_addr name(const char *text)
{
	struct sock_addr a;

	memset(&a, 0, sizeof a);
	a.un.family = AF_UNIX;
	strcpy(a.un.path + 1, text);
	a.len = (uint32_t)(3 + strlen(text));
	return a;
}

static struct file *made_file(void)
{
	struct file *f = calloc(1, sizeof *f);

	f->refs = 1;
	return f;
}

static ssize_t send_file(struct sock *s, struct file *f)
{
	struct sock_files *sf = malloc(sizeof *sf + sizeof sf->file[0]);
	struct uvec v;
	struct uio u;
	struct sock_msg m = {.u = &u, .files = sf};
	ssize_t n;

	sf->count = 1;
	sf->file[0] = f;
	uio_init_user(&u, &v, UPTR("f"), 1);
	n = s->ops->send(s, &m, true);
	sock_files_free(m.files);
	return n;
}

static void test_ends(void)
{
	struct sock *p[2], *d[3];
	struct sock_addr a = name("d"), b;
	char buf[8];

	tap_ok(sock_pair(AF_UNIX, SOCK_STREAM, 0, p) == 0 && h_send(p[0], "abc", 3, 0) == 3, "a pair");
	h_close(p[1]);
	tap_ok(h_recv(p[0], buf, 8, MSG_DONTWAIT) == -ECONNRESET, "closed with unread data: reset");
	tap_ok(h_send(p[0], "x", 1, 0) == -EPIPE, "nobody there");
	h_close(p[0]);

	for (int i = 0; i < 3; i++)
		d[i] = h_socket(AF_UNIX, SOCK_DGRAM, 0);
	tap_ok(d[0]->ops->bind(d[0], &a) == 0 && d[1]->ops->connect(d[1], &a, true) == 0 &&
		   d[2]->ops->connect(d[2], &a, true) == 0,
	       "two datagram sockets refer to a third");
	tap_ok(h_send(d[1], "1", 1, MSG_DONTWAIT) == 1, "and send");
	h_close(d[0]);
	tap_ok(h_send(d[1], "2", 1, MSG_DONTWAIT) == -ECONNREFUSED, "it is gone");
	h_close(d[1]);
	tap_ok(d[2]->ops->name(d[2], &b, true) == 0 && b.len == a.len, "its name is still known");
	h_close(d[2]);
}

static void test_listener(void)
{
	struct sock *l = h_socket(AF_UNIX, SOCK_STREAM, 0), *c[3], *s;
	struct sock_addr a = name("l");
	char buf[8];

	tap_ok(l->ops->bind(l, &a) == 0 && l->ops->listen(l, 1) == 0, "a listener");
	for (int i = 0; i < 3; i++)
		c[i] = h_socket(AF_UNIX, SOCK_STREAM, 0);
	tap_ok(c[0]->ops->connect(c[0], &a, true) == 0 && c[1]->ops->connect(c[1], &a, true) == 0, "two wait");
	tap_ok(c[2]->ops->connect(c[2], &a, true) == -EAGAIN, "the third has no room");
	tap_ok(l->ops->accept(l, &s, true) == 0, "accept");
	h_send(c[1], "lost", 4, 0);
	h_close(l);
	tap_ok(h_recv(c[1], buf, 8, MSG_DONTWAIT) == -ECONNRESET, "the listener goes: those not accepted are reset");
	tap_ok(h_send(c[0], "kept", 4, 0) == 4 && h_recv(s, buf, 8, 0) == 4, "the accepted one stays");
	for (int i = 0; i < 3; i++)
		h_close(c[i]);
	h_close(s);
}

static void test_files(void)
{
	struct file *f = made_file();
	struct sock *p[2];
	struct uvec v;
	struct uio u;
	struct sock_msg m = {.u = &u};
	char buf[8];

	if (sock_pair(AF_UNIX, SOCK_STREAM, 0, p) != 0)
		abort();
	file_get(f);
	tap_ok(send_file(p[0], f) == 1 && f->refs == 2, "a file on its way is held");
	file_get(f);
	send_file(p[0], f);
	tap_ok(h_recv(p[1], buf, 8, 0) == 1 && f->refs == 2,
	       "received without room for it: let go; one message a read");
	uio_init_user(&u, &v, UPTR(buf), 8);
	m.flags = MSG_PEEK;
	tap_ok(p[1]->ops->recv(p[1], &m, true) == 1 && m.files != NULL && f->refs == 3,
	       "a peek gives references of its own");
	sock_files_free(m.files);
	h_close(p[0]);
	tap_ok(f->refs == 2, "the sender's end does not matter");
	h_close(p[1]);
	tap_ok(f->refs == 1, "what nobody received is let go");
	file_put(f);
}

static void test_memory(void)
{
	unsigned n;

	for (n = 1; n < 12; n++) {
		struct sock *p[2];
		char buf[4];

		harness_fail_alloc = n;
		if (sock_pair(AF_UNIX, SOCK_SEQPACKET, 0, p) == 0) {
			h_send(p[0], "abc", 3, MSG_DONTWAIT);
			h_recv(p[1], buf, 3, MSG_DONTWAIT);
			h_close(p[0]);
			h_close(p[1]);
		}
		harness_fail_alloc = 0;
	}
	tap_ok(true, "the Nth allocation fails");
}

int main(void)
{
	test_ends();
	test_listener();
	test_files();
	test_memory();
	tap_ok(harness_stuck == 0, "no call slept without end");
	return tap_end();
}
