/* SPDX-License-Identifier: ISC */
// USES: net/test/harness.c net/tcp.c net/tcpdata.c net/tcpopt.c net/socklist.c net/tcplisten.c net/tcpinfo.c net/udp.c net/raw.c net/dgram.c net/inet.c net/ifioctl.c net/interfaces.c net/sock.c net/unix.c net/unixdata.c net/unixgc.c net/netif.c net/join.c net/timers.c net/port.c net/ifconfig.c kernel/netdev.c kernel/uio.c lib/fmt.c build/unit/lwip.a
// FLAGS: -Inet/lwip -Ibuild/src/lwip/src/include
/* Frames in and out: ARP, ping, TCP by hand, checksums left to the device, joined segments, a slow and a full device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "harness.h"
#include "net/ifconfig.h"
#include "test/tap.h"

static void drop_sent(void)
{
	while (harness_take() != NULL)
		;
}

static void arp_reply(void)
{
	uint8_t f[42] = {0};

	memcpy(f, harness_mac, 6);
	memcpy(f + 6, peer_mac, 6);
	put16(f + 12, 0x0806);
	put16(f + 14, 1);
	put16(f + 16, 0x0800);
	f[18] = 6;
	f[19] = 4;
	put16(f + 20, 2);
	memcpy(f + 22, peer_mac, 6);
	put32(f + 28, PEER);
	memcpy(f + 32, harness_mac, 6);
	put32(f + 38, GUEST);
	harness_receive(f, sizeof f, 0);
}

static void test_arp_ping(void)
{
	uint8_t f[128] = {0};
	struct sent *s = harness_take();
	size_t len;

	tap_ok(s != NULL && s->data[12] == 8 && s->data[13] == 6, "a static address is announced");
	drop_sent();
	memset(f, 0xff, 6);
	memcpy(f + 6, peer_mac, 6);
	put16(f + 12, 0x0806);
	put16(f + 14, 1);
	put16(f + 16, 0x0800);
	f[18] = 6;
	f[19] = 4;
	put16(f + 20, 1);
	memcpy(f + 22, peer_mac, 6);
	put32(f + 28, PEER);
	put32(f + 38, GUEST);
	harness_receive(f, 42, 0);
	s = harness_take();
	tap_ok(s != NULL && s->data[21] == 2 && memcmp(s->data + 22, harness_mac, 6) == 0, "ARP is answered");
	tap_ok(harness_flushes > 0, "and pushed out");

	memset(f + 34, 0, 64);
	f[34] = 8;
	put16(f + 38, 77);
	memcpy(f + 42, "abcdefgh", 8);
	put16(f + 36, 0xffff & ~add16(0, f + 34, 40));
	len = ip_frame(f, 1, 40);
	harness_receive(f, len, 0);
	s = harness_take();
	tap_ok(s != NULL && s->len == len && s->data[34] == 0 && memcmp(s->data + 38, f + 38, 36) == 0,
	       "ping is answered");
	tap_ok(s != NULL && add16(0, s->data + 34, 40) == 0xffff && add16(0, s->data + 14, 20) == 0xffff,
	       "with right checksums");
	f[50] ^= 1;
	harness_receive(f, len, 0);
	tap_ok(harness_take() == NULL, "a broken one is not");
}

/* Listens on a port and shakes hands with the peer; what the guest's next sequence number is. */
static struct sock *connection(struct sock **l, uint16_t port, uint32_t *seq, unsigned features)
{
	struct sock_addr a = h_addr(0, port);
	struct sock *s = NULL;
	struct sent *x;
	int one = 1;

