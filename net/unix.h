/* SPDX-License-Identifier: ISC */
/* Local sockets, as unix.c (names and connections) and unixdata.c (messages) see them. */
#ifndef NET_UNIX_H
#define NET_UNIX_H

#include "net/sock.h"
#include "net/sockdef.h"

struct unix_msg {
	struct list link;
	size_t len, off; /* bytes of data, bytes of them read */
	struct sock_files *files;
	struct sock_cred cred;
	uint32_t from_len; /* datagrams: the sender's name */
	uint8_t from[sizeof(((struct sock_addr *)0)->un)];
	uint8_t data[];
};

struct unix_sock {
	struct sock s;
	unsigned refs;
	bool connected, listening;
	struct unix_sock *peer; /* with a reference; datagrams: the default destination */
	struct sock_addr name; /* len 0: not bound */
	struct list bound_link; /* all bound ones */
	struct list rx; /* struct unix_msg */
	size_t rx_bytes;
	struct list accepts, accept_link; /* listening: children */
	unsigned accept_count, backlog;
	struct wait_queue space; /* senders and connectors wait here for room at this socket */
};

/* unix.c */
struct unix_sock *unix_find(const struct sock_addr *a);
static inline void unix_get(struct unix_sock *u)
{
	u->refs++;
}
void unix_put(struct unix_sock *u);

/* unixdata.c */
ssize_t unix_send(struct sock *s, struct sock_msg *m, bool nonblock);
ssize_t unix_recv(struct sock *s, struct sock_msg *m, bool nonblock);
unsigned unix_poll(struct sock *s);
long unix_ioctl(struct sock *s, unsigned cmd, uintptr_t arg);
void unix_drop(struct unix_sock *u);

#endif
