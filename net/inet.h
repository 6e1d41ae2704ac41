/* SPDX-License-Identifier: ISC */
/*
 * Inside net/: what the inet family's files share. Each entry from outside (a call on a socket, a batch of received
 * frames, a timer) may leave packets for loopback, frames at a device and timers to start: it ends with net_done().
 */
#ifndef NET_INET_H
#define NET_INET_H

#include "kernel/netdev.h"
#include "net/sock.h"
#include "net/sockdef.h"
#include "net/socklist.h"
#include "lwip.h"

struct net_if;

extern struct list net_if_list;

/* netif.c */
int net_if_add(struct netdev *d, struct net_if **out) MUST_CHECK;
struct net_if *net_if_find(const char *name);
/* The interface of an lwIP index (1 = the first), or NULL. lo is not a struct net_if. */
struct net_if *net_if_of_index(int index);
void net_done(void);
void net_flush(void); /* the same from the clocks themselves: starts none */
void net_reclaim(void); /* buffers that devices are done with */

/* timers.c */
void net_timers_kick(void);
void net_timers_dhcp(void); /* a DHCP exchange begins */

/* port.c: lwIP's error codes as -errno. */
int net_error(err_t e);
/* tcp_write(pcb, src, …) copies from program memory while this is set. */
extern bool net_copy_user;
/* Memory is short: no new buffers for data. */
bool net_pressure(void);
/* Copies p (any chain) when its buffers are dear, else gives p itself; NULL when there is no memory (p is freed). */
struct pbuf *net_keep(struct pbuf *p);

/* tcp.c, udp.c, raw.c */
int tcp_create(struct sock **out) MUST_CHECK;
int udp_create(struct sock **out) MUST_CHECK;
void udp_list(sock_list_fn *fn, void *arg);
int raw_create(int type, int protocol, struct sock **out) MUST_CHECK;
/* inet.c: sockaddr to and from lwIP. -EINVAL, -EAFNOSUPPORT. */
int inet_addr_get(const struct sock_addr *a, ip_addr_t *ip, uint16_t *port) MUST_CHECK;
/* For bind: any address may come without a family, as on Linux. */
int inet_bind_addr_get(const struct sock_addr *a, ip_addr_t *ip, uint16_t *port) MUST_CHECK;
void inet_addr_put(struct sock_addr *a, const ip_addr_t *ip, uint16_t port);
/* True when ip is one of ours, or any, or a broadcast or multicast address. */
bool inet_is_local(const ip_addr_t *ip);
bool inet_is_ours(const ip_addr_t *ip); /* an interface's address */
bool inet_is_broadcast(const ip_addr_t *ip);
int inet_option_int(const void *val, unsigned len, int *v) MUST_CHECK;
/* A port-unreachable and the like for one of our datagrams. */
void udp_icmp_error(const ip_addr_t *local, uint16_t local_port, const ip_addr_t *remote, uint16_t remote_port,
		    int err);
/* ICMP errors are looked at from boot on. */
void inet_icmp_init(void);

#endif
