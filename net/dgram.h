/* SPDX-License-Identifier: ISC */
/* The receive queue that UDP and raw sockets share: packets in place, within rcvbuf. */
#ifndef NET_DGRAM_H
#define NET_DGRAM_H

#include "inet.h"

struct dgram {
	struct list link;
	struct pbuf *p;
	unsigned charge; /* bytes of memory that it holds */
	ip_addr_t from, to;
	uint16_t port;
	uint8_t ifindex;
};

struct dgram_queue {
	struct list list;
	unsigned charge;
};

/* Takes p over (frees it when there is no room) and wakes readers. */
void dgram_put(struct sock *s, struct dgram_queue *q, struct pbuf *p, const ip_addr_t *from, uint16_t port);
void dgram_drop(struct dgram_queue *q);
/* One packet by recv's rules; m->name and packet information are filled in. `pktinfo`: IP_PKTINFO is on. */
ssize_t dgram_recv(struct sock *s, struct dgram_queue *q, struct sock_msg *m, bool nonblock, bool pktinfo);
/* A pbuf with the message; -EMSGSIZE, -EFAULT, -ENOBUFS. */
int dgram_build(struct sock_msg *m, size_t max, struct pbuf **out);
unsigned dgram_poll(struct sock *s, const struct dgram_queue *q);
long dgram_ioctl(struct sock *s, const struct dgram_queue *q, unsigned cmd, uintptr_t arg);

#endif
