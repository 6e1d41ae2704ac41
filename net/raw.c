/* SPDX-License-Identifier: ISC */
/*
 * Raw IPv4 sockets, and ICMP datagram sockets ("ping sockets"): these carry ICMP messages without the IP header, their
 * port is the identifier of their echo requests, and only answers to those arrive.
 */
#include "dgram.h"

#include <linux/in.h>

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

struct raw_sock {
	struct dgram_sock d;
	struct raw_pcb *pcb;
	bool ping;
	ip_addr_t local;
	uint16_t id; /* ping: network order */
};

static uint16_t next_id;

/* Raw sockets see copies; nothing is taken away from lwIP. */
static u8_t on_recv(void *arg, struct raw_pcb *pcb UNUSED, struct pbuf *p, const ip_addr_t *from)
{
	struct raw_sock *r = arg;
	unsigned hlen = 0;
	struct pbuf *copy;

	if (r->d.connected && !ip_addr_cmp(&r->pcb->remote_ip, from))
		return 0;
	if (r->ping) {
		uint8_t type;
		uint16_t id;

		hlen = (pbuf_get_at(p, 0) & 15u) * 4u;
		type = pbuf_get_at(p, (u16_t)hlen);
		if (pbuf_copy_partial(p, &id, 2, (u16_t)(hlen + 4)) != 2 || type != ICMP_ER || id != r->id)
			return 0;
	}
	copy = net_pressure() ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)(p->tot_len - hlen), PBUF_RAM);
	if (copy == NULL)
		return 0;
	pbuf_copy_partial(p, copy->payload, copy->len, (u16_t)hlen);
	dgram_put(&r->d, copy, from, 0);
	return 0;
}

static int raw_sock_bind(struct sock *s, const struct sock_addr *a)
{
	struct raw_sock *r = (struct raw_sock *)s;
	uint16_t port;
	ip_addr_t ip;
	int err = inet_addr_get(a, &ip, &port);

	if (err != 0)
		return err;
	if (!inet_is_local(&ip))
		return -EADDRNOTAVAIL;
	r->local = ip;
	if (r->ping && port != 0)
		r->id = lwip_htons(port);
	return net_error(raw_bind(r->pcb, &ip));
}

static int raw_sock_connect(struct sock *s, const struct sock_addr *a, bool nonblock UNUSED)
{
	struct raw_sock *r = (struct raw_sock *)s;
	uint16_t port;
	ip_addr_t ip;
	int err;

	if (a->len >= sizeof a->family && a->family == AF_UNSPEC) {
		raw_disconnect(r->pcb);
		r->d.connected = false;
		return 0;
	}
	err = inet_addr_get(a, &ip, &port);
	if (err == 0)
		err = net_error(raw_connect(r->pcb, &ip));
	r->d.connected = err == 0;
	return err;
}

static ssize_t raw_sock_send(struct sock *s, struct sock_msg *m, bool nonblock UNUSED)
{
	struct raw_sock *r = (struct raw_sock *)s;
	size_t n = m->u->left;
	struct pbuf *p;
	uint16_t port;
	ip_addr_t ip;
	int err;

	if ((s->shut & SOCK_SHUT_WR) != 0)
		return -EPIPE;
	if (m->name != NULL && m->name->len > 0) {
		err = inet_addr_get(m->name, &ip, &port);
		if (err != 0)
			return err;
	} else if (r->d.connected) {
		ip = r->pcb->remote_ip;
	} else {
		return -EDESTADDRREQ;
	}
	if (inet_is_broadcast(&ip) && !s->broadcast)
		return -EACCES;
	if (r->ping && n < sizeof(struct icmp_echo_hdr))
		return -EINVAL;
	err = dgram_build(m, 65515, &p);
	if (err != 0)
		return err;
	if (r->ping) {
		struct icmp_echo_hdr *h = p->payload;

		if (ICMPH_TYPE(h) != ICMP_ECHO) {
			pbuf_free(p);
			return -EINVAL;
		}
		h->id = r->id;
		h->chksum = 0;
		h->chksum = (u16_t)~net_checksum(h, p->len);
	}
	err = net_error(raw_sendto(r->pcb, p, &ip));
	pbuf_free(p);
	net_done();
	return err != 0 ? err : (ssize_t)n;
}

static int raw_sock_name(struct sock *s, struct sock_addr *a, bool peer)
{
	struct raw_sock *r = (struct raw_sock *)s;

	if (peer && !r->d.connected)
		return -ENOTCONN;
	inet_addr_put(a, peer ? &r->pcb->remote_ip : &r->local, r->ping && !peer ? lwip_ntohs(r->id) : 0);
	return 0;
}

static int raw_sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	struct raw_sock *r = (struct raw_sock *)s;
	int v, err = inet_option_int(val, len, &v);

	if (level == SOL_SOCKET) {
		if (s->broadcast)
			ip_set_option(r->pcb, SOF_BROADCAST);
		raw_bind_netif(r->pcb, netif_get_by_index(s->bound_if));
		return dgram_setopt(s, level, name, val, len);
	}
	if (level != SOL_IP)
		return -ENOPROTOOPT;
	if (err != 0)
		return err;
	switch (name) {
	case IP_TOS: r->pcb->tos = (u8_t)v; return 0;
	case IP_TTL:
		if (v < 1 || v > 255)
			return -EINVAL;
		r->pcb->ttl = (u8_t)v;
		return 0;
	case IP_HDRINCL:
		if (r->ping)
			return -ENOPROTOOPT;
		r->pcb->flags = (u8_t)(v != 0 ? r->pcb->flags | RAW_FLAGS_HDRINCL : r->pcb->flags & ~RAW_FLAGS_HDRINCL);
		return 0;
	default: return dgram_setopt(s, level, name, val, len);
	}
}

static int raw_sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	const struct raw_sock *r = (struct raw_sock *)s;
	int v, err = 0;

	if (level == SOL_IP && name == IP_TTL)
		v = r->pcb->ttl;
	else if (level == SOL_IP && name == IP_TOS)
		v = r->pcb->tos;
	else
		err = dgram_getopt(s, level, name, &v);
	if (err != 0)
		return err;
	*len = MIN(*len, (unsigned)sizeof v);
	memcpy(val, &v, *len);
	return 0;
}

static void raw_sock_release(struct sock *s)
{
	struct raw_sock *r = (struct raw_sock *)s;

	raw_remove(r->pcb);
	dgram_drop(&r->d);
	kfree(r);
}

static const struct sock_ops raw_ops = {
    .bind = raw_sock_bind,
    .listen = dgram_listen,
    .accept = dgram_accept,
    .connect = raw_sock_connect,
    .send = raw_sock_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .name = raw_sock_name,
    .setopt = raw_sock_setopt,
    .getopt = raw_sock_getopt,
    .poll = dgram_poll,
    .ioctl = dgram_ioctl,
    .release = raw_sock_release,
};

int raw_create(int type, int protocol, struct sock **out)
{
	struct raw_sock *r;

	if (protocol < 1 || protocol > 255)
		return -EPROTONOSUPPORT;
	r = kzalloc(sizeof *r);
	if (r == NULL)
		return -ENOBUFS;
	dgram_init(&r->d, &raw_ops, type, protocol);
	r->ping = type == SOCK_DGRAM;
	if (r->ping)
		r->id = lwip_htons(++next_id);
	r->pcb = net_pressure() ? NULL : raw_new((u8_t)protocol);
	if (r->pcb == NULL) {
		kfree(r);
		return -ENOBUFS;
	}
	raw_recv(r->pcb, on_recv, r);
	*out = &r->d.s;
	return 0;
}