	*l = h_socket(AF_INET, SOCK_STREAM, 0);
	sock_setopt(*l, SOL_TCP, 1, &one, sizeof one); /* TCP_NODELAY */
	if ((*l)->ops->bind(*l, &a) != 0 || (*l)->ops->listen(*l, 5) != 0)
		abort();
	tcp_in(5000, port, 1000, 0, 2, "", 0);
	x = harness_take();
	if (x == NULL)
		abort();
	*seq = get32(x->data + 38) + 1;
	tap_ok(x->data[47] == 0x12 && get32(x->data + 42) == 1001, "SYN is answered");
	tap_ok(tcp_sum(x->data + 14, x->len - 14, false) == 0xffff || (features & NETDEV_TX_CSUM) != 0,
	       "with a right checksum");
	tcp_in(5000, port, 1001, *seq, 0x10, "", 0);
	if ((*l)->ops->accept(*l, &s, true) != 0)
		abort();
	return s;
}

static void test_tcp(unsigned features)
{
	struct sock *l, *s;
	uint32_t seq;
	char buf[32];
	struct sent *x;
	uint8_t f[200];
	size_t len;

	s = connection(&l, 80, &seq, features);
	tcp_in(5000, 80, 1001, seq, 0x18, "GET / HTTP/1.0", 14);
	tap_ok(harness_take() == NULL, "data is not acknowledged at once");
	tap_ok(h_recv(s, buf, 32, MSG_DONTWAIT) == 14, "data arrives");
	tap_ok(harness_take() == NULL, "reading it sends nothing");
	harness_flushes = 0;
	tap_ok(h_send(s, "HTTP/1.0 200 OK", 15, 0) == 15, "an answer");
	x = harness_take();
	tap_ok(x != NULL && x->len == 54 + 15 && get32(x->data + 42) == 1015, "carries the acknowledgement");
	tap_ok(harness_sent == 0 && harness_flushes == 1, "one frame, one notification");
	if ((features & NETDEV_TX_CSUM) != 0)
		tap_ok(x != NULL && x->csum && x->csum_start == 34 && x->csum_offset == 16 &&
			   ((uint32_t)x->data[50] << 8 | x->data[51]) == tcp_sum(x->data + 14, x->len - 14, true),
		       "the checksum is the device's to finish");
	else
		tap_ok(x != NULL && !x->csum && tcp_sum(x->data + 14, x->len - 14, false) == 0xffff,
		       "the checksum is right");
	tcp_in(5000, 80, 1015, seq + 15, 0x10, "", 0);

	/* A broken checksum, and the device's word that it is right. */
	memset(f, 0, sizeof f);
	put16(f + 34, 5000);
	put16(f + 36, 80);
	put32(f + 38, 1015);
	put32(f + 42, seq + 15);
	f[46] = 0x50;
	f[47] = 0x18;
	put16(f + 48, 65535);
	memcpy(f + 54, "xyz", 3);
	len = ip_frame(f, 6, 23);
	harness_receive(f, len, 0);
	tap_ok(h_recv(s, buf, 32, MSG_DONTWAIT) == -EAGAIN, "a wrong checksum is dropped");
	harness_receive(f, len, NETDEV_RX_CSUM_OK);
	tap_ok(h_recv(s, buf, 32, MSG_DONTWAIT) == 3, "unless the device vouches for it");
	harness_run(100000000);
	x = harness_take();
	tap_ok(x != NULL && x->len == 54 && get32(x->data + 42) == 1018, "without an answer it is acknowledged later");

	/* A fast retransmit is not needed when the peer acknowledges; a lost one comes again. */
	h_send(s, "lost", 4, 0);
	drop_sent();
	harness_run(3 * NSEC_PER_SEC);
	x = harness_take();
	tap_ok(x != NULL && x->len == 58 && get32(x->data + 38) == seq + 15, "what is not acknowledged is sent again");
	h_close(s);
	drop_sent();
	tcp_in(5000, 80, 1018, seq + 19, 0x14, "", 0);
	h_close(l);
}

