/* SPDX-License-Identifier: ISC */
/* Sockets: families, addresses, messages. */
#include "call.h"
#include "names.h"

#include "lib/string.h"
#include "net/sockdef.h"

#include <linux/un.h>

#define AF_INET6    10
#define AF_NETLINK  16
#define AF_PACKET   17
#define TYPE_BITS   15u
#define TYPE_KNOWN  6u
#define ADDRESS_MAX 128u
#define PORT        2 /* where an address of AF_INET or AF_INET6 has its port */
#define CONTROL_MAX 16u

static const struct name families[] = {{0, "AF_UNSPEC"},   {1, "AF_UNIX"},    {2, "AF_INET"},       {10, "AF_INET6"},
				       {16, "AF_NETLINK"}, {17, "AF_PACKET"}, {31, "AF_BLUETOOTH"}, {40, "AF_VSOCK"}};
static const struct names family_names = NAMES(families, NULL, "AF_???");
static const struct name types[] = {{1, "SOCK_STREAM"}, {2, "SOCK_DGRAM"},     {3, "SOCK_RAW"},
				    {4, "SOCK_RDM"},    {5, "SOCK_SEQPACKET"}, {6, "SOCK_DCCP"}};
static const struct names type_names = NAMES(types, NULL, "SOCK_???");
static const struct name protocols[] = {{0, "IPPROTO_IP"},      {1, "IPPROTO_ICMP"},   {2, "IPPROTO_IGMP"},
					{6, "IPPROTO_TCP"},     {17, "IPPROTO_UDP"},   {41, "IPPROTO_IPV6"},
					{58, "IPPROTO_ICMPV6"}, {132, "IPPROTO_SCTP"}, {136, "IPPROTO_UDPLITE"},
					{255, "IPPROTO_RAW"}};
static const struct names protocol_names = NAMES(protocols, NULL, "IPPROTO_???");

struct message { /* struct msghdr, and what recvmmsg adds */
	uint64_t name;
	int32_t name_len, pad;
	uint64_t iov, iov_len, control, control_len;
	uint32_t flags, pad2;
	uint32_t len;
};
#define MESSAGE_BYTES  56
#define MMESSAGE_BYTES 64

struct control {
	uint64_t len;
	int32_t level, type;
};

void print_family(struct line *l, const struct traced *c, unsigned i)
{
	line_name(l, (uint32_t)CALLARG(c->args, i), &family_names);
}

void print_socket_type(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t v = (uint32_t)CALLARG(c->args, i), type = v & TYPE_BITS;
	uint64_t rest;

	if (type == 0 || type > TYPE_KNOWN) {
		line_flags(l, v, &names_sock_flags);
		return;
	}
	line_name(l, type, &type_names);
	rest = line_bits(l, v & ~TYPE_BITS, &names_sock_flags, false);
	if (rest != 0)
		line_add(l, "|%#lx", (unsigned long)rest);
}

void print_protocol(struct line *l, const struct traced *c, unsigned i)
{
	unsigned family = (unsigned)CALLARG(c->args, i - 2), v = (unsigned)CALLARG(c->args, i);

	if (family == AF_INET || family == AF_INET6)
		line_name(l, v, &protocol_names);
	else if (family == AF_NETLINK && (v == 0 || v == 4))
		line_add(l, v == 0 ? "NETLINK_ROUTE" : "NETLINK_SOCK_DIAG");
	else
		line_add(l, "%u", v);
}

static unsigned net16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* RFC 5952: the longest run of two or more zero groups is left out. */
static void inet6(struct line *l, const uint8_t *a)
{
	unsigned best = 0, best_len = 1;

	if (net16(a + 10) == 0xffff && net16(a) + net16(a + 2) + net16(a + 4) + net16(a + 6) + net16(a + 8) == 0) {
		line_add(l, "::ffff:%u.%u.%u.%u", a[12], a[13], a[14], a[15]);
		return;
	}
	for (unsigned i = 0, n; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && net16(a + (i + n) * 2) == 0; n++)
			;
		if (n > best_len) {
			best = i;
			best_len = n;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (best_len > 1 && i == best) {
			line_add(l, "::");
			i += best_len - 1;
		} else {
			line_add(l, i > 0 && !(best_len > 1 && i == best + best_len) ? ":%x" : "%x", net16(a + i * 2));
		}
	}
}

