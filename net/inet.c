/* SPDX-License-Identifier: ISC */
/* The inet family: which protocol a socket is, addresses, and the options of IP that TCP and UDP share. */
#include "inet.h"

#include <linux/in.h>

#include "abi/errno.h"
#include "lib/string.h"

int inet_create(int type, int protocol, struct sock **out)
{
	switch (type) {
	case SOCK_STREAM: return protocol == 0 || protocol == IPPROTO_TCP ? tcp_create(out) : -EPROTONOSUPPORT;
	case SOCK_DGRAM:
		if (protocol == IPPROTO_ICMP)
			return raw_create(type, protocol, out);
		return protocol == 0 || protocol == IPPROTO_UDP ? udp_create(out) : -EPROTONOSUPPORT;
	case SOCK_RAW: return protocol == 0 ? -EPROTONOSUPPORT : raw_create(type, protocol, out);
	default: return -ESOCKTNOSUPPORT;
	}
}

static int addr_get(const struct sock_addr *a, bool unspec, ip_addr_t *ip, uint16_t *port)
{
	if (a->len < 16)
		return -EINVAL;
	if (a->family != AF_INET && (a->family != AF_UNSPEC || !unspec || a->in.addr != 0))
		return -EAFNOSUPPORT;
	ip->addr = a->in.addr;
	*port = lwip_ntohs(a->in.port);
	return 0;
}

int inet_addr_get(const struct sock_addr *a, ip_addr_t *ip, uint16_t *port)
{
	return addr_get(a, false, ip, port);
}

int inet_bind_addr_get(const struct sock_addr *a, ip_addr_t *ip, uint16_t *port)
{
	return addr_get(a, true, ip, port);
}

void inet_addr_put(struct sock_addr *a, const ip_addr_t *ip, uint16_t port)
{
	memset(&a->in, 0, sizeof a->in);
	a->in.family = AF_INET;
	a->in.addr = ip->addr;
	a->in.port = lwip_htons(port);
	a->len = sizeof a->in;
}

bool inet_is_broadcast(const ip_addr_t *ip)
{
	struct netif *n;

	if (ip->addr == IPADDR_BROADCAST)
		return true;
	for (n = netif_list; n != NULL; n = n->next)
		if (!ip4_addr_isany(netif_ip4_addr(n)) && ip4_addr_isbroadcast(ip, n))
			return true;
	return false;
}

bool inet_is_ours(const ip_addr_t *ip)
{
	struct netif *n;

	for (n = netif_list; n != NULL; n = n->next)
		if (ip_addr_cmp(ip, netif_ip4_addr(n)))
			return true;
	return false;
}

bool inet_is_local(const ip_addr_t *ip)
{
	return ip_addr_isany(ip) || ip_addr_isloopback(ip) || ip_addr_ismulticast(ip) || inet_is_broadcast(ip) ||
	       inet_is_ours(ip);
}

int inet_option_int(const void *val, unsigned len, int *v)
{
	if (len >= sizeof *v)
		memcpy(v, val, sizeof *v);
	else if (len >= 1)
		*v = *(const uint8_t *)val; /* IP options may be a byte */
	else
		return -EINVAL;
	return 0;
}

/*
 * ICMP errors for what we sent: lwIP's ICMP does not pass them on. A raw pcb of the kernel's own looks at every ICMP
 * packet and eats none.
 */
static u8_t icmp_seen(void *arg UNUSED, struct raw_pcb *pcb UNUSED, struct pbuf *p, const ip_addr_t *from UNUSED)
{
	uint8_t b[20 + 8 + 20 + 8];
	unsigned hlen, inner;
	ip_addr_t src, dst;
	uint16_t sport, dport;
	int err;

	if (pbuf_copy_partial(p, b, 20, 0) != 20)
		return 0;
	hlen = (b[0] & 15u) * 4u;
	if (pbuf_copy_partial(p, b + 20, 36, (u16_t)hlen) != 36 || b[20] != ICMP_DUR)
		return 0;
	inner = (b[28] & 15u) * 4u;
	if (inner != 20 || b[28 + 9] != IPPROTO_UDP)
		return 0;
	memcpy(&src, b + 28 + 12, 4);
	memcpy(&dst, b + 28 + 16, 4);
	memcpy(&sport, b + 48, 2);
	memcpy(&dport, b + 50, 2);
	switch (b[21]) {
	case ICMP_DUR_PORT: err = ECONNREFUSED; break;
	case ICMP_DUR_NET: err = ENETUNREACH; break;
	case ICMP_DUR_PROTO: err = ENOPROTOOPT; break;
	default: err = EHOSTUNREACH; break;
	}
	udp_icmp_error(&src, lwip_ntohs(sport), &dst, lwip_ntohs(dport), err);
	return 0;
}

void inet_icmp_init(void)
{
	struct raw_pcb *pcb = raw_new(IPPROTO_ICMP);

	if (pcb != NULL)
		raw_recv(pcb, icmp_seen, NULL);
}
