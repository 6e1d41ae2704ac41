/* SPDX-License-Identifier: ISC */
/* Options of sockets. */
#include "call.h"
#include "names.h"

#include "linux/names_of.h"
#include "net/sockdef.h"

#include <asm/unistd.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/tcp.h>

static const struct name levels[] = {
    {0, "SOL_IP"},    {SOL_SOCKET, "SOL_SOCKET"}, {6, "SOL_TCP"},   {17, "SOL_UDP"},
    {41, "SOL_IPV6"}, {58, "SOL_ICMPV6"},         {255, "SOL_RAW"}, {SOL_NETLINK, "SOL_NETLINK"}};
static const struct names level_names = NAMES(levels, NULL, "SOL_??");

static const struct name socket_options[] = {
    N(SO_DEBUG),      N(SO_REUSEADDR),    N(SO_TYPE),         N(SO_ERROR),        N(SO_DONTROUTE), N(SO_BROADCAST),
    N(SO_SNDBUF),     N(SO_RCVBUF),       N(SO_KEEPALIVE),    N(SO_OOBINLINE),    N(SO_NO_CHECK),  N(SO_PRIORITY),
    N(SO_LINGER),     N(SO_BSDCOMPAT),    N(SO_REUSEPORT),    N(SO_PASSCRED),     N(SO_PEERCRED),  N(SO_RCVLOWAT),
    N(SO_SNDLOWAT),   N(SO_RCVTIMEO_OLD), N(SO_SNDTIMEO_OLD), N(SO_BINDTODEVICE), N(SO_PEERNAME),  N(SO_TIMESTAMP_OLD),
    N(SO_ACCEPTCONN), N(SO_SNDBUFFORCE),  N(SO_RCVBUFFORCE),  N(SO_MARK),         N(SO_PROTOCOL),  N(SO_DOMAIN),
    N(SO_BUSY_POLL),  N(SO_INCOMING_CPU), N(SO_COOKIE),       N(SO_ZEROCOPY)};
static const struct name ip_options[] = {N(IP_TOS),
					 N(IP_TTL),
					 N(IP_HDRINCL),
					 N(IP_OPTIONS),
					 N(IP_RECVOPTS),
					 N(IP_PKTINFO),
					 N(IP_MTU_DISCOVER),
					 N(IP_RECVERR),
					 N(IP_RECVTTL),
					 N(IP_RECVTOS),
					 N(IP_MTU),
					 N(IP_FREEBIND),
					 N(IP_TRANSPARENT),
					 N(IP_MULTICAST_IF),
					 N(IP_MULTICAST_TTL),
					 N(IP_MULTICAST_LOOP),
					 N(IP_ADD_MEMBERSHIP),
					 N(IP_DROP_MEMBERSHIP),
					 N(IP_BIND_ADDRESS_NO_PORT)};
static const struct name ip6_options[] = {N(IPV6_UNICAST_HOPS),   N(IPV6_MULTICAST_IF), N(IPV6_MULTICAST_HOPS),
					  N(IPV6_MULTICAST_LOOP), N(IPV6_MTU_DISCOVER), N(IPV6_MTU),
					  N(IPV6_RECVERR),        N(IPV6_V6ONLY),       N(IPV6_RECVPKTINFO),
					  N(IPV6_PKTINFO),        N(IPV6_RECVTCLASS),   N(IPV6_TCLASS)};
static const struct name tcp_options[] = {
    N(TCP_NODELAY),  N(TCP_MAXSEG),    N(TCP_CORK),          N(TCP_KEEPIDLE),         N(TCP_KEEPINTVL),
    N(TCP_KEEPCNT),  N(TCP_SYNCNT),    N(TCP_LINGER2),       N(TCP_DEFER_ACCEPT),     N(TCP_WINDOW_CLAMP),
    N(TCP_INFO),     N(TCP_QUICKACK),  N(TCP_CONGESTION),    N(TCP_MD5SIG),           N(TCP_USER_TIMEOUT),
    N(TCP_FASTOPEN), N(TCP_TIMESTAMP), N(TCP_NOTSENT_LOWAT), N(TCP_FASTOPEN_CONNECT), N(TCP_ULP)};
static const struct name udp_options[] = {{1, "UDP_CORK"}, {100, "UDP_ENCAP"}, {103, "UDP_SEGMENT"}, {104, "UDP_GRO"}};