static void unix_path(struct line *l, const char *path, size_t n)
{
	if (n == 0)
		return;
	line_add(l, path[0] == '\0' ? ", sun_path=@" : ", sun_path=");
	if (path[0] == '\0')
		line_quoted(l, path + 1, n - 1, false);
	else
		line_quoted(l, path, strnlen(path, n), false);
}

void print_sockaddr_at(struct line *l, uintptr_t addr, size_t len)
{
	uint8_t a[ADDRESS_MAX];
	unsigned family;

	if (len < 2 || len > sizeof a) {
		line_address(l, addr);
		return;
	}
	if (!line_fetch(l, a, addr, len))
		return;
	family = a[0] | (unsigned)a[1] << 8;
	line_add(l, "{sa_family=");
	line_name(l, family, &family_names);
	if (family == AF_UNIX) {
		unix_path(l, (const char *)a + 2, MIN(len - 2, (size_t)UNIX_PATH_MAX));
	} else if (family == AF_INET && len >= 16) {
		line_add(l, ", sin_port=htons(%u), sin_addr=inet_addr(\"%u.%u.%u.%u\")", net16(a + PORT), a[4], a[5],
			 a[6], a[7]);
	} else if (family == AF_INET6 && len >= 24) {
		line_add(l, ", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"", net16(a + PORT),
			 net16(a + 4) << 16 | net16(a + 6));
		inet6(l, a + 8);
		line_add(l, "\", &sin6_addr)");
		if (len >= 28)
			line_add(l, ", sin6_scope_id=%u",
				 a[24] | (unsigned)a[25] << 8 | (unsigned)a[26] << 16 | (unsigned)a[27] << 24);
	} else if (family == AF_NETLINK && len >= 12) {
		line_add(l, ", nl_pid=%u, nl_groups=%02x%02x%02x%02x",
			 a[4] | (unsigned)a[5] << 8 | (unsigned)a[6] << 16 | (unsigned)a[7] << 24, a[11], a[10], a[9],
			 a[8]);
	} else if (len > 2) {
		line_add(l, ", sa_data=");
		line_quoted(l, (const char *)a + 2, MIN(len - 2, (size_t)STRING_SHOWN), len - 2 > STRING_SHOWN);
	}
	line_add(l, "}");
}

void print_sockaddr(struct line *l, const struct traced *c, unsigned i)
{
	print_sockaddr_at(l, CALLARG(c->args, i), CALLARG(c->args, i + 1));
}

/* What the call wrote: as much as there was room for. */
void print_sockaddr_out(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t len = 0;

	if (CALLARG(c->args, i + 1) == 0 || get_user(len, UPTR(CALLARG(c->args, i + 1))) != 0)
		line_address(l, CALLARG(c->args, i));
	else
		print_sockaddr_at(l, CALLARG(c->args, i), MIN(len, (uint32_t)c->saved));
}

void print_socklen(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t len;

	if (!line_fetch(l, &len, CALLARG(c->args, i), sizeof len))
		return;
	if (c->failed || len == (uint32_t)c->saved)
		line_add(l, "[%u]", (uint32_t)c->saved);
	else
		line_add(l, "[%u => %u]", (uint32_t)c->saved, len);
}

static void control_type(struct line *l, const struct control *h)
{
	line_add(l, "{cmsg_len=%lu, cmsg_level=", (unsigned long)h->len);
	print_level_name(l, h->level);
	line_add(l, ", cmsg_type=");
	if (h->level == SOL_SOCKET && h->type == SCM_RIGHTS)
		line_add(l, "SCM_RIGHTS");
	else if (h->level == SOL_SOCKET && h->type == SCM_CREDENTIALS)
		line_add(l, "SCM_CREDENTIALS");
	else
		print_option_name(l, h->level, h->type);
}

