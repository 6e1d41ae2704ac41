/* SPDX-License-Identifier: ISC */
/* An interface, as netif.c and join.c see it. */
#ifndef NET_NETIF_H
#define NET_NETIF_H

#include "inet.h"

#define NET_IF_QUEUE 256u

struct join;

/* An interface: lwIP's view of a device. */
struct net_if {
	struct list link;
	struct netif nif;
	struct netdev *dev;
	bool dhcp;
	uint32_t told_addr, told_mask; /* as net_iface_hook was last told */
	bool unflushed, draining;
	uint16_t csum_check, csum_ok; /* NETIF_CHECKSUM_* for a frame to check, and for one that is known to be right */
	struct join *join; /* segments being joined, or NULL */
	unsigned queue_head, queued;
	struct pbuf *queue[NET_IF_QUEUE]; /* for a full device */
};

void ifconfig_start(void); /* ifconfig.c, at boot */
int net_if_send(struct net_if *i, struct pbuf *p);
void net_if_changed(struct net_if *own); /* interfaces.c: link or address */

/* join.c. A cookie with this bit is a struct join's. */
#define JOIN_COOKIE 1u
/* True when p was taken (joined or sent); false: it is to be sent as it is, what came before has been. */
bool join_output(struct net_if *i, struct pbuf *p);
void join_flush(struct net_if *i);
void join_free(void *cookie);

#endif
