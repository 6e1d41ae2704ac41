/* SPDX-License-Identifier: ISC */
/* Sockets of AF_NETLINK, what musl makes of them, and interface ioctls that tell the same, as on Linux. */
// RUN: -I eth0=user
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/child.h"
#include "test/fails.h"

static union {
	struct nlmsghdr h;
	char bytes[65536];
} answer;

static int route(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* A request with a body of n bytes and, unless type is 0, one attribute. */
static long ask(int fd, int type, int flags, unsigned seq, const void *body, size_t n, int attr, const void *data,
		size_t len)
{
	struct {
		struct nlmsghdr h;
		char rest[512];
	} q;
	struct rtattr *a;

	memset(&q, 0, sizeof q);
	q.h =
	    (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(n), .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = seq};
	memcpy(NLMSG_DATA(&q.h), body, n);
	if (attr != 0) {
		a = (struct rtattr *)((char *)&q + NLMSG_ALIGN(q.h.nlmsg_len));
		*a = (struct rtattr){.rta_type = attr, .rta_len = RTA_LENGTH(len)};
		memcpy(RTA_DATA(a), data, len);
		q.h.nlmsg_len = NLMSG_ALIGN(q.h.nlmsg_len) + RTA_LENGTH(len);
	}
	return send(fd, &q, q.h.nlmsg_len, 0);
}

static int link_request(int fd, int flags, unsigned seq, int index)
{
	struct ifinfomsg m = {.ifi_index = index};

	return (int)ask(fd, RTM_GETLINK, flags, seq, &m, sizeof m, 0, NULL, 0);
}

/* The error in the next datagram, 1: it is none. */
static int error_of(int fd, unsigned seq)
{
	long n = recv(fd, &answer, sizeof answer, MSG_DONTWAIT);

	if (n < (long)NLMSG_LENGTH(sizeof(int)) || answer.h.nlmsg_type != NLMSG_ERROR || answer.h.nlmsg_seq != seq) {
		tap_note("%ld bytes, type %d", n, n < 0 ? -1 : answer.h.nlmsg_type);
		return 1;
	}
	return *(int *)NLMSG_DATA(&answer.h);
}

static const struct rtattr *attr_of(const struct nlmsghdr *h, size_t body, int type)
{
	const struct rtattr *a = (const struct rtattr *)((const char *)NLMSG_DATA(h) + NLMSG_ALIGN(body));
	int n = (int)(h->nlmsg_len - NLMSG_LENGTH(body));

	for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
		if (a->rta_type == type)
			return a;
	return NULL;
}

/* Reads a dump: the number of messages of a type, -1 when it is not as a dump must be. */
static int dump(int fd, unsigned seq, unsigned port, int type, bool (*want)(const struct nlmsghdr *))
{
	int count = 0;

	for (;;) {
		long n = recv(fd, &answer, sizeof answer, 0);
		struct nlmsghdr *h = &answer.h;

		if (n <= 0)
			return -1;
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != seq || h->nlmsg_pid != port || (h->nlmsg_flags & NLM_F_MULTI) == 0)
				return -1;
			if (h->nlmsg_type == NLMSG_DONE)
				return h->nlmsg_len >= NLMSG_LENGTH(4) && *(int *)NLMSG_DATA(h) == 0 ? count : -1;
			if (h->nlmsg_type != type)
				return -1;
			count += want == NULL || want(h);
		}
	}
}

static bool is_lo(const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = NLMSG_DATA(h);
	const struct rtattr *name = attr_of(h, sizeof *m, IFLA_IFNAME), *mtu = attr_of(h, sizeof *m, IFLA_MTU);

	return name != NULL && strcmp(RTA_DATA(name), "lo") == 0 && m->ifi_index == 1 && m->ifi_type == 772 &&
	       (m->ifi_flags & IFF_LOOPBACK) != 0 && mtu != NULL && RTA_PAYLOAD(mtu) == 4 &&
	       attr_of(h, sizeof *m, IFLA_ADDRESS) != NULL && attr_of(h, sizeof *m, IFLA_STATS64) != NULL;
}

