/* SPDX-License-Identifier: ISC */
/* Interfaces and their addresses; and what members of groups are told when those change. */
#include "route.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>

#include "abi/errno.h"
#include "kernel/init.h"
#include "kernel/netdev.h"
#include "lib/string.h"
#include "net/interfaces.h"

/* RFC 2863, as linux/if.h has them. */
#define OPER_UNKNOWN 0
#define OPER_DOWN    2
#define OPER_UP      6

static void put_stats(struct nl_out *o, const struct netdev *d)
{
	struct rtnl_link_stats64 s = {0};
	uint32_t v[sizeof(struct rtnl_link_stats) / sizeof(uint32_t)] = {0};

	if (d != NULL) {
		s.rx_packets = d->rx_packets;
		s.tx_packets = d->tx_packets;
		s.rx_bytes = d->rx_bytes;
		s.tx_bytes = d->tx_bytes;
		s.rx_dropped = d->rx_dropped;
		s.tx_dropped = d->tx_dropped;
	}
	for (unsigned i = 0; i < sizeof v / sizeof v[0]; i++)
		v[i] = (uint32_t)((const uint64_t *)&s)[i]; /* the same fields in the same order */
	nl_attr(o, IFLA_STATS64, &s, sizeof s);
	nl_attr(o, IFLA_STATS, v, sizeof v);
}

static void put_link(struct nl_out *o, const struct net_iface *i)
{
	static const uint8_t none[6], all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct ifinfomsg *m = nl_begin(o, RTM_NEWLINK, sizeof *m);
	bool up = (i->flags & IFF_LOWER_UP) != 0;

	if (m == NULL)
		return;
	m->ifi_type = i->dev != NULL ? ARPHRD_ETHER : ARPHRD_LOOPBACK;
	m->ifi_index = i->index;
	m->ifi_flags = i->flags;
	nl_attr_str(o, IFLA_IFNAME, i->name);
	nl_attr_u32(o, IFLA_TXQLEN, i->queue);
	nl_attr_u8(o, IFLA_OPERSTATE, i->dev == NULL ? OPER_UNKNOWN : up ? OPER_UP : OPER_DOWN);
	nl_attr_u8(o, IFLA_LINKMODE, 0);
	nl_attr_u32(o, IFLA_MTU, i->mtu);
	nl_attr_u32(o, IFLA_GROUP, 0);
	nl_attr_u32(o, IFLA_PROMISCUITY, 0);
	nl_attr_u32(o, IFLA_NUM_TX_QUEUES, 1);
	nl_attr_u32(o, IFLA_NUM_RX_QUEUES, 1);
	nl_attr_u8(o, IFLA_CARRIER, up);
	nl_attr_str(o, IFLA_QDISC, i->dev != NULL ? "pfifo" : "noqueue");
	nl_attr(o, IFLA_ADDRESS, i->dev != NULL ? i->dev->mac : none, 6);
	nl_attr(o, IFLA_BROADCAST, i->dev != NULL ? all : none, 6);
	put_stats(o, i->dev);
}

/* The name that a request asks for; at most as long as names are, and terminated. */
static const char *wanted_name(const struct nlmsghdr *h, char name[16])
{
	const char *s = nl_find(h, sizeof(struct ifinfomsg), IFLA_IFNAME, 1);

	if (s == NULL)
		s = nl_find(h, sizeof(struct ifinfomsg), IFLA_ALT_IFNAME, 1);
	if (s == NULL)
		return NULL;
	memset(name, 0, 16);
	for (unsigned k = 0; k < 15 && s[k] != '\0' && (const uint8_t *)s + k < (const uint8_t *)h + h->nlmsg_len; k++)
		name[k] = s[k];
	return name;
}

static int link_one(struct nl_out *o, const struct nlmsghdr *h, int index)
{
	char room[16];
	const char *name = wanted_name(h, room);
	struct net_iface i;

	if (index < 0 || (index == 0 && name == NULL))
		return -EINVAL;
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (index > 0 ? i.index == index : strcmp(i.name, name) == 0) {
			put_link(o, &i);
			return 0;
		}
	return -ENODEV;
}

int link_get(struct nl_out *o, const struct nlmsghdr *h)
{
	struct ifinfomsg m;
	struct net_iface i;

	route_body(h, &m, sizeof m);
	if ((o->flags & NLM_F_MULTI) == 0)
		return link_one(o, h, m.ifi_index);
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		put_link(o, &i);
	return 0;
}

static void put_addr(struct nl_out *o, unsigned type, const struct net_iface *i)
{
	bool broadcast = (i->flags & IFF_BROADCAST) != 0;
	unsigned bits = net_mask_bits(i->mask), flags = i->lease == UINT32_MAX ? IFA_F_PERMANENT : 0;
	struct ifa_cacheinfo life = {.ifa_prefered = i->lease, .ifa_valid = i->lease};
	struct ifaddrmsg *m = nl_begin(o, type, sizeof *m);
	uint32_t all = i->addr | ~i->mask;

	if (m == NULL)
		return;
	*m = (struct ifaddrmsg){.ifa_family = AF_INET,
				.ifa_prefixlen = (uint8_t)bits,
				.ifa_flags = (uint8_t)flags,
				.ifa_scope = i->dev == NULL ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
				.ifa_index = (uint32_t)i->index};
	nl_attr(o, IFA_ADDRESS, &i->addr, sizeof i->addr);
	nl_attr(o, IFA_LOCAL, &i->addr, sizeof i->addr);
	if (broadcast && bits < 31)
		nl_attr(o, IFA_BROADCAST, &all, sizeof all);
	nl_attr_str(o, IFA_LABEL, i->name);
	nl_attr_u32(o, IFA_FLAGS, flags);
	nl_attr(o, IFA_CACHEINFO, &life, sizeof life);
}

int addr_get(struct nl_out *o, const struct nlmsghdr *h)
{
	struct ifaddrmsg m;
	struct net_iface i;

	route_body(h, &m, sizeof m);
	if (m.ifa_family != AF_UNSPEC && m.ifa_family != AF_INET)
		return 0;
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (i.addr != 0 && (!o->to->strict || m.ifa_index == 0 || (int)m.ifa_index == i.index))
			put_addr(o, RTM_NEWADDR, &i);
	return 0;
}

static void tell(unsigned group, unsigned type, const struct net_iface *i)
{
	struct netlink_sock *n, *next;

	list_for_each_entry_safe (n, next, &netlink_all, link) {
		struct nl_out o = {.to = n, .groups = 1u << (group - 1)};

		if (n->s.protocol != NETLINK_ROUTE || (n->groups & o.groups) == 0)
			continue;
		if (type == RTM_NEWLINK)
			put_link(&o, i);
		else
			put_addr(&o, type, i);
		nl_send(&o);
	}
}

static void changed(const struct net_iface *now, uint32_t old_addr, uint32_t old_mask)
{
	struct net_iface old = *now;

	if (now->addr == old_addr && now->mask == old_mask) {
		tell(RTNLGRP_LINK, RTM_NEWLINK, now);
		return;
	}
	old.addr = old_addr;
	old.mask = old_mask;
	if (old_addr != 0)
		tell(RTNLGRP_IPV4_IFADDR, RTM_DELADDR, &old);
	if (now->addr != 0)
		tell(RTNLGRP_IPV4_IFADDR, RTM_NEWADDR, now);
}

static void link_init(void)
{
	net_iface_hook = changed;
}
INIT(INIT_NET, link_init);
