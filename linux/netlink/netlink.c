/* SPDX-License-Identifier: ISC */
/*
 * Sockets of AF_NETLINK, netlink(7): NETLINK_ROUTE and NETLINK_SOCK_DIAG. Names are numbers, by default the process's. What
 * is sent to 0 is a request to the kernel and answered before send returns; what is sent to another number goes to that
 * socket. Members of groups hear of changes.
 */
#include "netlink.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "lib/string.h"

#define GROUPS 32u

struct list netlink_all = LIST_INIT(netlink_all);

static struct netlink_sock *of(struct sock *s)
{
	return (struct netlink_sock *)s;
}

static struct netlink_sock *find(uint16_t protocol, uint32_t port)
{
	struct netlink_sock *n;

	list_for_each_entry (n, &netlink_all, link)
		if (port != 0 && n->port == port && n->s.protocol == protocol)
			return n;
	return NULL;
}

struct nl_dgram *netlink_dgram(size_t room)
{
	struct nl_dgram *d = kmalloc(sizeof *d + room);

	if (d != NULL)
		*d = (struct nl_dgram){.room = (uint32_t)room};
	return d;
}

void netlink_queue(struct netlink_sock *n, struct nl_dgram *d)
{
	if (n->rx_bytes > 0 && n->rx_bytes + d->room > n->s.rcvbuf) {
		kfree(d);
		if (!n->no_enobufs) {
			n->s.err = ENOBUFS;
			wait_wake_all(&n->s.wait, POLLERR);
		}
		return;
	}
	n->rx_bytes += d->room;
	list_push_back(&n->rx, &d->link);
	wait_wake_all(&n->s.wait, POLLIN | POLLRDNORM);
}

/* The process's number, or, when that is taken, one that no process has. */
static void autobind(struct netlink_sock *n)
{
	static uint32_t next = (uint32_t)-4097;
	struct sock_cred c = {0, 0, 0};

	if (sock_current_cred != NULL)
		sock_current_cred(&c);
	while (c.pid == 0 || find(n->s.protocol, c.pid) != NULL)
		c.pid = next--;
	n->port = c.pid;
}

/* An address of ours: -EINVAL. */
static int check(const struct sock_addr *a)
{
	return a->len < sizeof a->nl || a->family != AF_NETLINK ? -EINVAL : 0;
}

static int netlink_bind(struct sock *s, const struct sock_addr *a)
{
	struct netlink_sock *n = of(s);
	int err = check(a);

	if (err != 0)
		return err;
	if (n->port != 0 && a->nl.port != n->port)
		return -EINVAL;
	if (n->port == 0 && a->nl.port == 0)
		autobind(n);
	else if (n->port == 0 && find(s->protocol, a->nl.port) != NULL)
		return -EADDRINUSE;
	else if (n->port == 0)
		n->port = a->nl.port;
	n->groups = a->nl.groups;
	return 0;
}

static int netlink_connect(struct sock *s, const struct sock_addr *a, bool nonblock UNUSED)
{
	struct netlink_sock *n = of(s);
	int err;

	if (a->len < sizeof a->family)
		return -EINVAL;
	if (a->family == AF_UNSPEC) {
		n->dst_port = n->dst_groups = 0;
		return 0;
	}
	err = check(a);
	if (err != 0)
		return err;
	n->dst_port = a->nl.port;
	n->dst_groups = a->nl.groups;
	if (n->port == 0)
		autobind(n);
	return 0;
}

static int netlink_name(struct sock *s, struct sock_addr *a, bool peer)
{
	const struct netlink_sock *n = of(s);

	memset(&a->nl, 0, sizeof a->nl);
	a->nl.family = AF_NETLINK;
	a->nl.port = peer ? n->dst_port : n->port;
	a->nl.groups = peer ? n->dst_groups : n->groups;
	a->len = sizeof a->nl;
	return 0;
}

static int netlink_listen(struct sock *s UNUSED, int backlog UNUSED)
{
	return -EOPNOTSUPP;
}