static bool is_lo_addr(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct rtattr *a = attr_of(h, sizeof *m, IFA_LOCAL);
	in_addr_t lo = htonl(INADDR_LOOPBACK);

	return m->ifa_family == AF_INET && m->ifa_index == 1 && m->ifa_prefixlen == 8 &&
	       m->ifa_scope == RT_SCOPE_HOST && a != NULL && memcmp(RTA_DATA(a), &lo, 4) == 0 &&
	       (m->ifa_flags & IFA_F_PERMANENT) != 0 && attr_of(h, sizeof *m, IFA_BROADCAST) == NULL;
}

static bool is_lo_route(const struct nlmsghdr *h)
{
	const struct rtmsg *m = NLMSG_DATA(h);
	const struct rtattr *dst = attr_of(h, sizeof *m, RTA_DST), *oif = attr_of(h, sizeof *m, RTA_OIF);
	in_addr_t net = htonl(0x7f000000);

	return m->rtm_family == AF_INET && m->rtm_dst_len == 8 && m->rtm_table == RT_TABLE_LOCAL &&
	       m->rtm_type == RTN_LOCAL && dst != NULL && memcmp(RTA_DATA(dst), &net, 4) == 0 && oif != NULL &&
	       *(int *)RTA_DATA(oif) == 1;
}

static void test_dumps(void)
{
	struct sockaddr_nl a;
	socklen_t len = sizeof a;
	struct rtgenmsg any = {AF_UNSPEC}, inet = {AF_INET};
	struct rtmsg r = {.rtm_family = AF_INET};
	struct if_nameindex *names = if_nameindex();
	struct pollfd p = {.events = POLLIN | POLLOUT};
	int fd = p.fd = route(), links = 0, n;

	while (names != NULL && names[links].if_index != 0)
		links++;
	tap_ok(poll(&p, 1, 0) == 1 && p.revents == POLLOUT, "writable, nothing to read");
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN), "nothing there");
	tap_ok(ask(fd, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 7, &any, sizeof any, 0, NULL, 0) > 0,
	       "links asked for");
	tap_ok(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT), "readable");
	tap_ok(getsockname(fd, (struct sockaddr *)&a, &len) == 0 && len == sizeof a && a.nl_family == AF_NETLINK &&
		   a.nl_pid == (unsigned)getpid() && a.nl_groups == 0,
	       "bound by sending, to the process's number");
	n = dump(fd, 7, a.nl_pid, RTM_NEWLINK, NULL);
	tap_ok(n == links, "as many links (%d) as names (%d)", n, links);
	link_request(fd, NLM_F_REQUEST | NLM_F_DUMP | NLM_F_ACK, 8, 0);
	tap_ok(dump(fd, 8, a.nl_pid, RTM_NEWLINK, is_lo) == 1, "lo among them");
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN), "a dump is not acknowledged");
	ask(fd, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 9, &inet, sizeof inet, 0, NULL, 0);
	tap_ok(dump(fd, 9, a.nl_pid, RTM_NEWADDR, is_lo_addr) == 1, "lo's address");
	ask(fd, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 10, &any, sizeof any, 0, NULL, 0);
	tap_ok(dump(fd, 10, a.nl_pid, RTM_NEWADDR, is_lo_addr) == 1, "among all families'");
	ask(fd, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 11, &r, sizeof r, 0, NULL, 0);
	tap_ok(dump(fd, 11, a.nl_pid, RTM_NEWROUTE, is_lo_route) == 1, "the route to ourselves");
	ask(fd, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, 12, &inet, sizeof inet, 0, NULL, 0);
	tap_ok(dump(fd, 12, a.nl_pid, RTM_NEWNEIGH, NULL) >= 0, "neighbours");
	if_freenameindex(names);
	close(fd);
}

