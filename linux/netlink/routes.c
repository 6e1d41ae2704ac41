/* SPDX-License-Identifier: ISC */
/*
 * Routes and neighbours. lwIP has no table of routes: an interface's network is reached by it, all else by the default
 * interface's gateway, and that is what is told, with the local table that Linux would have beside it.
 */
#include "route.h"

#include <linux/neighbour.h>

#include "abi/errno.h"
#include "lib/string.h"
#include "net/interfaces.h"

#define RTCF_LOCAL 0x80000000u
#define LOOPBACK   0x0100007fu /* 127.0.0.1 in network order */

struct route {
	unsigned type, table, scope, protocol, flags;
	uint32_t dst;
	unsigned bits;
	uint32_t gateway, source; /* 0: none */
	int oif;
};

static void put_route(struct nl_out *o, const struct route *r)
{
	struct rtmsg *m = nl_begin(o, RTM_NEWROUTE, sizeof *m);

	if (m == NULL)
		return;
	*m = (struct rtmsg){.rtm_family = AF_INET,
			    .rtm_dst_len = (uint8_t)r->bits,
			    .rtm_table = (uint8_t)r->table,
			    .rtm_protocol = (uint8_t)r->protocol,
			    .rtm_scope = (uint8_t)r->scope,
			    .rtm_type = (uint8_t)r->type,
			    .rtm_flags = r->flags};
	nl_attr_u32(o, RTA_TABLE, r->table);
	if (r->bits > 0)
		nl_attr(o, RTA_DST, &r->dst, sizeof r->dst);
	if (r->gateway != 0)
		nl_attr(o, RTA_GATEWAY, &r->gateway, sizeof r->gateway);
	if (r->source != 0)
		nl_attr(o, RTA_PREFSRC, &r->source, sizeof r->source);
	nl_attr_u32(o, RTA_OIF, (uint32_t)r->oif);
}

struct wanted { /* what a strict request limits the dump to; 0: nothing */
	unsigned table, type, protocol;
	int oif;
};

static void put_wanted(struct nl_out *o, const struct wanted *w, const struct route *r)
{
	if ((w->table == 0 || w->table == r->table) && (w->oif == 0 || w->oif == r->oif) &&
	    (w->type == 0 || w->type == r->type) && (w->protocol == 0 || w->protocol == r->protocol))
		put_route(o, r);
}

/* The routes that an interface with an address makes. */
static void put_main(struct nl_out *o, const struct wanted *w, const struct net_iface *i)
{
	struct route r = {.type = RTN_UNICAST, .table = RT_TABLE_MAIN, .oif = i->index};

	if (i->gateway != 0) {
		r.protocol = i->dhcp ? RTPROT_DHCP : RTPROT_STATIC;
		r.scope = RT_SCOPE_UNIVERSE;
		r.gateway = i->gateway;
		put_wanted(o, w, &r);
	}
	r.protocol = RTPROT_KERNEL;
	r.scope = RT_SCOPE_LINK;
	r.gateway = 0;
	r.dst = i->addr & i->mask;
	r.bits = net_mask_bits(i->mask);
	r.source = i->addr;
	if (i->dev != NULL && r.bits < 32)
		put_wanted(o, w, &r);
}

static void put_local(struct nl_out *o, const struct wanted *w, const struct net_iface *i)
{
	unsigned bits = net_mask_bits(i->mask);
	struct route r = {.type = RTN_LOCAL,
			  .table = RT_TABLE_LOCAL,
			  .scope = RT_SCOPE_HOST,
			  .protocol = RTPROT_KERNEL,
			  .source = i->addr,
			  .oif = i->index};

	r.dst = i->addr & i->mask;
	r.bits = bits;
	if (i->dev == NULL)
		put_wanted(o, w, &r); /* all of 127.0.0.0/8 is ours */
	r.dst = i->addr;
	r.bits = 32;
	put_wanted(o, w, &r);
	r.type = RTN_BROADCAST;
	r.scope = RT_SCOPE_LINK;
	r.dst = i->addr | ~i->mask;
	if (i->dev != NULL && bits < 31)
		put_wanted(o, w, &r);
}

/* Which way a packet goes. */
static int route_to(struct nl_out *o, const struct nlmsghdr *h, const struct rtmsg *m)
{
	const void *dst = nl_find(h, sizeof *m, RTA_DST, 4), *src = nl_find(h, sizeof *m, RTA_SRC, 4);
	struct route r = {.type = RTN_UNICAST, .table = RT_TABLE_MAIN, .bits = 32, .flags = RTM_F_CLONED};
	uint32_t from = 0;
	struct sock_cred c;
	struct net_way w;
	int err;

	if (m->rtm_family != AF_INET)
		return m->rtm_family == AF_UNSPEC ? -EOPNOTSUPP : -EAFNOSUPPORT;
	if (dst != NULL)
		memcpy(&r.dst, dst, 4);
	if (src != NULL)
		memcpy(&from, src, 4);
	if (r.dst == 0)
		r.dst = LOOPBACK;
	err = net_way(r.dst, from, &w);
	if (err != 0)
		return err;
	if (w.local)
		r.flags |= RTCF_LOCAL;
	r.type = w.local ? RTN_LOCAL : w.broadcast ? RTN_BROADCAST : w.multicast ? RTN_MULTICAST : RTN_UNICAST;
	r.oif = w.index;
	r.source = w.source;
	r.gateway = w.gateway;
	put_route(o, &r);
	if (o->err == 0 && sock_current_cred != NULL) {
		sock_current_cred(&c);
		nl_attr_u32(o, RTA_UID, c.uid);
	}
	return 0;
}

int routes_get(struct nl_out *o, const struct nlmsghdr *h)
{
	struct wanted w = {0};
	struct net_iface i;
	struct rtmsg m;

	route_body(h, &m, sizeof m);
	if ((o->flags & NLM_F_MULTI) == 0)
		return route_to(o, h, &m);
	if ((m.rtm_family != AF_UNSPEC && m.rtm_family != AF_INET) || (m.rtm_flags & RTM_F_CLONED) != 0)
		return 0;
	if (o->to->strict) {
		const void *table = nl_find(h, sizeof m, RTA_TABLE, 4), *oif = nl_find(h, sizeof m, RTA_OIF, 4);

		w = (struct wanted){.table = m.rtm_table, .type = m.rtm_type, .protocol = m.rtm_protocol};
		if (table != NULL)
			memcpy(&w.table, table, 4);
		if (oif != NULL)
			memcpy(&w.oif, oif, 4);
	}
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (i.addr != 0)
			put_main(o, &w, &i);
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (i.addr != 0)
			put_local(o, &w, &i);
	return 0;
}

int neigh_get(struct nl_out *o, const struct nlmsghdr *h)
{
	struct ndmsg want, *m;
	struct net_neighbour n;

	route_body(h, &want, sizeof want);
	if (want.ndm_family != AF_UNSPEC && want.ndm_family != AF_INET)
		return 0;
	for (unsigned k = 0; net_neighbour_next(&k, &n);) {
		if (o->to->strict && want.ndm_ifindex != 0 && want.ndm_ifindex != n.index)
			continue;
		m = nl_begin(o, RTM_NEWNEIGH, sizeof *m);
		if (m == NULL)
			return 0;
		m->ndm_family = AF_INET;
		m->ndm_ifindex = n.index;
		m->ndm_state = NUD_REACHABLE;
		m->ndm_type = RTN_UNICAST;
		nl_attr(o, NDA_DST, &n.addr, 4);
		nl_attr(o, NDA_LLADDR, n.mac, 6);
	}
	return 0;
}
