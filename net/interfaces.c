/* SPDX-License-Identifier: ISC */
/* lwIP's interfaces as others are told of them: see net/interfaces.h. */
#include "net/interfaces.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "netif.h"

void (*net_iface_hook)(const struct net_iface *now, uint32_t old_addr, uint32_t old_mask);

static uint32_t lease_of(struct netif *n)
{
	const struct dhcp *d = netif_dhcp_data(n);

	if (d == NULL || d->t0_timeout == 0)
		return UINT32_MAX;
	if (d->lease_used >= d->t0_timeout)
		return 0;
	return (uint32_t)(d->t0_timeout - d->lease_used) * DHCP_COARSE_TIMER_SECS;
}

static void fill(struct netif *n, struct net_iface *i)
{
	bool ether = (n->flags & NETIF_FLAG_ETHARP) != 0;
	const struct net_if *own = ether ? n->state : NULL;

	*i = (struct net_iface){
	    .index = netif_get_index(n),
	    .name = ether ? own->dev->name : "lo",
	    .flags = ether ? IFF_BROADCAST | IFF_MULTICAST : IFF_LOOPBACK,
	    .mtu = n->mtu,
	    .queue = ether ? NET_IF_QUEUE : 1000,
	    .dev = ether ? own->dev : NULL,
	    .addr = netif_ip4_addr(n)->addr,
	    .mask = ip4_addr_isany(netif_ip4_addr(n)) ? 0 : netif_ip4_netmask(n)->addr,
	    .gateway = n == netif_default ? netif_ip4_gw(n)->addr : 0,
	    .dhcp = ether && own->dhcp,
	    .lease = UINT32_MAX,
	};
	if (i->dhcp)
		i->lease = lease_of(n);
	if (netif_is_up(n))
		i->flags |= IFF_UP;
	if (netif_is_up(n) && (!ether || netif_is_link_up(n)))
		i->flags |= IFF_RUNNING | IFF_LOWER_UP;
}

bool net_iface_next(int index, struct net_iface *i)
{
	struct netif *best = NULL;

	for (struct netif *n = netif_list; n != NULL; n = n->next)
		if (netif_get_index(n) >= index && (best == NULL || netif_get_index(n) < netif_get_index(best)))
			best = n;
	if (best != NULL)
		fill(best, i);
	return best != NULL;
}

static bool is_ours(const struct netif *n, const ip4_addr_t *ip)
{
	return ip4_addr_cmp(ip, netif_ip4_addr(n)) || ((n->flags & NETIF_FLAG_ETHARP) == 0 && ip4_addr_isloopback(ip));
}

int net_way(uint32_t dst, uint32_t source, struct net_way *w)
{
	ip4_addr_t to = {dst};
	struct netif *n;

	*w = (struct net_way){.index = 1, .source = source};
	for (n = netif_list; n != NULL; n = n->next)
		if (is_ours(n, &to)) { /* by lo, whose address it is */
			w->local = true;
			w->source = source != 0 ? source : dst;
			return 0;
		}
	n = ip4_route(&to);
	if (n == NULL)
		return -ENETUNREACH;
	w->index = netif_get_index(n);
	w->source = source != 0 ? source : netif_ip4_addr(n)->addr;
	w->broadcast = ip4_addr_isbroadcast(&to, n) != 0;
	w->multicast = ip4_addr_ismulticast(&to);
	if (!w->broadcast && !w->multicast && !ip4_addr_netcmp(&to, netif_ip4_addr(n), netif_ip4_netmask(n)))
		w->gateway = netif_ip4_gw(n)->addr;
	return 0;
}

bool net_neighbour_next(unsigned *k, struct net_neighbour *n)
{
	while (*k < ARP_TABLE_SIZE) {
		struct eth_addr *mac;
		struct netif *on;
		ip4_addr_t *ip;

		if (etharp_get_entry((*k)++, &ip, &on, &mac) == 0 || on == NULL)
			continue;
		*n = (struct net_neighbour){.index = netif_get_index(on), .addr = ip->addr};
		memcpy(n->mac, mac->addr, sizeof n->mac);
		return true;
	}
	return false;
}

void net_if_changed(struct net_if *own)
{
	uint32_t addr = own->told_addr, mask = own->told_mask;
	struct net_iface i;

	fill(&own->nif, &i);
	own->told_addr = i.addr;
	own->told_mask = i.mask;
	if (net_iface_hook != NULL)
		net_iface_hook(&i, addr, mask);
}