static void test_one(void)
{
	in_addr_t lo = htonl(INADDR_LOOPBACK);
	struct rtmsg r = {.rtm_family = AF_INET, .rtm_dst_len = 32};
	struct ifinfomsg m = {0};
	const struct rtattr *oif;
	int fd = route();
	long n;

	link_request(fd, NLM_F_REQUEST, 1, 1);
	n = recv(fd, &answer, sizeof answer, 0);
	tap_ok(n == answer.h.nlmsg_len && answer.h.nlmsg_flags == 0 && answer.h.nlmsg_type == RTM_NEWLINK &&
		   is_lo(&answer.h),
	       "one link by its index");
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN), "no more than that");
	ask(fd, RTM_GETLINK, NLM_F_REQUEST, 2, &m, sizeof m, IFLA_IFNAME, "lo", 3);
	tap_ok(recv(fd, &answer, sizeof answer, 0) > 0 && is_lo(&answer.h), "by its name");
	ask(fd, RTM_GETROUTE, NLM_F_REQUEST, 3, &r, sizeof r, RTA_DST, &lo, 4);
	tap_ok(recv(fd, &answer, sizeof answer, 0) > 0 && answer.h.nlmsg_type == RTM_NEWROUTE &&
		   ((struct rtmsg *)NLMSG_DATA(&answer.h))->rtm_type == RTN_LOCAL &&
		   ((struct rtmsg *)NLMSG_DATA(&answer.h))->rtm_dst_len == 32 &&
		   ((struct rtmsg *)NLMSG_DATA(&answer.h))->rtm_table == RT_TABLE_MAIN &&
		   ((struct rtmsg *)NLMSG_DATA(&answer.h))->rtm_flags == (RTM_F_CLONED | 0x80000000u) &&
		   (oif = attr_of(&answer.h, sizeof r, RTA_OIF)) != NULL && *(int *)RTA_DATA(oif) == 1,
	       "the way to ourselves");
	link_request(fd, NLM_F_REQUEST | NLM_F_ACK, 4, 1);
	tap_ok(recv(fd, &answer, sizeof answer, 0) > 0 && answer.h.nlmsg_type == RTM_NEWLINK && error_of(fd, 4) == 0 &&
		   answer.h.nlmsg_flags == NLM_F_CAPPED && answer.h.nlmsg_len == NLMSG_LENGTH(sizeof(struct nlmsgerr)),
	       "with an acknowledgement");
	close(fd);
}

static void test_errors(void)
{
	struct ifinfomsg m = {.ifi_index = 4711};
	struct rtgenmsg any = {AF_UNSPEC};
	const struct nlmsgerr *e = NLMSG_DATA(&answer.h);
	struct {
		struct nlmsghdr h[2];
	} two = {{{sizeof two.h[0], NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 21, 0},
		  {sizeof two.h[0], RTM_MAX + 1, NLM_F_REQUEST, 22, 0}}};
	int fd = route(), one = 1;

	link_request(fd, NLM_F_REQUEST, 5, m.ifi_index);
	tap_ok(error_of(fd, 5) == -ENODEV, "no such index");
	tap_ok(answer.h.nlmsg_flags == 0 && answer.h.nlmsg_len == NLMSG_LENGTH(sizeof(int) + NLMSG_LENGTH(sizeof m)) &&
		   e->msg.nlmsg_len == NLMSG_LENGTH(sizeof m) && e->msg.nlmsg_type == RTM_GETLINK &&
		   memcmp(NLMSG_DATA(&e->msg), &m, sizeof m) == 0,
	       "the error has the whole request");
	tap_ok(setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one) == 0, "NETLINK_CAP_ACK");
	link_request(fd, NLM_F_REQUEST, 6, m.ifi_index);
	tap_ok(error_of(fd, 6) == -ENODEV && answer.h.nlmsg_flags == NLM_F_CAPPED &&
		   answer.h.nlmsg_len == NLMSG_LENGTH(sizeof(struct nlmsgerr)),
	       "or only its header");
	link_request(fd, NLM_F_REQUEST, 7, 0);
	tap_ok(error_of(fd, 7) == -EINVAL, "neither index nor name");
	ask(fd, RTM_GETLINK, 0, 8, &m, sizeof m, 0, NULL, 0);
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN), "no NLM_F_REQUEST, no answer");
	ask(fd, RTM_GETADDR, NLM_F_REQUEST | NLM_F_ACK, 9, "", 0, 0, NULL, 0);
	tap_ok(error_of(fd, 9) == 0, "no body: nothing done");
	tap_ok(send(fd, &two, sizeof two, 0) == sizeof two && error_of(fd, 21) == 0 && error_of(fd, 22) == -EOPNOTSUPP,
	       "two requests in one datagram, two answers");
	tap_ok(send(fd, &two, 8, 0) == 8, "half a header");
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), EAGAIN), "is not answered");
	tap_ok(fails(send(fd, &two, 0, 0), ENODATA), "nothing sent");
	tap_ok(fails(send(fd, &two, 1, MSG_OOB), EOPNOTSUPP), "MSG_OOB");
	tap_ok(fails(listen(fd, 1), EOPNOTSUPP), "listen");
	tap_ok(fails(shutdown(fd, SHUT_RDWR), EOPNOTSUPP), "shutdown");
	ask(fd, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 10, &any, sizeof any, 0, NULL, 0);
	close(fd);
}

