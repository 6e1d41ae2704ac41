/* SPDX-License-Identifier: ISC */
/* Interfaces by ioctl (netdevice(7)): what programs ask; setting them is the configuration's. */
#include "netif.h"

#include <linux/sockios.h>

#include "abi/errno.h"
#include "kernel/uaccess.h"
#include "lib/string.h"

/* The layouts and numbers of linux/if.h, which cannot be included without a C library. */
#define NAME_SIZE       16
#define IFF_UP          0x1
#define IFF_BROADCAST   0x2
#define IFF_LOOPBACK    0x8
#define IFF_RUNNING     0x40
#define IFF_MULTICAST   0x1000
#define ARPHRD_ETHER    1
#define ARPHRD_LOOPBACK 772

struct if_addr {
	uint16_t family;
	uint8_t data[14];
};

struct if_request {
	char name[NAME_SIZE];
	union {
		struct if_addr addr;
		int16_t flags;
		int32_t value;
		uint8_t room[24];
	};
};

struct if_conf {
	int32_t len;
	uintptr_t buf;
};

static const char *name_of(struct netif *n)
{
	return n->flags & NETIF_FLAG_ETHARP ? ((struct net_if *)n->state)->dev->name : "lo";
}

static struct netif *find(const char *name)
{
	struct netif *n;

	for (n = netif_list; n != NULL; n = n->next)
		if (strcmp(name_of(n), name) == 0)
			return n;
	return NULL;
}

static void put_addr(struct if_addr *a, uint32_t addr)
{
	memset(a, 0, sizeof *a);
	a->family = AF_INET;
	memcpy(a->data + 2, &addr, 4);
}

static int16_t flags_of(const struct netif *n)
{
	int f = 0;

	if ((n->flags & NETIF_FLAG_UP) != 0)
		f |= IFF_UP;
	if ((n->flags & NETIF_FLAG_LINK_UP) != 0)
		f |= IFF_RUNNING;
	if ((n->flags & NETIF_FLAG_ETHARP) == 0)
		f |= IFF_LOOPBACK | IFF_RUNNING;
	else
		f |= IFF_BROADCAST | IFF_MULTICAST;
	return (int16_t)f;
}

static long list_all(uintptr_t arg)
{
	struct if_conf conf;
	struct netif *n;
	int room, used = 0;

	if (copy_from_user(&conf, UPTR(arg), sizeof conf) != 0)
		return -EFAULT;
	room = conf.buf == 0 ? 0 : conf.len;
	for (n = netif_list; n != NULL; n = n->next) {
		struct if_request r;

		if (ip4_addr_isany(netif_ip4_addr(n)))
			continue;
		if (conf.buf == 0) {
			used += (int)sizeof r;
			continue;
		}
		if (used + (int)sizeof r > room)
			break;
		memset(&r, 0, sizeof r);
		strlcpy(r.name, name_of(n), sizeof r.name);
		put_addr(&r.addr, netif_ip4_addr(n)->addr);
		if (copy_to_user(UPTR(conf.buf + (unsigned)used), &r, sizeof r) != 0)
			return -EFAULT;
		used += (int)sizeof r;
	}
	conf.len = used;
	return copy_to_user(UPTR(arg), &conf, sizeof conf);
}

static long get_one(const struct netif *n, unsigned cmd, struct if_request *r)
{
	uint32_t addr = netif_ip4_addr(n)->addr, mask = netif_ip4_netmask(n)->addr;

	switch (cmd) {
	case SIOCGIFADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
		if (addr == 0)
			return -EADDRNOTAVAIL;
		put_addr(&r->addr, cmd == SIOCGIFNETMASK ? mask : cmd == SIOCGIFBRDADDR ? addr | ~mask : addr);
		return 0;
	case SIOCGIFHWADDR:
		memset(&r->addr, 0, sizeof r->addr);
		r->addr.family = n->hwaddr_len == 6 ? ARPHRD_ETHER : ARPHRD_LOOPBACK;
		memcpy(r->addr.data, n->hwaddr, n->hwaddr_len == 6 ? 6 : 0);
		return 0;
	case SIOCGIFFLAGS: r->flags = flags_of(n); return 0;
	case SIOCGIFMTU: r->value = n->mtu; return 0;
	case SIOCGIFINDEX: r->value = netif_get_index(n); return 0;
	case SIOCGIFMETRIC: r->value = 0; return 0;
	case SIOCGIFTXQLEN: r->value = NET_IF_QUEUE; return 0;
	default: return -EINVAL;
	}
}

long inet_ioctl(struct sock *s UNUSED, unsigned cmd, uintptr_t arg)
{
	struct netif *n;
	struct if_request r;
	long err;

	switch (cmd) {
	case SIOCGIFCONF: return list_all(arg);
	case SIOCGIFNAME:
	case SIOCGIFADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFHWADDR:
	case SIOCGIFFLAGS:
	case SIOCGIFMTU:
	case SIOCGIFINDEX:
	case SIOCGIFMETRIC:
	case SIOCGIFTXQLEN: break;
	default: return -ENOTTY;
	}
	if (copy_from_user(&r, UPTR(arg), sizeof r) != 0)
		return -EFAULT;
	r.name[NAME_SIZE - 1] = '\0';
	if (cmd == SIOCGIFNAME) {
		n = r.value > 0 && r.value < 256 ? netif_get_by_index((u8_t)r.value) : NULL;
		if (n == NULL)
			return -ENODEV;
		strlcpy(r.name, name_of(n), sizeof r.name);
	} else {
		n = find(r.name);
		err = n == NULL ? -ENODEV : get_one(n, cmd, &r);
		if (err != 0)
			return err;
	}
	return copy_to_user(UPTR(arg), &r, sizeof r);
}
