/* SPDX-License-Identifier: ISC */
/* The sockets that there are: see net/socklist.h. TCP's are lwIP's, some of which no socket belongs to any more. */
#include "net/socklist.h"

#include "tcp.h"
#include "unix.h"

#define CLOSED 7

static void list_listeners(sock_list_fn *fn, void *arg)
{
	for (const struct tcp_pcb_listen *p = tcp_listen_pcbs.listen_pcbs; p != NULL; p = p->next) {
		const struct tcp_sock *t = p->callback_arg;
		struct sock_entry e = {.protocol = SOL_TCP,
				       .state = 10,
				       .local = p->local_ip.addr,
				       .local_port = p->local_port,
				       .tx = p->backlog - 1u};

		if (t != NULL) {
			for (const struct list *c = t->accepts.next; c != &t->accepts; c = c->next)
				e.rx++;
			e.uid = t->s.uid;
			e.inode = t->s.id;
		}
		fn(arg, &e);
	}
}

static void list_connections(const struct tcp_pcb *p, sock_list_fn *fn, void *arg)
{
	for (; p != NULL; p = p->next) {
		const struct tcp_sock *t = p->callback_arg;
		struct sock_entry e = {.protocol = SOL_TCP,
				       .state = (uint8_t)tcp_state_number(p),
				       .local = p->local_ip.addr,
				       .remote = p->remote_ip.addr,
				       .local_port = p->local_port,
				       .remote_port = p->remote_port,
				       .tx = p->snd_lbb - p->lastack,
				       .retransmits = p->nrtx};

		if (p->state == SYN_RCVD)
			t = NULL; /* that is the listener's */
		if (t != NULL) {
			e.rx = (uint32_t)t->rx_len;
			e.uid = t->s.uid;
			e.inode = t->s.id;
		}
		fn(arg, &e);
	}
}

static void list_unix(sock_list_fn *fn, void *arg)
{
	const struct unix_sock *u;

	list_for_each_entry (u, &unix_all, all_link) {
		const struct list *c;
		struct sock_entry e = {.state = u->listening   ? 10
						: u->connected ? 1
							       : CLOSED,
				       .rx = (uint32_t)u->rx_bytes,
				       .tx = u->listening      ? u->backlog
					     : u->peer != NULL ? (uint32_t)u->peer->rx_bytes
							       : 0,
				       .peer = u->peer != NULL ? u->peer->s.id : 0,
				       .uid = u->s.uid,
				       .inode = u->s.id,
				       .type = u->s.type,
				       .refs = u->refs + 1,
				       .listening = u->listening,
				       .connected = u->connected,
				       .name = u->name.len > 2 ? (const uint8_t *)u->name.un.path : NULL,
				       .name_len = u->name.len > 2 ? u->name.len - 2 : 0};

		for (c = u->accepts.next; c != &u->accepts; c = c->next)
			e.rx++;
		fn(arg, &e);
	}
}

void sock_list(int protocol, sock_list_fn *fn, void *arg)
{
	switch (protocol) {
	case 0: list_unix(fn, arg); break;
	case SOL_TCP:
		list_listeners(fn, arg);
		list_connections(tcp_active_pcbs, fn, arg);
		list_connections(tcp_tw_pcbs, fn, arg);
		break;
	case SOL_UDP: udp_list(fn, arg); break;
	default: break;
	}
}
