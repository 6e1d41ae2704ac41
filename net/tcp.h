/* SPDX-License-Identifier: ISC */
/* A TCP socket, as tcp.c (connections), tcplisten.c (listening), tcpdata.c (data) and tcpopt.c (options) see it. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "inet.h"

enum tcp_sock_state {
	TCP_NEW, /* or a connect that failed */
	TCP_LISTENING,
	TCP_CONNECTING,
	TCP_CONNECTED, /* at least one direction is open; pcb != NULL */
	TCP_OVER, /* both directions closed, or reset */
};

struct tcp_sock {
	struct sock s;
	struct tcp_pcb *pcb;
	enum tcp_sock_state state;
	bool fin; /* the peer will send no more */
	bool reset; /* the connection broke: rest of the queue, the error, then end of file */
	bool connecting; /* a connect that did not wait has not been told the result */
	bool bound, nodelay, cork, quickack, lingering, late_port; /* IP_BIND_ADDRESS_NO_PORT */
	uint8_t ttl, tos;
	ip_addr_t bind_ip, local, remote;
	uint16_t bind_port, local_port, remote_port;
	uint32_t keep_idle, keep_intvl, keep_cnt; /* seconds, seconds, times */
	uint32_t user_timeout;
	struct pbuf *rx_head, *rx_tail;
	size_t rx_len, rx_off; /* bytes unread in all; bytes read of rx_head */
	struct list accepts; /* listening: children by accept_link */
	struct list accept_link;
	uint32_t defer; /* TCP_DEFER_ACCEPT, seconds: children without data wait in deferred */
	struct list deferred;
	struct tcp_sock *deferred_by; /* the listener in whose list it is */
	struct list group; /* listening: a ring of those that share a port (SO_REUSEPORT); one of them has the pcb */
};

extern const struct sock_ops tcp_ops;

/* TCP_INFO; what is known of it. */
struct tcp_info;
void tcp_info_get(struct tcp_sock *t, struct tcp_info *i);
/* Linux's number of the state, as /proc/net/tcp and TCP_INFO have it. */
unsigned tcp_state_number(const struct tcp_pcb *pcb);
/* tcp.c */
struct tcp_sock *tcp_sock_alloc(void) MUST_CHECK;
void tcp_attach(struct tcp_sock *t, struct tcp_pcb *pcb);
void tcp_detach(struct tcp_sock *t); /* lwIP goes on alone */
/* A pcb for a new or failed socket; NULL and *err. */
struct tcp_pcb *tcp_need_pcb(struct tcp_sock *t, int *err) MUST_CHECK;
/* tcplisten.c. TCP_DEFER_ACCEPT: a child's data has come, or its time is over. */
void tcp_offer_deferred(struct tcp_sock *t);
int tcp_sock_listen(struct sock *s, int backlog);
int tcp_sock_accept(struct sock *s, struct sock **out, bool nonblock);

void tcp_apply_options(struct tcp_sock *t);
void tcp_abort_quietly(struct tcp_sock *t);
void tcp_close_listener(struct tcp_sock *t);

ssize_t tcp_sock_send(struct sock *s, struct sock_msg *m, bool nonblock);
ssize_t tcp_sock_recv(struct sock *s, struct sock_msg *m, bool nonblock);
long tcp_sock_ioctl(struct sock *s, unsigned cmd, uintptr_t arg);

int tcp_sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len);
int tcp_sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len);

#endif