static void test_truncation(void)
{
	struct sockaddr_nl from;
	char part[40];
	struct iovec iov = {part, 0};
	struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1};
	int fd = route();
	long size;

	link_request(fd, NLM_F_REQUEST, 1, 1);
	size = recvmsg(fd, &m, MSG_PEEK | MSG_TRUNC);
	tap_ok(size > (long)sizeof part && (m.msg_flags & MSG_TRUNC) != 0, "the size, by MSG_PEEK | MSG_TRUNC");
	tap_ok(m.msg_namelen == sizeof from && from.nl_family == AF_NETLINK && from.nl_pid == 0 && from.nl_groups == 0,
	       "from the kernel");
	iov.iov_len = sizeof part;
	m.msg_namelen = sizeof from;
	tap_ok(recvmsg(fd, &m, 0) == sizeof part && m.msg_flags == MSG_TRUNC, "a part");
	tap_ok(fails(recv(fd, part, sizeof part, MSG_DONTWAIT), EAGAIN), "the rest is gone");
	close(fd);
}

static int option(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof v;

	return getsockopt(fd, level, name, &v, &len) == 0 ? v : -errno;
}

static void test_sockets(void)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_pid = 0x7000000}, b;
	int fd = route(), other = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE), group = RTNLGRP_LINK, zero = 0;
	socklen_t len = sizeof b;
	char c;

	tap_ok(fails(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT), "no streams");
	tap_ok(fails(socket(AF_NETLINK, SOCK_RAW, 31), EPROTONOSUPPORT), "no such protocol");
	tap_ok(fails(socketpair(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, (int[2]){0}), EOPNOTSUPP), "no pairs");
	tap_ok(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_NETLINK && option(fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW &&
		   option(other, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM &&
		   option(fd, SOL_SOCKET, SO_PROTOCOL) == NETLINK_ROUTE,
	       "domain, type, protocol");
	tap_ok(fails(bind(fd, (struct sockaddr *)&a, 8), EINVAL), "half an address");
	tap_ok(bind(fd, (struct sockaddr *)&a, sizeof a) == 0, "a number of our own");
	tap_ok(fails(bind(other, (struct sockaddr *)&a, sizeof a), EADDRINUSE), "is taken");
	a.nl_pid++;
	tap_ok(fails(bind(fd, (struct sockaddr *)&a, sizeof a), EINVAL), "and stays");
	a.nl_pid = 0;
	tap_ok(bind(other, (struct sockaddr *)&a, sizeof a) == 0 &&
		   getsockname(other, (struct sockaddr *)&b, &len) == 0 && b.nl_pid == (unsigned)getpid(),
	       "0: the process's");
	tap_ok(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0 &&
		   getsockname(fd, (struct sockaddr *)&b, &len) == 0 && b.nl_groups == 1,
	       "a member");
	tap_ok(fails(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &zero, sizeof zero), EINVAL), "of no group");
	tap_ok(setsockopt(fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group) == 0 &&
		   getsockname(fd, (struct sockaddr *)&b, &len) == 0 && b.nl_groups == 0,
	       "no member any more");
	tap_ok(option(fd, SOL_NETLINK, NETLINK_CAP_ACK) == 0 && option(fd, SOL_NETLINK, NETLINK_EXT_ACK) == 0,
	       "options");
	tap_ok(fails(setsockopt(fd, SOL_NETLINK, 99, &zero, sizeof zero), ENOPROTOOPT), "no such option");
	tap_ok(getpeername(fd, (struct sockaddr *)&b, &len) == 0 && b.nl_pid == 0, "the kernel is the peer");
	a.nl_pid = 0x7000009;
	if (geteuid() == 0) {
		tap_ok(fails(sendto(fd, &c, 1, 0, (struct sockaddr *)&a, sizeof a), ECONNREFUSED), "to nobody");
		a.nl_pid = (unsigned)getpid();
		tap_ok(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof a) == 1 &&
			   recvfrom(other, &c, 1, MSG_DONTWAIT, (struct sockaddr *)&b, &len) == 1 && c == 'x' &&
			   b.nl_pid == 0x7000000,
		       "to another socket");
	}
	close(fd);
	close(other);
}