static int netlink_accept(struct sock *s UNUSED, struct sock **out UNUSED, bool nonblock UNUSED)
{
	return -EOPNOTSUPP;
}

static int netlink_shutdown(struct sock *s UNUSED, int how UNUSED)
{
	return -EOPNOTSUPP;
}

static bool root(void)
{
	struct sock_cred c = {0, 0, 0};

	if (sock_current_cred != NULL)
		sock_current_cred(&c);
	return c.uid == 0;
}

/* To another program's socket, or to ourselves. */
static int unicast(struct netlink_sock *n, uint32_t port, struct nl_dgram *d)
{
	struct netlink_sock *to = root() ? find(n->s.protocol, port) : NULL;

	if (to == NULL) {
		kfree(d);
		return root() ? -ECONNREFUSED : -EPERM;
	}
	if (to->rx_bytes > 0 && to->rx_bytes + d->room > to->s.rcvbuf) {
		kfree(d);
		return -EAGAIN;
	}
	d->port = n->port;
	netlink_queue(to, d);
	return 0;
}

static ssize_t netlink_send(struct sock *s, struct sock_msg *m, bool nonblock UNUSED)
{
	struct netlink_sock *n = of(s);
	uint32_t port = n->dst_port, groups = n->dst_groups;
	size_t len = m->u->left;
	struct nl_dgram *d;
	int err = 0;

	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	if (len == 0)
		return -ENODATA;
	if (m->name != NULL && m->name->len > 0) {
		err = check(m->name);
		if (err != 0)
			return err;
		port = m->name->nl.port;
		groups = m->name->nl.groups;
	}
	if (groups != 0)
		return root() ? -EOPNOTSUPP : -EPERM; /* programs do not send to groups here */
	if (len > s->sndbuf - 32)
		return -EMSGSIZE;
	if (n->port == 0)
		autobind(n);
	d = netlink_dgram(len);
	if (d == NULL)
		return -ENOBUFS;
	if (uio_get(m->u, d->data, len) != (ssize_t)len) {
		kfree(d);
		return -EFAULT;
	}
	d->len = (uint32_t)len;
	if (port != 0) {
		err = unicast(n, port, d);
		return err != 0 ? err : (ssize_t)len;
	}
	netlink_input(n, d->data, len);
	kfree(d);
	return (ssize_t)len;
}

/* Waits for a datagram: 0 or -errno. */
static int wait_dgram(struct netlink_sock *n, bool nonblock)
{
	struct sock *s = &n->s;
	int err;

	if (s->err != 0)
		return sock_error(s);
	if (!list_empty(&n->rx))
		return 0;
	if (nonblock)
		return -EAGAIN;
	err = wait_event(&s->wait, !list_empty(&n->rx) || s->err != 0, sock_deadline(s->rcvtimeo), WAIT_INTERRUPTIBLE);
	if (err != 0)
		return sock_wait_error(err, s->rcvtimeo);
	return s->err != 0 ? sock_error(s) : 0;
}

static ssize_t netlink_recv(struct sock *s, struct sock_msg *m, bool nonblock)
{
	struct netlink_sock *n = of(s);
	struct nl_dgram *d;
	size_t k;
	int err;

	if (m->name != NULL)
		m->name->len = 0;
	if ((m->flags & MSG_OOB) != 0)
		return -EOPNOTSUPP;
	do {
		err = wait_dgram(n, nonblock);
		if (err == 0)
			err = uio_touch(m->u, LIST_ENTRY(n->rx.next, struct nl_dgram, link)->len, true);
		if (err != 0)
			return err;
	} while (list_empty(&n->rx)); /* another one was quicker */
	d = LIST_ENTRY(n->rx.next, struct nl_dgram, link);
	k = MIN((size_t)d->len, m->u->left);
	if (k > 0 && uio_put_now(m->u, d->data, k) != (ssize_t)k)
		return -EFAULT;
	if (k < d->len)
		m->out_flags |= MSG_TRUNC;
	if ((m->flags & MSG_TRUNC) != 0)
		k = d->len;
	if (m->name != NULL) {
		memset(&m->name->nl, 0, sizeof m->name->nl);
		m->name->nl.family = AF_NETLINK;
		m->name->nl.port = d->port;
		m->name->nl.groups = d->groups;
		m->name->len = sizeof m->name->nl;
	}
	m->has_cred = s->passcred; /* all zero: the kernel */
	m->cred = (struct sock_cred){d->port, 0, 0};
	if ((m->flags & MSG_PEEK) == 0) {
		list_remove(&d->link);
		n->rx_bytes -= d->room;
		kfree(d);
	}
	return (ssize_t)k;
}

