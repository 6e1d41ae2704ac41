/* SPDX-License-Identifier: ISC */
/*
 * The network interfaces as they are now, for all who tell of them: ioctls, netlink, /proc/net. Addresses and masks are
 * IPv4, in network order. Interfaces are numbered from 1 (lo) and are there from boot on, for good. Kernel lock.
 */
#ifndef NET_INTERFACES_H
#define NET_INTERFACES_H

#include "lib/base.h"

struct netdev;

/* Linux's bits (linux/if.h, which cannot be included without a C library). */
#define IFF_UP        0x1u
#define IFF_BROADCAST 0x2u
#define IFF_LOOPBACK  0x8u
#define IFF_RUNNING   0x40u
#define IFF_MULTICAST 0x1000u
#define IFF_LOWER_UP  0x10000u

#define ARPHRD_ETHER    1
#define ARPHRD_LOOPBACK 772

struct net_iface {
	int index;
	const char *name;
	unsigned flags; /* IFF_* */
	unsigned mtu, queue; /* bytes; frames that wait for a full device */
	const struct netdev *dev; /* NULL: lo */
	uint32_t addr, mask; /* 0: it has none */
	uint32_t gateway; /* of the default route, when that goes by here; else 0 */
	bool dhcp;
	uint32_t lease; /* seconds for which the address is sure; UINT32_MAX: for ever */
};

/* A mask's length. */
static inline unsigned net_mask_bits(uint32_t mask)
{
	unsigned n = 0;

	for (; mask != 0; mask &= mask - 1)
		n++;
	return n;
}

#pragma GCC visibility push(default)
/* The first interface whose index is at least `index`; false: there is none. */
bool net_iface_next(int index, struct net_iface *i);
/* Which way a packet goes; source 0: not chosen yet. -ENETUNREACH. */
struct net_way {
	int index;
	uint32_t gateway, source; /* gateway 0: none */
	bool local, broadcast, multicast;
};
int net_way(uint32_t dst, uint32_t source, struct net_way *w) MUST_CHECK;

struct net_neighbour {
	int index;
	uint32_t addr;
	uint8_t mac[6];
};
/* The first known one from number *k on, which is moved on; false: no more. */
bool net_neighbour_next(unsigned *k, struct net_neighbour *n);

/* Told when an interface's link or address has changed; the address that it had. NULL: nobody wants to know. */
extern void (*net_iface_hook)(const struct net_iface *now, uint32_t old_addr, uint32_t old_mask);
#pragma GCC visibility pop

#endif
