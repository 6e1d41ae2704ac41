/* SPDX-License-Identifier: ISC */
/* The sockets that there are, for who tells of them: /proc/net, NETLINK_SOCK_DIAG. Kernel lock; fn may not sleep. */
#ifndef NET_SOCKLIST_H
#define NET_SOCKLIST_H

#include "lib/base.h"

struct sock_entry {
	uint8_t protocol, state; /* IPPROTO_*, or 0: AF_UNIX; Linux's number of TCP's states, 7 of what has none */
	uint32_t local, remote; /* addresses, network order */
	uint16_t local_port, remote_port; /* host order */
	uint32_t rx, tx; /* bytes; of a listener: connections that wait, of how many */
	uint32_t uid;
	uint64_t inode; /* 0: no descriptor */
	unsigned retransmits;
	/* AF_UNIX */
	unsigned type, refs;
	bool listening, connected;
	uint64_t peer; /* its inode */
	const uint8_t *name; /* sun_path */
	unsigned name_len;
};

typedef void sock_list_fn(void *arg, const struct sock_entry *e);

#pragma GCC visibility push(default)
/* Calls fn for each socket of TCP, UDP or a raw one (IPPROTO_TCP, IPPROTO_UDP, 255), or of AF_UNIX (0). */
void sock_list(int protocol, sock_list_fn *fn, void *arg);
#pragma GCC visibility pop

#endif
