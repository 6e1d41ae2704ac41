/* SPDX-License-Identifier: ISC */
/* Interfaces by ioctl (netdevice(7)), of any socket: what programs ask; setting them is the configuration's. */
#include "netif.h"

#include <linux/sockios.h>

#include "abi/errno.h"
#include "kernel/uaccess.h"
#include "lib/string.h"
#include "net/interfaces.h"

#define NAME_SIZE 16

/* The layouts of linux/if.h, which cannot be included without a C library. */
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

static bool find(const char *name, struct net_iface *i)
{
	bool more = net_iface_next(1, i);

	while (more && strcmp(i->name, name) != 0)
		more = net_iface_next(i->index + 1, i);
	return more;
}

static void put_addr(struct if_addr *a, uint32_t addr)
{
	memset(a, 0, sizeof *a);
	a->family = AF_INET;
	memcpy(a->data + 2, &addr, 4);
}

static long list_all(uintptr_t arg)
{
	struct if_conf conf;
	struct net_iface i;
	int room, used = 0;

	if (copy_from_user(&conf, UPTR(arg), sizeof conf) != 0)
		return -EFAULT;
	room = conf.buf == 0 ? 0 : conf.len;
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i)) {
		struct if_request r;

		if (i.addr == 0)
			continue;
		if (conf.buf == 0) {
			used += (int)sizeof r;
			continue;
		}
		if (used + (int)sizeof r > room)
			break;
		memset(&r, 0, sizeof r);
		strlcpy(r.name, i.name, sizeof r.name);
		put_addr(&r.addr, i.addr);
		if (copy_to_user(UPTR(conf.buf + (unsigned)used), &r, sizeof r) != 0)
			return -EFAULT;
		used += (int)sizeof r;
	}
	conf.len = used;
	return copy_to_user(UPTR(arg), &conf, sizeof conf);
}

/* What the IPv4 family tells. */
static long get_inet(const struct net_iface *i, unsigned cmd, struct if_request *r)
{
	bool broadcast = (i->flags & IFF_BROADCAST) != 0;

	if (i->addr == 0)
		return -EADDRNOTAVAIL;
	switch (cmd) {
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR: put_addr(&r->addr, i->addr); break;
	case SIOCGIFNETMASK: put_addr(&r->addr, i->mask); break;
	default: put_addr(&r->addr, broadcast ? i->addr | ~i->mask : 0); break;
	}
	return 0;
}

static long get_device(const struct net_iface *i, unsigned cmd, struct if_request *r)
{
	switch (cmd) {
	case SIOCGIFHWADDR:
		memset(&r->addr, 0, sizeof r->addr);
		r->addr.family = i->dev != NULL ? ARPHRD_ETHER : ARPHRD_LOOPBACK;
		if (i->dev != NULL)
			memcpy(r->addr.data, i->dev->mac, 6);
		return 0;
	case SIOCGIFFLAGS: r->flags = (int16_t)(i->flags & 0xffff); return 0;
	case SIOCGIFMTU: r->value = (int)i->mtu; return 0;
	case SIOCGIFINDEX: r->value = i->index; return 0;
	case SIOCGIFMETRIC: r->value = 0; return 0;
	case SIOCGIFTXQLEN: r->value = (int)i->queue; return 0;
	default: memset(r->room, 0, sizeof r->room); return 0; /* SIOCGIFMAP: nothing that a program could map */
	}
}

/* What would change an interface or a route: that is the configuration's. */
static long refuse(void)
{
	struct sock_cred c = {0, 0, 0};

	if (sock_current_cred != NULL)
		sock_current_cred(&c);
	return c.uid == 0 ? -EOPNOTSUPP : -EPERM;
}

long inet_ioctl(struct sock *s, unsigned cmd, uintptr_t arg)
{
	struct net_iface i;
	struct if_request r;
	bool inet = false;
	long err;

	switch (cmd) {
	case SIOCGIFCONF: return list_all(arg);
	case SIOCGIFADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
		if (s->family != AF_INET)
			return -ENOTTY;
		inet = true;
		break;
	case SIOCGIFNAME:
	case SIOCGIFHWADDR:
	case SIOCGIFFLAGS:
	case SIOCGIFMTU:
	case SIOCGIFINDEX:
	case SIOCGIFMETRIC:
	case SIOCGIFTXQLEN:
	case SIOCGIFMAP: break;
	case SIOCETHTOOL: return -EOPNOTSUPP;
	case SIOCSIFADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFBRDADDR:
	case SIOCSIFDSTADDR:
	case SIOCADDRT:
	case SIOCDELRT:
	case SIOCSARP:
	case SIOCDARP:
		if (s->family != AF_INET)
			return -ENOTTY;
		/* fall through */
	case SIOCSIFFLAGS:
	case SIOCSIFMETRIC:
	case SIOCSIFMTU:
	case SIOCSIFHWADDR:
	case SIOCSIFNAME:
	case SIOCSIFTXQLEN:
	case SIOCADDMULTI:
	case SIOCDELMULTI: return refuse();
	default: return -ENOTTY;
	}
	if (copy_from_user(&r, UPTR(arg), sizeof r) != 0)
		return -EFAULT;
	r.name[NAME_SIZE - 1] = '\0';
	if (cmd == SIOCGIFNAME) {
		if (r.value <= 0 || !net_iface_next(r.value, &i) || i.index != r.value)
			return -ENODEV;
		memset(r.name, 0, sizeof r.name);
		strlcpy(r.name, i.name, sizeof r.name);
	} else {
		if (!find(r.name, &i))
			return -ENODEV;
		err = inet ? get_inet(&i, cmd, &r) : get_device(&i, cmd, &r);
		if (err != 0)
			return err;
	}
	return copy_to_user(UPTR(arg), &r, sizeof r);
}
