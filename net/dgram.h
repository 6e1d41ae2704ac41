/* SPDX-License-Identifier: ISC */
/* What UDP and raw sockets share: the receive queue, with packets in place, within rcvbuf; being connected. */
#ifndef NET_DGRAM_H
#define NET_DGRAM_H

#include "inet.h"

struct dgram {
	struct list link;
	struct pbuf *p;
	unsigned charge; /* bytes of memory that it holds */
	ip_addr_t from, to;
	uint16_t port;
	uint8_t ifindex, ttl, tos;
	uint64_t stamp;
};

struct dgram_sock { /* first in struct udp_sock and struct raw_sock, its sock first in it */
	struct sock s;
	struct list queue;
	unsigned charge;
	bool connected;
	bool pktinfo, recvttl, recvtos; /* IP_PKTINFO … are on */
	uint8_t stamp_type; /* SO_TIMESTAMP, SO_TIMESTAMPNS or 0 */
};

void dgram_init(struct dgram_sock *d, const struct sock_ops *ops, int type, int protocol);
/* Takes p over (frees it when there is no room) and wakes readers. */
void dgram_put(struct dgram_sock *d, struct pbuf *p, const ip_addr_t *from, uint16_t port);
void dgram_drop(struct dgram_sock *d);
/* A pbuf with the message; -EMSGSIZE, -EFAULT, -ENOBUFS. */
int dgram_build(struct sock_msg *m, size_t max, struct pbuf **out);

/* Members of struct sock_ops. */
int dgram_listen(struct sock *s, int backlog); /* -EOPNOTSUPP, as accept */
int dgram_accept(struct sock *s, struct sock **out, bool nonblock);
ssize_t dgram_recv(struct sock *s, struct sock_msg *m, bool nonblock);
int dgram_shutdown(struct sock *s, int how);
unsigned dgram_poll(struct sock *s);
int dgram_setopt(struct sock *s, int level, int name, const void *val, unsigned len); /* what both have */
int dgram_getopt(struct sock *s, int level, int name, int *v);
long dgram_ioctl(struct sock *s, unsigned cmd, uintptr_t arg);

#endif
