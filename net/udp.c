/* SPDX-License-Identifier: ISC */
/* UDP sockets over lwIP's raw interface. */
#include "dgram.h"

#include <linux/in.h>

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define UDP_MAX 65507u

struct udp_sock {
	struct dgram_sock d;
	struct udp_pcb *pcb;
	struct list link; /* all, for ICMP errors */
	bool recverr;
	uint8_t pmtudisc;
};

static struct list udp_socks = LIST_INIT(udp_socks);

/* SO_REUSEPORT: of the sockets of one user at the same port each gets its share, by where the datagram comes from. */
static struct udp_sock *one_of_many(struct udp_sock *u, const ip_addr_t *from, uint16_t port)
{
	uint32_t hash = (from->addr ^ (uint32_t)port << 16 ^ port) * 2654435761u;
	struct udp_sock *v, *chosen = u;
	unsigned n = 0;

	list_for_each_entry (v, &udp_socks, link) {
		if (!v->d.s.reuseport || v->d.connected || v->d.s.uid != u->d.s.uid ||
		    v->pcb->local_port != u->pcb->local_port || !ip_addr_cmp(&v->pcb->local_ip, &u->pcb->local_ip) ||
		    v->d.s.bound_if != u->d.s.bound_if)
			continue;
		n++;
		if ((hash >> 16) % n == 0)
			chosen = v;
	}
	return chosen;
}

static void on_recv(void *arg, struct udp_pcb *pcb UNUSED, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	struct udp_sock *u = arg;

	if (u->d.s.reuseport && !u->d.connected)
		u = one_of_many(u, from, port);
	dgram_put(&u->d, p, from, port);
}

void udp_icmp_error(const ip_addr_t *local, uint16_t local_port, const ip_addr_t *remote, uint16_t remote_port, int err)
{
	struct udp_sock *u;

	list_for_each_entry (u, &udp_socks, link)
		if (u->pcb->local_port == local_port &&
		    (u->recverr || (u->d.connected && u->pcb->remote_port == remote_port &&
				    ip_addr_cmp(&u->pcb->remote_ip, remote))) &&
		    (ip_addr_isany(&u->pcb->local_ip) || ip_addr_cmp(&u->pcb->local_ip, local))) {
			u->d.s.err = err;
			wait_wake_all(&u->d.s.wait, POLLERR | POLLIN | POLLOUT);
		}
}

void udp_list(sock_list_fn *fn, void *arg)
{
	const struct udp_sock *u;

	list_for_each_entry (u, &udp_socks, link) {
		struct sock_entry e = {.protocol = SOL_UDP,
				       .state = u->d.connected ? 1 : 7,
				       .local = u->pcb->local_ip.addr,
				       .remote = u->d.connected ? u->pcb->remote_ip.addr : 0,
				       .local_port = u->pcb->local_port,
				       .remote_port = u->d.connected ? u->pcb->remote_port : 0,
				       .rx = u->d.charge,
				       .uid = u->d.s.uid,
				       .inode = u->d.s.id};

		if (e.local_port != 0) /* others are not to be found */
			fn(arg, &e);
	}
}

static int udp_sock_bind(struct sock *s, const struct sock_addr *a)
{
	struct udp_sock *u = (struct udp_sock *)s;
	ip_addr_t ip;
	uint16_t port;
	int err = inet_bind_addr_get(a, &ip, &port);

	if (err != 0)
		return err;
	if (u->pcb->local_port != 0)
		return -EINVAL;
	if (!inet_is_local(&ip))
		return -EADDRNOTAVAIL;
	return net_error(udp_bind(u->pcb, &ip, port));
}

static int udp_sock_connect(struct sock *s, const struct sock_addr *a, bool nonblock UNUSED)
{
	struct udp_sock *u = (struct udp_sock *)s;
	struct netif *n;
	ip_addr_t ip;
	uint16_t port;
	int err;

	if (a->len >= sizeof a->family && a->family == AF_UNSPEC) {
		udp_disconnect(u->pcb);
		u->d.connected = false;
		return 0;
	}
	err = inet_addr_get(a, &ip, &port);
	if (err != 0)
		return err;
	if (ip_addr_isany(&ip))
		ip = (ip_addr_t)IPADDR4_INIT(PP_HTONL(IPADDR_LOOPBACK));
	if (inet_is_broadcast(&ip) && !s->broadcast)
		return -EACCES;
	n = ip_route(&u->pcb->local_ip, &ip);
	if (n == NULL)
		return -ENETUNREACH;
	err = net_error(udp_connect(u->pcb, &ip, port));
	if (err != 0)
		return err;
	/* The address that packets will have, as getsockname shows it. */
	if (ip_addr_isany(&u->pcb->local_ip))
		ip_addr_copy(u->pcb->local_ip, *(ip_addr_isloopback(&ip) ? &ip : netif_ip_addr4(n)));
	u->d.connected = true;
	return 0;
}

static ssize_t udp_sock_send(struct sock *s, struct sock_msg *m, bool nonblock UNUSED)
{
	struct udp_sock *u = (struct udp_sock *)s;
	size_t n = m->u->left;
	struct pbuf *p;
	ip_addr_t ip;
	uint16_t port;
	int err;

	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	if (s->err != 0)
		return sock_error(s);
	if ((s->shut & SOCK_SHUT_WR) != 0)
		return -EPIPE;
	if (m->name != NULL && m->name->len > 0) {
		if (m->name->len >= sizeof m->name->in && m->name->family == AF_UNSPEC)
			m->name->family = AF_INET; /* as Linux */
		err = inet_addr_get(m->name, &ip, &port);
		if (err != 0)
			return err;
		if (port == 0)
			return -EINVAL;
		if (ip_addr_isany(&ip))
			ip = (ip_addr_t)IPADDR4_INIT(PP_HTONL(IPADDR_LOOPBACK));
	} else if (u->d.connected) {
		ip = u->pcb->remote_ip;
		port = u->pcb->remote_port;
	} else {
		return -EDESTADDRREQ;
	}
	if (!s->broadcast && inet_is_broadcast(&ip))
		return -EACCES;
	err = dgram_build(m, UDP_MAX, &p);
	if (err != 0)
		return err;
	err = net_error(udp_sendto(u->pcb, p, &ip, port));
	pbuf_free(p);
	net_done();
	return err != 0 ? err : (ssize_t)n;
}

