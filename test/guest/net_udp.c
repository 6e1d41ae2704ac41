/* SPDX-License-Identifier: ISC */
/* UDP over loopback, sendmmsg, packet information, interface ioctls, and pings of ourselves, as on Linux. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/fails.h"
#include "test/tap.h"

static unsigned poll_for(int fd, short events, int ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, ms) < 0 ? ~0u : (unsigned)p.revents;
}

static int bound(struct sockaddr_in *a)
{
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)a, sizeof *a) != 0 ||
	    getsockname(fd, (struct sockaddr *)a, &len) != 0) {
		perror("bound");
		exit(1);
	}
	return fd;
}

static void test_datagrams(void)
{
	struct sockaddr_in a, b, from;
	int s = bound(&a), c = bound(&b), v;
	socklen_t len = sizeof from;
	char buf[70000];
	struct iovec iov = {buf, 4};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	tap_ok(poll_for(s, POLLIN | POLLOUT, 0) == POLLOUT, "writable");
	tap_ok(fails(recv(s, buf, 1, MSG_DONTWAIT), EAGAIN), "nothing there");
	tap_ok(fails(send(c, "x", 1, 0), EDESTADDRREQ), "no destination");
	tap_ok(sendto(c, "hello", 5, 0, (struct sockaddr *)&a, sizeof a) == 5, "sendto");
	tap_ok(poll_for(s, POLLIN, 1000) == POLLIN, "readable");
	tap_ok(ioctl(s, FIONREAD, &v) == 0 && v == 5, "FIONREAD");
	tap_ok(recvfrom(s, buf, sizeof buf, MSG_PEEK, NULL, NULL) == 5, "peek");
	tap_ok(recvfrom(s, buf, sizeof buf, 0, (struct sockaddr *)&from, &len) == 5 && len == sizeof from &&
		   memcmp(&from, &b, sizeof b) == 0,
	       "recvfrom says who");
	sendto(c, "truncated", 9, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok(recvmsg(s, &m, 0) == 4 && (m.msg_flags & MSG_TRUNC) != 0, "a long one is cut, and MSG_TRUNC says so");
	sendto(c, "truncated", 9, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok(recv(s, buf, 4, MSG_TRUNC) == 9, "MSG_TRUNC asks how long it was");
	tap_ok(sendto(c, "", 0, 0, (struct sockaddr *)&a, sizeof a) == 0 && recv(s, buf, 4, 0) == 0, "an empty one");
	tap_ok(connect(c, (struct sockaddr *)&a, sizeof a) == 0, "connect");
	tap_ok(send(c, buf, 60000, 0) == 60000 && recv(s, buf, sizeof buf, 0) == 60000, "60,000 bytes");
	tap_ok(fails(send(c, buf, 65508, 0), EMSGSIZE), "65,508 are too many");
	close(s);
	tap_ok(send(c, "x", 1, 0) == 1, "to a closed port");
	tap_ok((poll_for(c, POLLIN, 1000) & POLLERR) != 0, "an error comes back");
	tap_ok(fails(recv(c, buf, 1, MSG_DONTWAIT), ECONNREFUSED), "ECONNREFUSED");
	close(c);
	c = bound(&b);
	v = 1;
	tap_ok(setsockopt(c, IPPROTO_IP, IP_RECVERR, &v, sizeof v) == 0, "IP_RECVERR");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok((poll_for(c, POLLIN, 1000) & POLLERR) != 0, "tells an unconnected socket, too");
	tap_ok(fails(recv(c, buf, 1, MSG_DONTWAIT), ECONNREFUSED), "ECONNREFUSED");
	close(c);
}

static void test_many(void)
{
	struct sockaddr_in a, b;
	int s = bound(&a), c = bound(&b), n;
	struct mmsghdr m[4] = {0};
	struct iovec iov[4];
	char buf[4][8];

	connect(c, (struct sockaddr *)&a, sizeof a);
	for (int i = 0; i < 4; i++) {
		memset(buf[i], 'a' + i, 8);
		iov[i] = (struct iovec){buf[i], (size_t)i + 1};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	tap_ok(sendmmsg(c, m, 4, 0) == 4 && m[3].msg_len == 4, "sendmmsg");
	for (int i = 0; i < 4; i++)
		iov[i].iov_len = 8;
	n = recvmmsg(s, m, 4, MSG_WAITFORONE, NULL);
	tap_ok(n == 4 && m[0].msg_len == 1 && m[3].msg_len == 4, "recvmmsg");
	tap_ok(fails(recvmmsg(s, m, 4, MSG_DONTWAIT, NULL), EAGAIN), "then there is none");
	close(s);
	close(c);
}

static void test_pktinfo(void)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct sockaddr_in a, b;
	int s = bound(&a), c = bound(&b), one = 1;
	char buf[8];
	struct iovec iov = {buf, sizeof buf};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *h;
	struct in_pktinfo info;

	tap_ok(setsockopt(s, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == 0, "IP_PKTINFO");
	sendto(c, "x", 1, 0, (struct sockaddr *)&a, sizeof a);
	tap_ok(recvmsg(s, &m, 0) == 1, "recvmsg");
	h = CMSG_FIRSTHDR(&m);
	tap_ok(h != NULL && h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO, "packet information");
	if (h != NULL) {
		memcpy(&info, CMSG_DATA(h), sizeof info);
		tap_ok(info.ipi_addr.s_addr == htonl(INADDR_LOOPBACK) && info.ipi_ifindex == 1,
		       "says where it came to");
	}
	close(s);
	close(c);
}

static void test_interfaces(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq r = {.ifr_name = "lo"};
	struct stat st;
	struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;

	tap_ok(ioctl(s, SIOCGIFADDR, &r) == 0 && a->sin_addr.s_addr == htonl(INADDR_LOOPBACK), "lo is 127.0.0.1");
	tap_ok(ioctl(s, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & (IFF_UP | IFF_LOOPBACK)) == (IFF_UP | IFF_LOOPBACK),
	       "up");
	tap_ok(ioctl(s, SIOCGIFINDEX, &r) == 0 && r.ifr_ifindex == 1, "the first");
	r.ifr_ifindex = 1;
	tap_ok(ioctl(s, SIOCGIFNAME, &r) == 0 && strcmp(r.ifr_name, "lo") == 0, "and by its number");
	strcpy(r.ifr_name, "nothing0");
	tap_ok(fails(ioctl(s, SIOCGIFADDR, &r), ENODEV), "another there is not");
	tap_ok(access("/proc/net/dev", R_OK) == 0, "/proc/net/dev");
	tap_ok(fstat(s, &st) == 0 && st.st_mode == (S_IFSOCK | 0777), "fstat says socket");
	close(s);
}

/* As root or with net.ipv4.ping_group_range; Kiln lets everybody. */
static void test_ping(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct icmphdr h = {.type = ICMP_ECHO, .un.echo.sequence = htons(7)}, got;
	int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

	if (s < 0) {
		tap_skip("ping", "ping sockets are not allowed here");
		return;
	}
	tap_ok(sendto(s, &h, sizeof h, 0, (struct sockaddr *)&to, sizeof to) == sizeof h, "an echo request");
	tap_ok(poll_for(s, POLLIN, 1000) == POLLIN && recv(s, &got, sizeof got, 0) == sizeof got &&
		   got.type == ICMP_ECHOREPLY && got.un.echo.sequence == htons(7),
	       "is answered");
	close(s);
}

int main(void)
{
	test_datagrams();
	test_many();
	test_pktinfo();
	test_interfaces();
	test_ping();
	return tap_end();
}
