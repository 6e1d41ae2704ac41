/* SPDX-License-Identifier: ISC */
/*
 * Inside: sockets (netlink.c), messages out (reply.c), and what is asked of whom (route.c, diag.c).
 * A request is answered at once, as a whole: datagrams in the socket's queue.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/netlink.h>

#include "net/sock.h"
#include "net/sockdef.h"

struct nl_dgram {
	struct list link;
	uint32_t len, room;
	uint32_t port, groups; /* who sent it, 0: the kernel; to which groups */
	_Alignas(8) uint8_t data[];
};

struct netlink_sock {
	struct sock s;
	struct list link; /* all */
	uint32_t port; /* 0: not bound */
	uint32_t dst_port, dst_groups; /* connect */
	uint32_t groups; /* a bit for each of 1 to 32 */
	bool cap_ack, ext_ack, strict, no_enobufs;
	struct list rx; /* struct nl_dgram */
	size_t rx_bytes;
};

/* netlink.c */
extern struct list netlink_all;
/* Takes d over; without room in the queue it is lost, which the socket learns by ENOBUFS. */
void netlink_queue(struct netlink_sock *n, struct nl_dgram *d);
struct nl_dgram *netlink_dgram(size_t room) MUST_CHECK;

/* reply.c: messages to one socket, several in a datagram. */
struct nl_out {
	struct netlink_sock *to;
	struct nl_dgram *d;
	struct nlmsghdr *h; /* the message being made */
	uint32_t seq;
	uint16_t flags; /* of each message */
	uint32_t groups; /* a notification */
	int err;
};

/* A message with a body of n zero bytes, or NULL (o->err). */
void *nl_begin(struct nl_out *o, unsigned type, size_t n) MUST_CHECK;
void nl_attr(struct nl_out *o, unsigned type, const void *data, size_t n);
static inline void nl_attr_u32(struct nl_out *o, unsigned type, uint32_t v)
{
	nl_attr(o, type, &v, sizeof v);
}
static inline void nl_attr_u8(struct nl_out *o, unsigned type, uint8_t v)
{
	nl_attr(o, type, &v, sizeof v);
}
void nl_attr_str(struct nl_out *o, unsigned type, const char *s);
void nl_send(struct nl_out *o);
/* A request's attribute after a body of n bytes: at least `least` bytes of data; NULL: it is not there. */
const void *nl_find(const struct nlmsghdr *h, size_t body, unsigned type, size_t least);

/* A datagram of requests from n to the kernel. */
void netlink_input(struct netlink_sock *n, const uint8_t *data, size_t len);

/* One request of a protocol's: 0 or -errno; what is dumped or answered goes to o, whose flags say NLM_F_MULTI when it is a
 * dump. */
int route_request(struct nl_out *o, const struct nlmsghdr *h);
int diag_request(struct nl_out *o, const struct nlmsghdr *h);

#endif
