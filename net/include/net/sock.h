/* SPDX-License-Identifier: ISC */
/*
 * Sockets: what linux/socket.c asks of a protocol. A family's create makes a struct sock; struct file's operations for
 * it are sock_file_ops. Constants (families, types, options, MSG_*, POLL*) and option layouts are Linux's; buffers of
 * options are kernel memory. Everything under the kernel lock; bind, listen, shutdown, name and options never block.
 *
 * Blocking calls return -ERESTARTSYS (or -EINTR, when the socket has a time limit) when a signal came first, -EAGAIN
 * when the time limit was reached.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include "fs/file.h"
#include "kernel/time.h"

struct sock;

#define SOCK_ADDR_MAX 128u

struct sock_addr {
	uint32_t len; /* bytes of the sockaddr below */
	union {
		uint16_t family;
		struct {
			uint16_t family, port; /* network order */
			uint32_t addr;
			uint8_t zero[8];
		} in;
		struct {
			uint16_t family, pad;
			uint32_t port, groups;
		} nl;
		struct {
			uint16_t family;
			char path[108];
		} un;
		uint8_t raw[SOCK_ADDR_MAX];
	};
	void *node; /* AF_UNIX with a path: the file system node that it names (compared, never followed), else NULL;
		     * bind takes over the caller's reference when it succeeds, see sock_node_put */
};

/* Open files on their way between processes; a reference to each. Freed with sock_files_free. */
struct sock_files {
	unsigned count;
	struct file *file[];
};
#define SOCK_FILES_MAX 253u

struct sock_cred {
	uint32_t pid, uid, gid;
};

struct sock_msg {
	struct uio *u;
	unsigned flags; /* MSG_*; recv: MSG_TRUNC, MSG_CTRUNC, MSG_EOR are added to out_flags */
	unsigned out_flags;
	struct sock_addr *name; /* send: destination or NULL; recv: NULL or where the source goes (len 0: none) */
	struct sock_files *files; /* send: taken over on success; recv: the receiver's */
	bool has_cred;
	struct sock_cred cred; /* recv, SO_PASSCRED */
	bool has_pktinfo; /* recv, IP_PKTINFO: struct in_pktinfo's fields, network order */
	int pkt_ifindex;
	uint32_t pkt_local, pkt_dst;
	bool has_ttl, has_tos, has_stamp; /* recv, IP_RECVTTL, IP_RECVTOS, SO_TIMESTAMP and SO_TIMESTAMPNS */
	uint8_t ttl, tos, stamp_type;
	uint64_t stamp; /* ns, of the wall clock */
};

struct sock_ops {
	int (*bind)(struct sock *s, const struct sock_addr *a);
	int (*listen)(struct sock *s, int backlog);
	/* A new socket with no file, in *out. */
	int (*accept)(struct sock *s, struct sock **out, bool nonblock);
	int (*connect)(struct sock *s, const struct sock_addr *a, bool nonblock);
	/* -EPIPE: the caller sees to SIGPIPE. */
	ssize_t (*send)(struct sock *s, struct sock_msg *m, bool nonblock);
	ssize_t (*recv)(struct sock *s, struct sock_msg *m, bool nonblock);
	int (*shutdown)(struct sock *s, int how);
	int (*name)(struct sock *s, struct sock_addr *a, bool peer);
	/* Options beyond SOL_SOCKET's common ones; NULL: -ENOPROTOOPT. *len: size of val, then bytes written. */
	int (*setopt)(struct sock *s, int level, int name, const void *val, unsigned len);
	int (*getopt)(struct sock *s, int level, int name, void *val, unsigned *len);
	unsigned (*poll)(struct sock *s);
	/* NULL: -ENOTTY, which passes on to what all sockets have (inet_ioctl) */
	long (*ioctl)(struct sock *s, unsigned cmd, uintptr_t arg);
	/* The file is gone (or there never was one). Frees s. */
	void (*release)(struct sock *s);
};

enum sock_shut { SOCK_SHUT_RD = 1, SOCK_SHUT_WR = 2 };

struct sock {
	const struct sock_ops *ops;
	uint16_t family, type, protocol;
	uint8_t shut; /* enum sock_shut */
	int err; /* SO_ERROR, positive, taken by the next call */
	struct wait_queue wait; /* woken with POLL* bits when the state changes */
	/* SOL_SOCKET options that all have */
	uint64_t rcvtimeo, sndtimeo; /* ns, 0: for ever */
	uint32_t rcvbuf, sndbuf, rcvlowat;
	bool reuseaddr, reuseport, keepalive, broadcast, linger, passcred, dontroute, oobinline;
	uint32_t linger_sec, priority, mark;
	uint32_t uid; /* whose it is */
	uint64_t id; /* its file's, 0: it has none */
	uint8_t bound_if; /* SO_BINDTODEVICE: an interface's index, 0: any */
	bool want_out; /* somebody waits for room: wake at POLLOUT */
	struct sock_cred peer_cred; /* AF_UNIX */
};

#pragma GCC visibility push(default)
extern const struct file_ops sock_file_ops;
/* Gives back a bound socket's node; the personality sets it. */
extern void (*sock_node_put)(void *node);
/* Who the current process is, for SO_PEERCRED; the personality sets it. */
extern void (*sock_current_cred)(struct sock_cred *c);

/* Makes sockets of AF_NETLINK; linux/netlink sets it when it is linked. */
extern int (*netlink_create_hook)(int type, int protocol, struct sock **out);

/* family AF_*, type without SOCK_NONBLOCK and SOCK_CLOEXEC. -EAFNOSUPPORT, -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -ENOMEM. */
int sock_create(int family, int type, int protocol, struct sock **out) MUST_CHECK;
/* AF_UNIX only; connected with each other. */
int sock_pair(int family, int type, int protocol, struct sock *out[2]) MUST_CHECK;
/* The file's socket or NULL. */
struct sock *sock_of(struct file *f);

int sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len);
int sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len);
void sock_files_free(struct sock_files *f);
#pragma GCC visibility pop

/* For the families, linux/netlink too. */
#pragma GCC visibility push(default)
void sock_init(struct sock *s, const struct sock_ops *ops, int family, int type, int protocol);
/* Takes the pending error: 0 or -errno. */
int sock_error(struct sock *s);
/* wait_event's error as the calls return it. */
int sock_wait_error(int err, uint64_t timeo);
#pragma GCC visibility pop
static inline uint64_t sock_deadline(uint64_t timeo)
{
	return timeo == 0 ? TIME_NEVER : time_mono() + timeo;
}
int inet_create(int type, int protocol, struct sock **out) MUST_CHECK;
/* Interfaces, SIOCGIF*; addresses only of sockets of AF_INET. */
long inet_ioctl(struct sock *s, unsigned cmd, uintptr_t arg);
int unix_create(int type, int protocol, struct sock **out) MUST_CHECK;
int unix_pair(int type, int protocol, struct sock *out[2]) MUST_CHECK;

#endif
