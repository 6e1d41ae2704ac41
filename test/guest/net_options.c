/* SPDX-License-Identifier: ISC */
/* Options that servers set, and what they do: shared ports, accepting with data, devices, what comes with a datagram. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "test/tap.h"

static bool fails(long result, int err)
{
	int got = errno;

	if (result == -1 && got == err)
		return true;
	tap_note("result %ld, errno %d (%s)", result, got, strerror(got));
	return false;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof v);
}

static int get(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof v;

	return getsockopt(fd, level, name, &v, &len) == 0 ? v : -errno;
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = (in_port_t)port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A socket at *a, whose port is chosen when it is 0; `option` is set before. -1: bind failed. */
static int bound(int type, struct sockaddr_in *a, int option)
{
	int fd = socket(AF_INET, type, 0);
	socklen_t len = sizeof *a;

	must(fd >= 0 && (option == 0 || set(fd, SOL_SOCKET, option, 1) == 0), "socket");
	if (bind(fd, (struct sockaddr *)a, len) != 0) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	getsockname(fd, (struct sockaddr *)a, &len);
	return fd;
}

static int dial(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(connect(fd, (const struct sockaddr *)a, sizeof *a) == 0, "connect");
	return fd;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

static void test_shared_tcp(void)
{
	struct sockaddr_in a = loopback(0);
	int l[3], c[60], got[3] = {0}, n = 0;

	for (int i = 0; i < 3; i++)
		l[i] = bound(SOCK_STREAM, &a, SO_REUSEPORT);
	tap_ok(l[0] >= 0 && l[1] >= 0 && l[2] >= 0, "three at one port");
	tap_ok(fails(bound(SOCK_STREAM, &a, 0), EADDRINUSE), "but not one that does not share");
	for (int i = 0; i < 3; i++) {
		fcntl(l[i], F_SETFL, O_NONBLOCK);
		n += listen(l[i], 100) == 0;
	}
	tap_ok(n == 3, "all listen");
	for (int i = 0; i < 60; i++)
		c[i] = dial(&a);
	for (n = 0; n < 60; n++) {
		struct pollfd p[3] = {{l[0], POLLIN, 0}, {l[1], POLLIN, 0}, {l[2], POLLIN, 0}};

		if (poll(p, 3, 10000) <= 0)
			break;
		for (int i = 0; i < 3; i++)
			if (p[i].revents != 0) {
				close(accept(l[i], NULL, NULL));
				got[i]++;
				break;
			}
	}
	tap_ok(n == 60 && got[0] > 0 && got[1] > 0 && got[2] > 0, "sixty connections: each has some (%d, %d, %d)",
	       got[0], got[1], got[2]);
	for (int i = 0; i < 60; i++)
		close(c[i]);
	close(l[0]);
	close(l[2]);
	c[0] = dial(&a);
	tap_ok(readable(l[1], 10000) && (got[0] = accept(l[1], NULL, NULL)) >= 0, "the one that is left has all");
	close(got[0]);
	close(c[0]);
	close(l[1]);
	c[0] = socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(fails(connect(c[0], (struct sockaddr *)&a, sizeof a), ECONNREFUSED), "none is left");
	close(c[0]);
}

static void test_shared_udp(void)
{
	struct sockaddr_in a = loopback(0);
	int s[2] = {bound(SOCK_DGRAM, &a, SO_REUSEPORT), bound(SOCK_DGRAM, &a, SO_REUSEPORT)}, got[2] = {0};
	char b[4];

	tap_ok(s[0] >= 0 && s[1] >= 0, "two for datagrams");
	for (int i = 0; i < 40; i++) {
		struct sockaddr_in from = loopback(0);
		int c = bound(SOCK_DGRAM, &from, 0);

		sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
		sendto(c, "y", 1, 0, (struct sockaddr *)&a, sizeof a);
		close(c);
	}
	for (int i = 0; i < 2; i++)
		while (recv(s[i], b, sizeof b, MSG_DONTWAIT) == 1) {
			got[i]++;
			if (b[0] == 'x')
				must(recv(s[i], b, sizeof b, MSG_DONTWAIT) == 1 && b[0] == 'y',
				     "one sender, one receiver");
		}
	tap_ok(got[0] > 0 && got[1] > 0 && got[0] + got[1] == 40, "each its senders (%d, %d)", got[0], got[1]);
	close(s[0]);
	close(s[1]);
}

static void test_deferred(void)
{
	struct sockaddr_in a = loopback(0);
	int l = bound(SOCK_STREAM, &a, SO_REUSEADDR), c[2], s;
	char b[4] = "";

	tap_ok(set(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30) == 0 && get(l, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 30,
	       "TCP_DEFER_ACCEPT");
	listen(l, 10);
	c[0] = dial(&a);
	c[1] = dial(&a);
	tap_ok(!readable(l, 200), "connected, but nobody has said anything");
	must(send(c[1], "GET", 3, 0) == 3, "send");
	tap_ok(readable(l, 10000), "data makes it ready");
	s = accept(l, NULL, NULL);
	tap_ok(recv(s, b, sizeof b, MSG_DONTWAIT) == 3 && b[0] == 'G', "and is there");
	tap_ok(!readable(l, 0), "the other one still waits");
	close(s);
	close(c[0]);
	close(c[1]);
	close(l);
}

static void test_device(void)
{
	struct sockaddr_in a = loopback(0);
	int s = bound(SOCK_DGRAM, &a, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
	char name[16] = "x", b[4];
	socklen_t len = sizeof name;

	tap_ok(getsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0 && len == 0, "any device");
	tap_ok(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) == 0, "lo alone");
	len = sizeof name;
	tap_ok(getsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0 && len == 3 && strcmp(name, "lo") == 0 &&
		   get(s, SOL_SOCKET, SO_BINDTOIFINDEX) == 1,
	       "as it says");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok(recv(s, b, 1, 0) == 1, "what comes by it arrives");
	tap_ok(fails(setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, "nix0", 5), ENODEV), "no such device");
	tap_ok(setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, "", 0) == 0 && get(c, SOL_SOCKET, SO_BINDTOIFINDEX) == 0,
	       "none again");
	close(s);
	close(c);
}