static const struct name netlink_options[] = {
    N(NETLINK_ADD_MEMBERSHIP), N(NETLINK_DROP_MEMBERSHIP), N(NETLINK_PKTINFO),          N(NETLINK_BROADCAST_ERROR),
    N(NETLINK_NO_ENOBUFS),     N(NETLINK_LISTEN_ALL_NSID), N(NETLINK_LIST_MEMBERSHIPS), N(NETLINK_CAP_ACK),
    N(NETLINK_EXT_ACK),        N(NETLINK_GET_STRICT_CHK)};

static const struct {
	int level;
	struct names names;
} options[] = {
    {SOL_SOCKET, NAMES(socket_options, NULL, "SO_???")}, {SOL_IP, NAMES(ip_options, NULL, "IP_???")},
    {41, NAMES(ip6_options, NULL, "IPV6_???")},          {SOL_TCP, NAMES(tcp_options, NULL, "TCP_???")},
    {SOL_UDP, NAMES(udp_options, NULL, "UDP_???")},      {SOL_NETLINK, NAMES(netlink_options, NULL, "NETLINK_???")},
};

void print_level_name(struct line *l, int level)
{
	line_name(l, (uint32_t)level, &level_names);
}

void print_level(struct line *l, const struct traced *c, unsigned i)
{
	print_level_name(l, (int)CALLARG(c->args, i));
}

void print_option_name(struct line *l, int level, int option)
{
	for (unsigned i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].level == level) {
			line_name(l, (uint32_t)option, &options[i].names);
			return;
		}
	}
	line_add(l, "%d", option);
}

void print_option(struct line *l, const struct traced *c, unsigned i)
{
	print_option_name(l, (int)CALLARG(c->args, i - 1), (int)CALLARG(c->args, i));
}

static void ip_address(struct line *l, const char *name, const uint8_t *a)
{
	line_add(l, "%s=inet_addr(\"%u.%u.%u.%u\")", name, a[0], a[1], a[2], a[3]);
}

/* Structures; false: it is not one. */
static bool structure(struct line *l, int level, int option, uintptr_t addr, size_t len)
{
	unsigned v[3];

	if (level == SOL_SOCKET && option == SO_LINGER) {
		if (len < 2 * sizeof v[0])
			line_address(l, addr);
		else if (line_fetch(l, v, addr, 2 * sizeof v[0]))
			line_add(l, "{l_onoff=%d, l_linger=%d}", (int)v[0], (int)v[1]);
		return true;
	}
	if (level == SOL_SOCKET && option == SO_PEERCRED && len >= sizeof v) {
		if (line_fetch(l, v, addr, sizeof v))
			line_add(l, "{pid=%u, uid=%u, gid=%u}", v[0], v[1], v[2]);
		return true;
	}
	if (level == SOL_IP && (option == IP_ADD_MEMBERSHIP || option == IP_DROP_MEMBERSHIP) &&
	    len >= 2 * sizeof v[0]) {
		if (line_fetch(l, v, addr, 2 * sizeof v[0])) {
			ip_address(l, "{imr_multiaddr", (const uint8_t *)&v[0]);
			ip_address(l, ", imr_interface", (const uint8_t *)&v[1]);
			line_add(l, "}");
		}
		return true;
	}
	return false;
}

static bool is_text(int level, int option)
{
	return level == SOL_SOCKET && (option == SO_BINDTODEVICE || option == SO_RCVTIMEO_OLD ||
				       option == SO_SNDTIMEO_OLD || option == SO_PEERNAME);
}

void print_option_value(struct line *l, const struct traced *c, unsigned i)
{
	int level = (int)CALLARG(c->args, 1), option = (int)CALLARG(c->args, 2), v;
	bool get = c->nr == __NR_getsockopt;
	uintptr_t addr = CALLARG(c->args, i);
	uint32_t len = (uint32_t)CALLARG(c->args, i + 1);

	if (get && get_user(len, UPTR(CALLARG(c->args, i + 1))) != 0) {
		line_address(l, addr);
		return;
	}
	if (structure(l, level, option, addr, len))
		return;
	if (!is_text(level, option) && len == sizeof v) {
		if (!line_fetch(l, &v, addr, sizeof v))
			return;
		if (get && level == SOL_SOCKET && option == SO_ERROR && error_name(v) != NULL)
			line_add(l, "[%s]", error_name(v));
		else
			line_add(l, "[%d]", v);
		return;
	}
	if (!get && !is_text(level, option) && level == SOL_SOCKET)
		line_address(l, addr);
	else
		line_buffer(l, addr, len);
}