static void control_data(struct line *l, const struct control *h, uintptr_t data)
{
	size_t n = h->len - sizeof *h;
	unsigned v[3];

	if (n == 0)
		return;
	line_add(l, ", cmsg_data=");
	if (h->level == SOL_SOCKET && h->type == SCM_RIGHTS)
		line_list(l, data, n / sizeof(int), sizeof(int), line_item_int, NULL);
	else if (n == sizeof v && line_fetch(l, v, data, sizeof v) && h->level == SOL_SOCKET &&
		 h->type == SCM_CREDENTIALS)
		line_add(l, "{pid=%u, uid=%u, gid=%u}", v[0], v[1], v[2]);
	else if (n == sizeof v && h->level == SOL_IP)
		line_add(
		    l, "{ipi_ifindex=%u, ipi_spec_dst=inet_addr(\"%u.%u.%u.%u\"), ipi_addr=inet_addr(\"%u.%u.%u.%u\")}",
		    v[0], v[1] & 255, v[1] >> 8 & 255, v[1] >> 16 & 255, v[1] >> 24, v[2] & 255, v[2] >> 8 & 255,
		    v[2] >> 16 & 255, v[2] >> 24);
	else
		line_buffer(l, data, n);
}

static void controls(struct line *l, uintptr_t at, size_t len)
{
	struct control h;

	line_add(l, "[");
	for (unsigned n = 0; n < CONTROL_MAX && len >= sizeof h && get_user(h, UPTR(at)) == 0; n++) {
		size_t step = (h.len + 7) & ~(uint64_t)7;

		if (h.len < sizeof h || h.len > len)
			break;
		line_add(l, n > 0 ? ", " : "");
		control_type(l, &h);
		control_data(l, &h, at + sizeof h);
		line_add(l, "}");
		at += MIN(step, len);
		len -= MIN(step, len);
	}
	line_add(l, "]");
}

/* saved: msg_namelen before the call, when it has filled in another. bytes: of data that there are. */
static void message(struct line *l, const struct message *m, const uint64_t *saved, long bytes)
{
	line_add(l, "{msg_name=");
	print_sockaddr_at(l, m->name, (size_t)m->name_len);
	if (saved != NULL && (int32_t)*saved != m->name_len)
		line_add(l, ", msg_namelen=%d => %d", (int32_t)*saved, m->name_len);
	else
		line_add(l, ", msg_namelen=%d", m->name_len);
	line_add(l, ", msg_iov=");
	print_iovecs(l, m->iov, m->iov_len, bytes);
	line_add(l, ", msg_iovlen=%lu", (unsigned long)m->iov_len);
	if (m->control != 0 && m->control_len != 0) {
		line_add(l, ", msg_control=");
		controls(l, m->control, m->control_len);
	}
	line_add(l, ", msg_controllen=%lu, msg_flags=", (unsigned long)m->control_len);
	line_flags(l, m->flags, &names_msg);
	line_add(l, "}");
}

void print_msghdr(struct line *l, const struct traced *c, unsigned i)
{
	struct message m;

	if (line_fetch(l, &m, CALLARG(c->args, i), MESSAGE_BYTES))
		message(l, &m, NULL, __LONG_MAX__);
}

void print_msghdr_out(struct line *l, const struct traced *c, unsigned i)
{
	struct message m;

	if (!line_fetch(l, &m, CALLARG(c->args, i), MESSAGE_BYTES))
		return;
	if (c->failed)
		line_add(l, "{msg_namelen=%d}", (int)c->saved);
	else
		message(l, &m, &c->saved, c->result);
}

static void mmessage_item(struct line *l, const void *one, const void *p)
{
	const struct message *m = one;

	(void)p;
	line_add(l, "{msg_hdr=");
	message(l, m, NULL, m->len);
	line_add(l, ", msg_len=%u}", m->len);
}

void print_mmsghdr(struct line *l, const struct traced *c, unsigned i)
{
	_Static_assert(sizeof(struct message) == MMESSAGE_BYTES, "struct mmsghdr");
	line_list(l, CALLARG(c->args, i), (size_t)c->result, MMESSAGE_BYTES, mmessage_item, NULL);
}
