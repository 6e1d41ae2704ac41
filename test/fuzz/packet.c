/* SPDX-License-Identifier: ISC */
// USES: net/test/harness.c net/tcp.c net/tcpdata.c net/tcpopt.c net/socklist.c net/tcplisten.c net/tcpinfo.c net/udp.c net/raw.c net/dgram.c net/inet.c net/ifioctl.c net/interfaces.c net/sock.c net/unix.c net/unixdata.c net/unixgc.c net/netif.c net/join.c net/timers.c net/port.c net/ifconfig.c kernel/netdev.c kernel/uio.c lib/fmt.c build/fuzz-lwip/lwip.a
// FLAGS: -Inet/lwip -Ibuild/src/lwip/src/include
/*
 * What a peer may send: frames as they come, and frames with right headers so that the protocols behind them are
 * reached: TCP to a connection, a listener and nobody, UDP (DHCP's port too), ICMP, ARP. Between them time passes and
 * sockets are used. Checksums above IP are not checked, so that the fuzzer need not guess them.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "net/test/frame.h"
#include "net/test/harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sock *listener, *udp;
static uint32_t guest_seq, peer_seq;
static const uint8_t *in;
static size_t left;

static unsigned byte(void)
{
	return left > 0 ? left--, *in++ : 0;
}

static void drop_sent(void)
{
	struct sent *s;

	while ((s = harness_take()) != NULL)
		if (s->len >= 54 && s->data[12] == 8 && s->data[13] == 0 && s->data[23] == 6)
			guest_seq =
			    get32(s->data + 38) + s->len - 34 - (s->data[46] >> 4) * 4u + (s->data[47] & 3 ? 1 : 0);
}

static void start(void)
{
	struct sock_addr a = h_addr(0, 80);

	log_level = LOG_ERR;
	harness_config("net.interfaces[]", "1");
	harness_config("net.interfaces{0}", "eth0");
	harness_config("net.interfaces.eth0.addrs[]", "2");
	harness_config("net.interfaces.eth0.addrs[0].addr", "10.0.0.2/24");
	harness_config("net.interfaces.eth0.addrs[1].method", "dhcp");
	harness_start(NETDEV_TX_CSUM | NETDEV_TSO);
	listener = h_socket(AF_INET, SOCK_STREAM, 0);
	udp = h_socket(AF_INET, SOCK_DGRAM, 0);
	if (listener->ops->bind(listener, &a) != 0 || listener->ops->listen(listener, 8) != 0)
		abort();
	a = h_addr(0, 53);
	if (udp->ops->bind(udp, &a) != 0)
		abort();
}

/* n bytes of input become the payload behind an IP header. */
static size_t ip_packet(unsigned proto, size_t at, uint8_t *f)
{
	size_t n = byte() * 8u;

	n = n < left ? n : left;
	memcpy(f + 34 + at, in, n);
	in += n;
	left -= n;
	harness_receive(f, ip_frame(f, proto, at + n), NETDEV_RX_CSUM_OK);
	return n;
}

static void tcp_segment(void)
{
	uint8_t f[3000] = {0};
	unsigned how = byte(), flags = byte();
	unsigned options = byte() % 11 * 4;

	put16(f + 34, 5000 + (how >> 6));
	put16(f + 36, how & 32 ? 81 : 80);
	put32(f + 38, peer_seq + (how & 16 ? (uint32_t)(int8_t)byte() * 100 : 0));
	put32(f + 42, guest_seq + (how & 8 ? (uint32_t)(int8_t)byte() * 100 : 0));
	f[46] = (uint8_t)((20 + options) << 2);
	f[47] = (uint8_t)flags;
	put16(f + 48, byte() << 8 | byte());
	for (unsigned i = 0; i < options; i++)
		f[54 + i] = (uint8_t)byte();
	peer_seq += (uint32_t)ip_packet(6, 20 + options, f) + (flags & 3 ? 1 : 0);
}

static void udp_packet(void)
{
	uint8_t f[3000] = {0};
	unsigned how = byte();

	put16(f + 34, how & 1 ? 67 : 5000);
	put16(f + 36, how & 2 ? 68 : 53);
	put16(f + 38, how & 4 ? byte() << 8 | byte() : 8 + (left > 0 ? in[0] * 8u : 0));
	ip_packet(17, 8, f);
}

static void raw_frame(void)
{
	uint8_t f[2100];
	size_t n = byte() * 8u;

	n = n < left ? n : left;
	memcpy(f, harness_mac, 6);
	memcpy(f + 6, in, n);
	in += n;
	left -= n;
	harness_receive(f, n + 6, byte() & 1);
}

static void socket_use(struct sock **s)
{
	static char buf[4096];

	switch (byte() % 7) {
	case 0:
		if (*s == NULL && listener->ops->accept(listener, s, true) != 0)
			*s = NULL;
		break;
	case 1:
		if (*s != NULL)
			h_recv(*s, buf, byte() * 16, MSG_DONTWAIT);
		break;
	case 2:
		if (*s != NULL)
			h_send(*s, buf, byte() * 16, MSG_DONTWAIT);
		break;
	case 3:
		if (*s != NULL)
			(*s)->ops->shutdown(*s, (int)(byte() % 3));
		break;
	case 4: h_recv(udp, buf, sizeof buf, MSG_DONTWAIT); break;
	case 5: harness_hold = !harness_hold; break;
	default:
		harness_release();
		if (*s != NULL)
			h_poll(*s);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct sock *s = NULL;

	if (!started)
		start();
	started = true;
	in = data;
	left = size;
	peer_seq = 1000;
	while (left > 0) {
		uint8_t f[3000] = {0};

		switch (byte() % 8) {
		case 0: raw_frame(); break;
		case 1:
		case 2: tcp_segment(); break;
		case 3: udp_packet(); break;
		case 4: ip_packet(byte() & 1 ? 1 : byte(), 0, f); break;
		case 5: harness_run(byte() * 20000000ull); break;
		default: socket_use(&s); break;
		}
		drop_sent();
	}
	harness_hold = false;
	harness_release();
	if (s != NULL)
		h_close(s);
	while (listener->ops->accept(listener, &s, true) == 0)
		h_close(s);
	harness_run(70 * NSEC_PER_SEC);
	drop_sent();
	return 0;
}