static void test_bulk(unsigned features)
{
	static char big[30000];
	struct sock *l, *s;
	uint32_t seq, next;
	size_t got = 0;
	bool ok = true, joined = false;
	struct sent *x;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 13 + i / 1000);
	s = connection(&l, 81, &seq, features);
	next = seq;
	/* Slow start: ten segments at first. */
	for (unsigned round = 0; round < 30 && got < sizeof big; round++) {
		size_t want = sizeof big - (next - seq);

		if (want > 0) {
			ssize_t n = h_send(s, big + (next - seq), want, MSG_DONTWAIT);

			if (n > 0)
				next += (uint32_t)n;
		}
		while ((x = harness_take()) != NULL) {
			uint32_t off = get32(x->data + 38) - seq;
			size_t n = x->len - 54;

			if (n == 0)
				continue;
			ok = ok && off == got && memcmp(x->data + 54, big + off, n) == 0 &&
			     (((unsigned)x->data[16] << 8) | x->data[17]) == x->len - 14 &&
			     add16(0, x->data + 14, 20) == 0xffff;
			if (n > 1460) {
				joined = true;
				ok = ok && x->gso_size == 1460 && x->csum &&
				     ((uint32_t)x->data[50] << 8 | x->data[51]) ==
					 tcp_sum(x->data + 14, x->len - 14, true);
			} else if (!x->csum) {
				ok = ok && tcp_sum(x->data + 14, x->len - 14, false) == 0xffff;
			}
			got += n;
		}
		tcp_in(5000, 81, 1001, seq + (uint32_t)got, 0x10, "", 0);
	}
	tap_ok(got == sizeof big && ok, "%zu bytes go out right", got);
	tap_ok(joined == ((features & NETDEV_TSO) != 0), "%s", joined ? "in joined segments" : "in single segments");
	h_close(s);
	tcp_in(5000, 81, 1001, seq + sizeof big + 1, 0x14, "", 0);
	drop_sent();
	h_close(l);
}

static void test_slow_device(unsigned features)
{
	static char big[8000];
	struct sock *l, *s;
	uint32_t seq;
	unsigned n = 0;
	struct sent *x;

	s = connection(&l, 82, &seq, features);
	harness_hold = true;
	h_send(s, big, sizeof big, MSG_DONTWAIT);
	tap_ok(harness_sent > 0, "a device that keeps the buffers");
	drop_sent();
	/* Duplicate acknowledgements ask for a retransmission while the device still has the buffers. */
	for (int i = 0; i < 4; i++)
		tcp_in(5000, 82, 1001, seq, 0x10, "", 0);
	tap_ok(harness_sent == 0, "nothing that it still has is touched");
	tcp_in(5000, 82, 1001, seq + sizeof big, 0x10, "", 0);
	harness_release();
	tap_ok(true, "acknowledged first, given back later");

	h_send(s, "first", 5, 0);
	drop_sent();
	harness_full = true;
	h_send(s, "queued", 6, 0);
	h_send(s, "behind", 6, 0);
	tap_ok(harness_sent == 0, "a full device");
	harness_full = false;
	harness_release();
	harness_hold = false;
	while ((x = harness_take()) != NULL)
		n += x->len > 54;
	tap_ok(n == 2, "what waited goes out (%u)", n);
	h_close(s);
	tcp_in(5000, 82, 1001, seq + sizeof big + 17, 0x14, "", 0);
	drop_sent();
	h_close(l);
}

/* The peer's port comes again while its last connection is in TIME_WAIT. */
static void test_port_again(unsigned features)
{
	struct sock *l, *s;
	uint32_t seq;
	struct sent *x;

	s = connection(&l, 86, &seq, features);
	h_close(s);
	drop_sent();
	tcp_in(5000, 86, 1001, seq + 1, 0x11, "", 0);
	drop_sent();
	tcp_in(5000, 86, 500, 0, 2, "", 0);
	x = harness_take();
	tap_ok(x == NULL || x->data[47] != 0x12, "an old SYN begins nothing");
	drop_sent();
	tcp_in(5000, 86, 200000, 0, 2, "", 0);
	x = harness_take();
	tap_ok(x != NULL && x->data[47] == 0x12 && get32(x->data + 42) == 200001, "a newer one begins a connection");
	tcp_in(5000, 86, 200001, 0, 4, "", 0);
	drop_sent();
	h_close(l);
}