/* More answers than the queue has room for. */
static void test_overrun(void)
{
	int fd = route(), small = 1, sent = 0, got = 0;
	long n;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (; sent < 100; sent++)
		if (link_request(fd, NLM_F_REQUEST, 1, 1) < 0)
			break;
	tap_ok(sent == 100, "requests that nobody reads the answers of");
	tap_ok(fails(recv(fd, &answer, sizeof answer, MSG_DONTWAIT), ENOBUFS), "some were lost");
	while ((n = recv(fd, &answer, sizeof answer, MSG_DONTWAIT)) > 0)
		got++;
	tap_ok(got > 0 && got < 100 && fails(n, EAGAIN), "and some not");
	link_request(fd, NLM_F_REQUEST, 2, 1);
	tap_ok(recv(fd, &answer, sizeof answer, 0) > 0 && answer.h.nlmsg_seq == 2, "it goes on");
	close(fd);
}

static int child(void)
{
	struct ifreq r = {.ifr_name = "lo"};
	struct ifinfomsg m = {.ifi_index = 1};
	struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_pid = 1};
	int fd, inet;

	CHECK(setgid(65534) == 0 || geteuid() != 0);
	CHECK(setuid(65534) == 0 || geteuid() != 0);
	fd = route();
	inet = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(fd >= 0 && inet >= 0);
	ask(fd, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 3, &m, sizeof m, IFLA_IFNAME, "x", 2);
	CHECK(error_of(fd, 3) == -EPERM);
	ask(fd, RTM_DELADDR, NLM_F_REQUEST, 4, &m, sizeof m, 0, NULL, 0);
	CHECK(error_of(fd, 4) == -EPERM);
	CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof a) == -1 && errno == EPERM);
	CHECK(ioctl(inet, SIOCGIFFLAGS, &r) == 0);
	CHECK(ioctl(inet, SIOCSIFFLAGS, &r) == -1 && errno == EPERM);
	CHECK(ioctl(inet, SIOCSIFADDR, &r) == -1 && errno == EPERM);
	CHECK(if_nametoindex("lo") == 1);
	return 0;
}

static void test_permission(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(child());
	tap_ok(reap(pid) == 0, "who is not root changes nothing");
}