static unsigned netlink_poll(struct sock *s)
{
	return POLLOUT | POLLWRNORM | POLLWRBAND | (list_empty(&of(s)->rx) ? 0 : POLLIN | POLLRDNORM) |
	       (s->err != 0 ? POLLERR : 0);
}

static bool *flag(struct netlink_sock *n, int name)
{
	switch (name) {
	case NETLINK_NO_ENOBUFS: return &n->no_enobufs;
	case NETLINK_CAP_ACK: return &n->cap_ack;
	case NETLINK_EXT_ACK: return &n->ext_ack; /* an error need not say more */
	case NETLINK_GET_STRICT_CHK: return &n->strict;
	default: return NULL;
	}
}

static int netlink_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	struct netlink_sock *n = of(s);
	bool *f = flag(n, name);
	unsigned v = 0;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (len >= sizeof v)
		memcpy(&v, val, sizeof v);
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP) {
		if (v == 0 || v > GROUPS)
			return -EINVAL;
		n->groups &= ~(1u << (v - 1));
		n->groups |= name == NETLINK_ADD_MEMBERSHIP ? 1u << (v - 1) : 0;
		return 0;
	}
	if (f == NULL)
		return -ENOPROTOOPT;
	*f = v != 0;
	return 0;
}

static int netlink_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	struct netlink_sock *n = of(s);
	const bool *f = flag(n, name);
	int v;

	if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
		v = 0;
	else if (level == SOL_NETLINK && name == NETLINK_LIST_MEMBERSHIPS)
		v = (int)n->groups;
	else if (level == SOL_NETLINK && f != NULL)
		v = *f;
	else
		return -ENOPROTOOPT;
	if (level == SOL_NETLINK && *len < sizeof v && name != NETLINK_LIST_MEMBERSHIPS)
		return -EINVAL;
	memcpy(val, &v, MIN(*len, (unsigned)sizeof v));
	*len = name == NETLINK_LIST_MEMBERSHIPS ? sizeof v : MIN(*len, (unsigned)sizeof v);
	return 0;
}

static void netlink_release(struct sock *s)
{
	struct netlink_sock *n = of(s);
	struct list *e;

	list_remove(&n->link);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that the list goes on without the freed one. */
	while ((e = list_pop_front(&n->rx)) != NULL)
		kfree(LIST_ENTRY(e, struct nl_dgram, link));
	kfree(n);
}

static const struct sock_ops netlink_ops = {
    .bind = netlink_bind,
    .listen = netlink_listen,
    .accept = netlink_accept,
    .connect = netlink_connect,
    .send = netlink_send,
    .recv = netlink_recv,
    .shutdown = netlink_shutdown,
    .name = netlink_name,
    .setopt = netlink_setopt,
    .getopt = netlink_getopt,
    .poll = netlink_poll,
    .release = netlink_release,
};

static int netlink_create(int type, int protocol, struct sock **out)
{
	struct netlink_sock *n;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != NETLINK_ROUTE && protocol != NETLINK_SOCK_DIAG)
		return -EPROTONOSUPPORT;
	n = kzalloc(sizeof *n);
	if (n == NULL)
		return -ENOBUFS;
	sock_init(&n->s, &netlink_ops, AF_NETLINK, type, protocol);
	list_init(&n->rx);
	list_push_back(&netlink_all, &n->link);
	*out = &n->s;
	return 0;
}

static void netlink_init(void)
{
	netlink_create_hook = netlink_create;
}
INIT(INIT_NET, netlink_init);