/* Control messages of the next datagram, by type of SOL_IP or SOL_SOCKET; NULL: it is not there. */
static const void *control(struct msghdr *m, int level, int type, size_t n)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h))
		if (h->cmsg_level == level && h->cmsg_type == type && h->cmsg_len == CMSG_LEN(n))
			return CMSG_DATA(h);
	return NULL;
}

static void test_control(void)
{
	struct sockaddr_in a = loopback(0);
	int s = bound(SOCK_DGRAM, &a, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
	char room[256] __attribute__((aligned(8))), b[4];
	struct iovec v = {b, sizeof b};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
	const struct in_pktinfo *info;
	const struct timeval *tv;
	const struct timespec *ts;
	const uint8_t *tos;
	const int *ttl;

	tap_ok(get(s, IPPROTO_IP, IP_TTL) == 64 && get(s, IPPROTO_IP, IP_MULTICAST_TTL) == 1,
	       "64 hops, 1 for multicast");
	must(set(s, IPPROTO_IP, IP_PKTINFO, 1) == 0 && set(s, IPPROTO_IP, IP_RECVTTL, 1) == 0 &&
		 set(s, IPPROTO_IP, IP_RECVTOS, 1) == 0 && set(s, SOL_SOCKET, SO_TIMESTAMP, 1) == 0,
	     "setsockopt");
	must(set(c, IPPROTO_IP, IP_TTL, 33) == 0 && set(c, IPPROTO_IP, IP_TOS, 0x28) == 0, "setsockopt");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok(recvmsg(s, &m, 0) == 1 && (m.msg_flags & MSG_CTRUNC) == 0, "a datagram with all that");
	info = control(&m, IPPROTO_IP, IP_PKTINFO, sizeof *info);
	ttl = control(&m, IPPROTO_IP, IP_TTL, sizeof *ttl);
	tos = control(&m, IPPROTO_IP, IP_TOS, sizeof *tos);
	tv = control(&m, SOL_SOCKET, SO_TIMESTAMP, sizeof *tv);
	tap_ok(info != NULL && info->ipi_ifindex == 1 && info->ipi_addr.s_addr == a.sin_addr.s_addr,
	       "where it came in");
	tap_ok(ttl != NULL && *ttl == 33, "its time to live");
	tap_ok(tos != NULL && *tos == 0x28, "its type of service");
	tap_ok(tv != NULL && labs(tv->tv_sec - time(NULL)) < 600 && tv->tv_usec < 1000000, "when it came");
	must(set(s, SOL_SOCKET, SO_TIMESTAMPNS, 1) == 0, "setsockopt");
	tap_ok(get(s, SOL_SOCKET, SO_TIMESTAMPNS) == 1 && get(s, SOL_SOCKET, SO_TIMESTAMP) == 0,
	       "in one form or the other");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	m.msg_controllen = sizeof room;
	ts = recvmsg(s, &m, 0) == 1 ? control(&m, SOL_SOCKET, SO_TIMESTAMPNS, sizeof *ts) : NULL;
	tap_ok(ts != NULL && labs(ts->tv_sec - time(NULL)) < 600 && ts->tv_nsec < 1000000000, "in ns");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	m.msg_controllen = CMSG_SPACE(sizeof *ts);
	tap_ok(recvmsg(s, &m, 0) == 1 && (m.msg_flags & MSG_CTRUNC) != 0, "without room for all");
	close(s);
	close(c);
}

static void test_information(void)
{
	struct sockaddr_in a = loopback(0);
	int l = bound(SOCK_STREAM, &a, 0), c;
	struct tcp_info i;
	socklen_t len = sizeof i;
	char name[16] = "";

	listen(l, 10);
	c = dial(&a);
	tap_ok(getsockopt(l, IPPROTO_TCP, TCP_INFO, &i, &len) == 0 && i.tcpi_state == TCP_LISTEN && i.tcpi_unacked == 1,
	       "TCP_INFO of a listener: who waits");
	len = sizeof i;
	tap_ok(getsockopt(c, IPPROTO_TCP, TCP_INFO, &i, &len) == 0 && i.tcpi_state == TCP_ESTABLISHED &&
		   i.tcpi_snd_mss > 500 && i.tcpi_snd_cwnd >= 1 && i.tcpi_rto > 0,
	       "of a connection");
	len = 1;
	tap_ok(getsockopt(c, IPPROTO_TCP, TCP_INFO, &i, &len) == 0 && len == 1 && i.tcpi_state == TCP_ESTABLISHED,
	       "the state alone");
	len = sizeof name;
	tap_ok(getsockopt(c, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0 && len == 16 && name[0] != '\0',
	       "TCP_CONGESTION: %s", name);
	tap_ok(setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0, "reno can be had");
	tap_ok(fails(setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "none such", 9), ENOENT), "others not");
	tap_ok(fails(get(c, 41, 26) == -EOPNOTSUPP ? (errno = EOPNOTSUPP, -1) : 0, EOPNOTSUPP), "IPv6 options");
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_STREAM, 0);
	a = loopback(0);
	tap_ok(set(c, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1) == 0 && bind(c, (struct sockaddr *)&a, sizeof a) == 0 &&
		   getsockname(c, (struct sockaddr *)&a, (len = sizeof a, &len)) == 0 && a.sin_port == 0,
	       "IP_BIND_ADDRESS_NO_PORT: none yet");
	a = loopback(0);
	l = bound(SOCK_STREAM, &a, 0);
	listen(l, 1);
	tap_ok(connect(c, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(c, (struct sockaddr *)&a, &len) == 0 &&
		   a.sin_port != 0 && a.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
	       "but then");
	close(c);
	close(l);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	tap_ok(fails(set(c, IPPROTO_TCP, TCP_NODELAY, 1), EOPNOTSUPP), "TCP's options of a local socket");
	tap_ok(fails(set(c, SOL_SOCKET, SO_REUSEPORT, 1), EOPNOTSUPP), "nor does it share a port");
	close(c);
}

static void connected(int fd[2])
{
	struct sockaddr_in a = loopback(0);
	int l = bound(SOCK_STREAM, &a, 0);

	listen(l, 1);
	fd[0] = dial(&a);
	fd[1] = accept(l, NULL, NULL);
	close(l);
}

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	pipes += sig == SIGPIPE;
}

