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
	struct list all_link, bound_link; /* all; all bound ones */
	struct list rx; /* struct unix_msg */
	size_t rx_bytes;
	struct list accepts, accept_link; /* listening: children */
	unsigned accept_count, backlog;
	struct wait_queue space; /* senders and connectors wait here for room at this socket */
	/* unixgc.c: messages that its file is in; the file, while there are some */
	unsigned flights, others;
	struct file *file;
	struct list flying_link, gc_link;
	bool suspect;
};

/* unix.c */
extern struct list unix_all;
/* Abstract names are apart for each type. */
struct unix_sock *unix_find(const struct sock_addr *a, int type);
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
/* What is queued will be freed: by unix_bury, or whoever is in it already. */
void unix_doom(struct unix_sock *u);
void unix_bury(void);

/* unixgc.c: a message with files has come into a queue, and is out of it again. */
void unix_gc_sent(const struct sock_files *files);
void unix_gc_taken(const struct sock_files *files);
void unix_gc(void);
/* The same when it is time. at_end: a socket was closed. */
void unix_gc_maybe(bool at_end);

#endif