static void test_udp(void)
{
	struct sock *u = h_socket(AF_INET, SOCK_DGRAM, 0);
	struct sock_addr a = h_addr(PEER, 53);
	uint8_t f[100] = {0};
	char buf[16];
	struct sent *x;

	tap_ok(u->ops->connect(u, &a, false) == 0, "connect UDP");
	tap_ok(h_send(u, "question", 8, 0) == 8, "a datagram");
	x = harness_take();
	tap_ok(x != NULL && x->len == 50 && memcmp(x->data + 42, "question", 8) == 0, "goes out");
	/* Port unreachable, with the header of ours. */
	f[34] = 3;
	f[35] = 3;
	if (x != NULL)
		memcpy(f + 42, x->data + 14, 28);
	put16(f + 36, 0xffff & ~add16(0, f + 34, 36));
	harness_receive(f, ip_frame(f, 1, 36), 0);
	tap_ok((h_poll(u) & POLLERR) != 0 && h_recv(u, buf, 16, MSG_DONTWAIT) == -ECONNREFUSED,
	       "port unreachable: refused");
	h_close(u);
	u = h_socket(AF_INET, SOCK_DGRAM, 0);
	a = h_addr(0x0a0000ff, 9);
	{
		struct uvec v;
		struct uio io;
		struct sock_msg m = {.u = &io, .name = &a};

		uio_init_user(&io, &v, UPTR("x"), 1);
		tap_ok(u->ops->send(u, &m, false) == -EACCES, "a broadcast needs SO_BROADCAST");
		int one = 1;
		sock_setopt(u, SOL_SOCKET, SO_BROADCAST, &one, sizeof one);
		uio_init_user(&io, &v, UPTR("x"), 1);
		tap_ok(u->ops->send(u, &m, false) == 1, "and goes out with it");
	}
	drop_sent();
	h_close(u);
}

static void test_hostile(void)
{
	uint8_t f[128];

	memset(f, 0, sizeof f);
	harness_receive(f, 3, 0);
	harness_receive(f, 14, 0);
	ip_frame(f, 6, 20);
	for (size_t n = 14; n < 54; n++)
		harness_receive(f, n, 0);
	for (unsigned i = 0; i < 2000; i++) {
		for (size_t k = 34; k < sizeof f; k++)
			f[k] = (uint8_t)rand();
		ip_frame(f, i % 3 == 0 ? 6 : i % 3 == 1 ? 17 : 1, 60);
		harness_receive(f, 94, NETDEV_RX_CSUM_OK);
	}
	drop_sent();
	tap_ok(true, "short and random frames do no harm");
}

int main(int argc, char **argv)
{
	unsigned features = argc > 1 ? (unsigned)atoi(argv[1]) : NETDEV_TX_CSUM | NETDEV_TSO;
	char text[100];

	harness_config("net.interfaces[]", "1");
	harness_config("net.interfaces{0}", "eth0");
	harness_config("net.interfaces.eth0.addrs[]", "1");
	harness_config("net.interfaces.eth0.addrs[0].addr", "10.0.0.2/24");
	harness_config("net.gateways[]", "1");
	harness_config("net.gateways[0].addr", "10.0.0.1");
	harness_config("net.dns.nameservers[]", "1");
	harness_config("net.dns.nameservers[0]", "10.0.0.1");
	harness_config("net.dns.search[]", "1");
	harness_config("net.dns.search[0]", "example.org");
	harness_start(features);
	tap_ok(net_resolv_conf(text, sizeof text) > 0 && strcmp(text, "nameserver 10.0.0.1\nsearch example.org\n") == 0,
	       "resolv.conf");
	test_arp_ping();
	arp_reply();
	drop_sent();
	test_tcp(features);
	test_bulk(features);
	test_slow_device(features);
	test_port_again(features);
	test_udp();
	test_hostile();
	harness_run(300 * NSEC_PER_SEC);
	drop_sent();
	return tap_end();
}
