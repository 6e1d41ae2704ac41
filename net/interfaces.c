/* SPDX-License-Identifier: ISC */
/* lwIP's interfaces as others are told of them: see net/interfaces.h. */
#include "net/interfaces.h"

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