/* What the ends of connections look like. */
static void test_ends(void)
{
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	struct sockaddr_in a = loopback(0);
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0kiln options"};
	struct linger hard = {1, 0};
	socklen_t len = sizeof a;
	int fd[2], l, c;
	char b[8];

	connected(fd);
	must(shutdown(fd[0], SHUT_RD) == 0 && send(fd[1], "late", 4, 0) == 4, "shutdown");
	tap_ok(readable(fd[0], 1000) && recv(fd[0], b, 8, 0) >= 0, "SHUT_RD: readable at once");
	usleep(50000);
	send(fd[1], "more", 4, 0);
	usleep(50000);
	tap_ok(recv(fd[0], b, 8, 0) > 0 && recv(fd[0], b, 8, 0) == 0, "what still comes can be read, then the end");
	shutdown(fd[0], SHUT_WR);
	recv(fd[1], b, 8, 0);
	shutdown(fd[1], SHUT_WR);
	usleep(50000);
	tap_ok(fails(getpeername(fd[0], (struct sockaddr *)&a, &len), ENOTCONN), "both directions over: no peer");
	close(fd[0]);
	close(fd[1]);

	connected(fd);
	tap_ok(connect(fd[0], &unspec, sizeof unspec) == 0 &&
		   fails(getpeername(fd[0], (struct sockaddr *)&a, &len), ENOTCONN),
	       "connect with AF_UNSPEC disconnects");
	tap_ok(readable(fd[1], 10000) && fails(recv(fd[1], b, 1, 0), ECONNRESET), "which the peer sees as a reset");
	a = loopback(0);
	l = bound(SOCK_STREAM, &a, 0);
	listen(l, 1);
	tap_ok(connect(fd[0], (struct sockaddr *)&a, sizeof a) == 0, "and another can be made");
	close(l);
	close(fd[0]);
	close(fd[1]);

	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tap_ok(fails(connect(c, (struct sockaddr *)&a, sizeof a), EINPROGRESS) && readable(c, 10000) &&
		   get(c, SOL_SOCKET, SO_ERROR) == ECONNREFUSED,
	       "refused");
	tap_ok(fails(connect(c, (struct sockaddr *)&a, sizeof a), ECONNABORTED),
	       "the next connect tells of the end of that one");
	close(c);

	connected(fd);
	must(recv(fd[1], b, 0, MSG_DONTWAIT) == -1 && errno == EAGAIN, "no bytes wanted, none there");
	setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd[0]);
	tap_ok(readable(fd[1], 10000) && fails(send(fd[1], "x", 1, 0), ECONNRESET) && pipes == 0 &&
		   fails(send(fd[1], "x", 1, 0), EPIPE) && pipes == 1,
	       "SO_LINGER of 0: first a reset, then a broken pipe");
	close(fd[1]);

	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "socketpair");
	must(send(fd[0], "abc", 3, 0) == 3 && send(fd[1], "def", 3, 0) == 3, "send");
	close(fd[0]);
	tap_ok(fails(recv(fd[1], b, 8, 0), ECONNRESET) && recv(fd[1], b, 8, 0) == 3,
	       "packets: a reset comes before data");
	pipes = 0;
	tap_ok(fails(write(fd[1], "x", 1), EPIPE) && fails(send(fd[1], "x", 1, 0), EPIPE) && pipes == 0,
	       "and no SIGPIPE");
	close(fd[1]);

	l = socket(AF_UNIX, SOCK_STREAM, 0);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	fd[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	must(bind(l, (struct sockaddr *)&name, 20) == 0 && listen(l, 1) == 0, "listen");
	tap_ok(fails(connect(fd[0], (struct sockaddr *)&name, 20), ECONNREFUSED) &&
		   bind(fd[0], (struct sockaddr *)&name, 20) == 0,
	       "abstract names are apart for each type");
	must(connect(c, (struct sockaddr *)&name, 20) == 0, "connect");
	close(l);
	tap_ok(fails(recv(c, b, 1, 0), ECONNRESET), "a listener goes: who was not accepted is reset");
	close(c);
	close(fd[0]);

	c = socket(AF_INET, SOCK_DGRAM, 0);
	tap_ok(fails(shutdown(c, SHUT_RDWR), ENOTCONN) && recv(c, b, 1, 0) == 0,
	       "UDP without a peer: shutdown ends a recv");
	close(c);
}

int main(void)
{
	signal(SIGPIPE, on_pipe);
	test_shared_tcp();
	test_shared_udp();
	test_deferred();
	test_device();
	test_control();
	test_information();
	test_ends();
	return tap_end();
}
