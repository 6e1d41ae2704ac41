/* SPDX-License-Identifier: ISC */
// USES: net/test/harness.c net/tcp.c net/tcpdata.c net/tcpopt.c net/socklist.c net/tcplisten.c net/tcpinfo.c net/udp.c net/raw.c net/dgram.c net/inet.c net/ifioctl.c net/interfaces.c net/sock.c net/unix.c net/unixdata.c net/unixgc.c net/netif.c net/join.c net/timers.c net/port.c net/ifconfig.c kernel/netdev.c kernel/uio.c lib/fmt.c build/fuzz-lwip/lwip.a
// FLAGS: -Inet/lwip -Ibuild/src/lwip/src/include
/*
 * Calls on sockets in any order: twelve sockets of all kinds that bind, connect, listen, accept, send, receive, pass
 * files and each other's ends, shut down and close, while time passes and allocations fail. Nothing sleeps.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "net/test/harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOCKS 12

static struct sock *socks[SOCKS];
static const uint8_t *in;
static size_t left;
static char buf[70000];

static unsigned byte(void)
{
	return left > 0 ? left--, *in++ : 0;
}

static size_t length(void)
{
	unsigned b = byte();

	return b < 200 ? b : (b - 199) * 1200u;
}

static void start(void)
{
	log_level = LOG_ERR;
	harness_config("net.interfaces[]", "1");
	harness_config("net.interfaces{0}", "eth0");
	harness_config("net.interfaces.eth0.addrs[]", "1");
	harness_config("net.interfaces.eth0.addrs[0].addr", "10.0.0.2/24");
	harness_start(NETDEV_TX_CSUM | NETDEV_TSO);
}

static struct sock_addr address(struct sock *s)
{
	static uint32_t ips[] = {0, 0x7f000001, 0x0a000002, 0x0a000001, 0xffffffff, 0x0a0000ff, 0xe0000001, 1};
	unsigned b = byte();
	struct sock_addr a;

	if (s->family == AF_INET) {
		a = h_addr(ips[b % 8], (uint16_t)(b / 8 % 4 == 0 ? 0 : 80 + b / 8 % 4));
	} else {
		memset(&a, 0, sizeof a);
		a.un.family = AF_UNIX;
		a.un.path[1] = (char)('a' + b % 3);
		a.len = b % 8 == 7 ? 2 : 4;
		a.node = b % 8 == 6 ? &ips[b / 8 % 4] : NULL;
		a.un.path[0] = a.node != NULL ? 'x' : '\0';
	}
	if (b == 255)
		a.family = AF_UNSPEC;
	return a;
}

static void create(struct sock **s)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
	unsigned b = byte();
	struct sock *pair[2];

	if (b >= 240) {
		if (sock_pair(AF_UNIX, types[b % 4], 0, pair) != 0)
			return;
		socks[b % SOCKS] == NULL ? (void)(socks[b % SOCKS] = pair[1]) : h_close(pair[1]);
		if (*s == NULL)
			*s = pair[0];
		else
			h_close(pair[0]);
	} else if (sock_create(b & 1 ? AF_UNIX : AF_INET, types[b / 2 % 4], b & 8 ? 1 : 0, s) != 0) {
		*s = NULL;
	}
}

static void transfer(struct sock *s, bool sending)
{
	static const unsigned flags[] = {0,         MSG_PEEK, MSG_MORE,     MSG_WAITALL,
					 MSG_TRUNC, MSG_OOB,  MSG_NOSIGNAL, MSG_ERRQUEUE};
	unsigned b = byte();
	struct sock_addr a;
	struct uvec v[2];
	struct uio u;
	struct sock_msg m = {.u = &u, .flags = flags[b % 8]};

	v[0] = (struct uvec){(uintptr_t)buf, length()};
	v[1] = (struct uvec){b & 8 ? 64 : (uintptr_t)buf, b & 16 ? length() : 0};
	uio_init_vec(&u, v, 2, false);
	if (b & 32) {
		a = address(s);
		m.name = &a;
	}
	if (sending && (b & 64) != 0 && s->family == AF_UNIX) {
		struct file *f = calloc(1, sizeof *f);

		f->refs = 1;
		m.files = malloc(sizeof *m.files + sizeof f);
		m.files->count = 1;
		m.files->file[0] = f;
	}
	if (sending)
		s->ops->send(s, &m, true);
	else
		s->ops->recv(s, &m, true);
	sock_files_free(m.files);
}

static void option(struct sock *s)
{
	static const int levels[] = {SOL_SOCKET, SOL_TCP, SOL_IP, SOL_UDP};
	int level = levels[byte() % 4], name = (int)byte() % 64;
	uint64_t v[2] = {byte(), byte()};
	unsigned len = byte() % 17;

	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO || name == SO_LINGER))
		v[1] = v[0] &= 1;
	sock_setopt(s, level, name, v, len);
	sock_getopt(s, level, name, v, &len);
}

static void use(struct sock **s)
{
	struct sock_addr a;
	struct sock *child;
	unsigned k;

	switch (byte() % 16) {
	case 0:
	case 1:
		a = address(*s);
		(*s)->ops->connect(*s, &a, true);
		break;
	case 2:
		a = address(*s);
		(*s)->ops->bind(*s, &a);
		break;
	case 3: (*s)->ops->listen(*s, (int)byte() % 4); break;
	case 4:
		k = byte() % SOCKS;
		if ((*s)->ops->accept(*s, &child, true) != 0)
			break;
		if (socks[k] == NULL)
			socks[k] = child;
		else
			h_close(child);
		break;
	case 5:
	case 6: transfer(*s, true); break;
	case 7:
	case 8: transfer(*s, false); break;
	case 9: (*s)->ops->shutdown(*s, (int)byte() % 4); break;
	case 10: (*s)->ops->name(*s, &a, byte() & 1); break;
	case 11: option(*s); break;
	case 12: h_poll(*s); break;
	case 13:
		if ((*s)->ops->ioctl != NULL)
			(*s)->ops->ioctl(*s, 0x541B, (uintptr_t)buf);
		break;
	default:
		h_close(*s);
		*s = NULL;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;

	if (!started)
		start();
	started = true;
	in = data;
	left = size;
	while (left > 0) {
		unsigned b = byte();
		struct sock **s = &socks[b % SOCKS];

		if (b >= 250)
			harness_run(byte() * 20000000ull);
		else if (b >= 246)
			harness_fail_alloc = byte() % 8;
		else if (*s == NULL)
			create(s);
		else
			use(s);
		while (harness_take() != NULL)
			;
	}
	harness_fail_alloc = 0;
	for (unsigned i = 0; i < SOCKS; i++)
		if (socks[i] != NULL)
			h_close(socks[i]);
	memset(socks, 0, sizeof socks);
	harness_run(70 * NSEC_PER_SEC);
	while (harness_take() != NULL)
		;
	return 0;
}