/* One interface: what the C library says of it, and the ioctls. */
static bool same(const struct ifaddrs *list, const char *name, unsigned index)
{
	const struct sockaddr_ll *ll = NULL;
	struct in_addr addr = {0}, mask = {0};
	struct ifreq r;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), found = 0;
	bool ok;

	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		if (strcmp(i->ifa_name, name) != 0 || i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_PACKET)
			ll = (const struct sockaddr_ll *)i->ifa_addr;
		if (i->ifa_addr->sa_family == AF_INET && found++ == 0) {
			addr = ((const struct sockaddr_in *)i->ifa_addr)->sin_addr;
			mask = ((const struct sockaddr_in *)i->ifa_netmask)->sin_addr;
		}
	}
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, name);
	ok = ll != NULL && ll->sll_ifindex == (int)index && if_nametoindex(name) == index;
	ok = ok && ioctl(fd, SIOCGIFINDEX, &r) == 0 && r.ifr_ifindex == (int)index;
	ok = ok && ioctl(fd, SIOCGIFHWADDR, &r) == 0 && r.ifr_hwaddr.sa_family == ll->sll_hatype &&
	     memcmp(r.ifr_hwaddr.sa_data, ll->sll_addr, 6) == 0;
	if (found > 0) {
		ok = ok && ioctl(fd, SIOCGIFADDR, &r) == 0 &&
		     ((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr == addr.s_addr;
		ok = ok && ioctl(fd, SIOCGIFNETMASK, &r) == 0 &&
		     ((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr == mask.s_addr;
	} else {
		ok = ok && ioctl(fd, SIOCGIFADDR, &r) == -1 && errno == EADDRNOTAVAIL;
	}
	close(fd);
	return ok;
}

static void test_library(void)
{
	struct if_nameindex *names = if_nameindex();
	struct ifaddrs *list = NULL;
	struct ifreq r = {.ifr_name = "nix0"};
	int local = socket(AF_UNIX, SOCK_STREAM, 0), netlink = route();
	char name[IF_NAMESIZE];
	bool all = true, lo = false;

	tap_ok(names != NULL && names[0].if_index == 1 && strcmp(names[0].if_name, "lo") == 0,
	       "if_nameindex: lo first");
	tap_ok(getifaddrs(&list) == 0 && list != NULL, "getifaddrs");
	for (unsigned i = 0; names != NULL && names[i].if_index != 0; i++) {
		if (!same(list, names[i].if_name, names[i].if_index)) {
			tap_note("%s", names[i].if_name);
			all = false;
		}
		if (if_indextoname(names[i].if_index, name) != name || strcmp(name, names[i].if_name) != 0)
			all = false;
	}
	tap_ok(all, "all interfaces: getifaddrs, names and ioctls agree");
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET && strcmp(i->ifa_name, "lo") == 0)
			lo |= (i->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING)) ==
				  (IFF_UP | IFF_LOOPBACK | IFF_RUNNING) &&
			      ((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
			      ((struct sockaddr_in *)i->ifa_netmask)->sin_addr.s_addr == htonl(0xff000000);
	tap_ok(lo, "lo is 127.0.0.1/8");
	tap_ok(if_nametoindex("nix0") == 0 && errno == ENODEV, "no such name");
	tap_ok(if_indextoname(4711, name) == NULL && errno == ENXIO, "no such index");
	tap_ok(fails(ioctl(local, SIOCGIFFLAGS, &r), ENODEV), "ioctls of a local socket");
	tap_ok(fails(ioctl(local, SIOCGIFADDR, &r), ENOTTY), "without addresses");
	strcpy(r.ifr_name, "lo");
	tap_ok(ioctl(netlink, SIOCGIFMAP, &r) == 0 && r.ifr_map.irq == 0, "SIOCGIFMAP of a netlink socket");
	freeifaddrs(list);
	if_freenameindex(names);
	close(local);
	close(netlink);
}

int main(void)
{
	test_dumps();
	test_one();
	test_errors();
	test_truncation();
	test_sockets();
	test_overrun();
	test_permission();
	test_library();
	return tap_end();
}