static int udp_sock_name(struct sock *s, struct sock_addr *a, bool peer)
{
	struct udp_sock *u = (struct udp_sock *)s;

	if (peer && !u->d.connected)
		return -ENOTCONN;
	if (peer)
		inet_addr_put(a, &u->pcb->remote_ip, u->pcb->remote_port);
	else
		inet_addr_put(a, &u->pcb->local_ip, u->pcb->local_port);
	return 0;
}

static int udp_sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	struct udp_sock *u = (struct udp_sock *)s;
	ip4_addr_t mc_if;
	int v, err;

	if (level == SOL_SOCKET) {
		if (s->reuseaddr || s->reuseport)
			ip_set_option(u->pcb, SOF_REUSEADDR);
		else
			ip_reset_option(u->pcb, SOF_REUSEADDR);
		if (s->broadcast)
			ip_set_option(u->pcb, SOF_BROADCAST);
		else
			ip_reset_option(u->pcb, SOF_BROADCAST);
		udp_bind_netif(u->pcb, netif_get_by_index(s->bound_if));
		return dgram_setopt(s, level, name, val, len);
	}
	if (level != SOL_IP)
		return -ENOPROTOOPT;
	if (name == IP_MULTICAST_IF) {
		if (len < sizeof mc_if)
			return -EINVAL;
		/* struct ip_mreqn has the address second, struct in_addr alone */
		memcpy(&mc_if, (const char *)val + (len >= 8 ? 4 : 0), sizeof mc_if);
		if (!ip4_addr_isany_val(mc_if) && !inet_is_ours(&mc_if))
			return -EADDRNOTAVAIL;
		udp_set_multicast_netif_addr(u->pcb, &mc_if);
		return 0;
	}
	err = inet_option_int(val, len, &v);
	if (err != 0)
		return err;
	switch (name) {
	case IP_TOS: u->pcb->tos = (u8_t)v; return 0;
	case IP_TTL:
		if (v != -1 && (v < 1 || v > 255))
			return -EINVAL;
		u->pcb->ttl = v == -1 ? UDP_TTL : (u8_t)v;
		return 0;
	case IP_MULTICAST_TTL:
		if (v < -1 || v > 255)
			return -EINVAL;
		udp_set_multicast_ttl(u->pcb, v == -1 ? 1 : (u8_t)v);
		return 0;
	case IP_RECVERR: /* errors reach unconnected sockets too; there is no queue of them to read */
		u->recverr = v != 0;
		return 0;
	case IP_MTU_DISCOVER: /* nothing is sent with DF */
		if (v != IP_PMTUDISC_DONT && v != IP_PMTUDISC_OMIT)
			return v < 0 || v > IP_PMTUDISC_OMIT ? -EINVAL : -ENOPROTOOPT;
		u->pmtudisc = (uint8_t)v;
		return 0;
	default: return dgram_setopt(s, level, name, val, len);
	}
}

static int udp_sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	struct udp_sock *u = (struct udp_sock *)s;
	int v, err;

	if (level == SOL_IP && name == IP_TOS)
		v = u->pcb->tos;
	else if (level == SOL_IP && name == IP_TTL)
		v = u->pcb->ttl;
	else if (level == SOL_IP && name == IP_MULTICAST_TTL)
		v = udp_get_multicast_ttl(u->pcb);
	else if (level == SOL_IP && name == IP_RECVERR)
		v = u->recverr;
	else if (level == SOL_IP && name == IP_MTU_DISCOVER)
		v = u->pmtudisc;
	else if (level == SOL_IP && name == IP_MULTICAST_IF)
		v = (int)udp_get_multicast_netif_addr(u->pcb)->addr;
	else if ((err = dgram_getopt(s, level, name, &v)) != 0)
		return err;
	*len = MIN(*len, (unsigned)sizeof v);
	memcpy(val, &v, *len);
	return 0;
}

static void udp_sock_release(struct sock *s)
{
	struct udp_sock *u = (struct udp_sock *)s;

	list_remove(&u->link);
	udp_remove(u->pcb);
	dgram_drop(&u->d);
	kfree(u);
}

static const struct sock_ops udp_ops = {
    .bind = udp_sock_bind,
    .listen = dgram_listen,
    .accept = dgram_accept,
    .connect = udp_sock_connect,
    .send = udp_sock_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .name = udp_sock_name,
    .setopt = udp_sock_setopt,
    .getopt = udp_sock_getopt,
    .poll = dgram_poll,
    .ioctl = dgram_ioctl,
    .release = udp_sock_release,
};

int udp_create(struct sock **out)
{
	struct udp_sock *u = kzalloc(sizeof *u);

	if (u == NULL)
		return -ENOBUFS;
	dgram_init(&u->d, &udp_ops, SOCK_DGRAM, IPPROTO_UDP);
	u->pcb = net_pressure() ? NULL : udp_new();
	if (u->pcb == NULL) {
		kfree(u);
		return -ENOBUFS;
	}
	udp_recv(u->pcb, on_recv, u);
	udp_set_multicast_ttl(u->pcb, 1);
	list_push_back(&udp_socks, &u->link);
	*out = &u->d.s;
	return 0;
}
