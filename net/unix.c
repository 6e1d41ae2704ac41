/* SPDX-License-Identifier: ISC */
/*
 * Local sockets: names, connections, ends. A connected pair refer to each other with a reference each; what a socket
 * was sent lies in its own queue. A name in the file system is a node that linux/ resolved, compared by identity.
 * A connect makes the server's end at once and queues it at the listener, as Linux does.
 */
#include "unix.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/fmt.h"
#include "lib/string.h"

struct list unix_all = LIST_INIT(unix_all);
static struct list bound = LIST_INIT(bound);
static unsigned autobind;

static const struct sock_ops unix_ops;

void unix_put(struct unix_sock *u)
{
	if (--u->refs > 0)
		return;
	list_remove(&u->all_link);
	kfree(u);
}

static struct unix_sock *alloc(int type)
{
	struct unix_sock *u = kzalloc(sizeof *u);

	if (u == NULL)
		return NULL;
	sock_init(&u->s, &unix_ops, AF_UNIX, type, 0);
	u->refs = 1;
	list_push_back(&unix_all, &u->all_link);
	list_init(&u->bound_link);
	list_init(&u->rx);
	list_init(&u->accepts);
	list_init(&u->accept_link);
	list_init(&u->flying_link);
	list_init(&u->gc_link);
	wait_queue_init(&u->space);
	return u;
}

static bool abstract(const struct sock_addr *a)
{
	return a->len > 2 && a->un.path[0] == '\0';
}

struct unix_sock *unix_find(const struct sock_addr *a, int type)
{
	struct unix_sock *u;

	list_for_each_entry (u, &bound, bound_link) {
		if (abstract(a) ? u->s.type == type && abstract(&u->name) && u->name.len == a->len &&
				      memcmp(u->name.raw, a->raw, a->len) == 0
				: a->node != NULL && u->name.node == a->node)
			return u;
	}
	return NULL;
}

static int check(const struct sock_addr *a)
{
	if (a->len < 2 || a->len > sizeof a->un || a->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

static int unix_bind(struct sock *s, const struct sock_addr *a)
{
	struct unix_sock *u = (struct unix_sock *)s;
	int err = check(a);

	if (err != 0)
		return err;
	if (u->name.len != 0)
		return -EINVAL;
	if (a->len == 2) {
		do {
			u->name.un.family = AF_UNIX;
			u->name.un.path[0] = '\0';
			fmt_snprintf(u->name.un.path + 1, 6, "%05x", autobind++ & 0xfffffu);
			u->name.len = 8;
		} while (unix_find(&u->name, s->type) != NULL);
	} else {
		if (abstract(a) && unix_find(a, s->type) != NULL)
			return -EADDRINUSE;
		u->name = *a;
	}
	list_push_back(&bound, &u->bound_link);
	return 0;
}

static int unix_listen(struct sock *s, int backlog)
{
	struct unix_sock *u = (struct unix_sock *)s;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (u->name.len == 0 || u->connected)
		return -EINVAL;
	u->listening = true;
	u->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : (unsigned)backlog;
	if (sock_current_cred != NULL)
		sock_current_cred(&s->peer_cred);
	wait_wake_all(&u->space, 0);
	return 0;
}

static void join_pair(struct unix_sock *a, struct unix_sock *b)
{
	a->peer = b;
	b->peer = a;
	unix_get(a);
	unix_get(b);
	a->connected = b->connected = true;
}

static int connect_dgram(struct unix_sock *u, const struct sock_addr *a)
{
	struct unix_sock *old = u->peer, *to = NULL;

	if (a->len < 2)
		return -EINVAL;
	if (a->family != AF_UNSPEC) {
		int err = check(a);

		if (err != 0)
			return err;
		to = unix_find(a, SOCK_DGRAM);
		if (to == NULL)
			return -ECONNREFUSED;
		if (to->s.type != u->s.type)
			return -EPROTOTYPE;
		unix_get(to);
	}
	u->peer = to;
	u->connected = to != NULL;
	if (old != NULL)
		unix_put(old);
	return 0;
}

static int unix_connect(struct sock *s, const struct sock_addr *a, bool nonblock)
{
	struct unix_sock *u = (struct unix_sock *)s, *l, *child;
	int err;

	if (s->type == SOCK_DGRAM)
		return connect_dgram(u, a);
	err = check(a);
	if (err != 0)
		return err;
	unix_gc_maybe(false);
	for (;;) {
		if (u->connected)
			return -EISCONN;
		if (u->listening)
			return -EINVAL;
		l = unix_find(a, s->type);
		if (l == NULL || (l->s.type == s->type && !l->listening))
			return -ECONNREFUSED;
		if (l->s.type != s->type)
			return -EPROTOTYPE;
		if (l->accept_count <= l->backlog)
			break;
		if (nonblock)
			return -EAGAIN;
		unix_get(l);
		err = wait_sleep(&l->space, sock_deadline(s->sndtimeo), WAIT_INTERRUPTIBLE);
		unix_put(l);
		if (err != 0)
			return sock_wait_error(err, s->sndtimeo);
	}
	child = alloc(s->type);
	if (child == NULL)
		return -ENOMEM;
	child->name = l->name;
	child->name.node = NULL;
	child->s.passcred = l->s.passcred;
	if (sock_current_cred != NULL)
		sock_current_cred(&child->s.peer_cred);
	s->peer_cred = l->s.peer_cred;
	join_pair(u, child);
	list_push_back(&l->accepts, &child->accept_link);
	l->accept_count++;
	wait_wake(&l->s.wait, 1, POLLIN | POLLRDNORM);
	return 0;
}

static int unix_accept(struct sock *s, struct sock **out, bool nonblock)
{
	struct unix_sock *u = (struct unix_sock *)s;
	int err;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!u->listening)
		return -EINVAL;
	if (list_empty(&u->accepts)) {
		if (nonblock)
			return -EAGAIN;
		err = wait_event(&s->wait, !list_empty(&u->accepts) || s->shut != 0, sock_deadline(s->rcvtimeo),
				 WAIT_INTERRUPTIBLE);
		if (err != 0)
			return sock_wait_error(err, s->rcvtimeo);
		if (list_empty(&u->accepts))
			return -EINVAL;
	}
	u->accept_count--;
	*out = &LIST_ENTRY(list_pop_front(&u->accepts), struct unix_sock, accept_link)->s;
	wait_wake_all(&u->space, 0);
	return 0;
}

static int unix_shutdown(struct sock *s, int how)
{
	struct unix_sock *u = (struct unix_sock *)s;
	unsigned add = how == SHUT_RD ? SOCK_SHUT_RD : how == SHUT_WR ? SOCK_SHUT_WR : SOCK_SHUT_RD | SOCK_SHUT_WR;

	if (how < 0 || how > 2)
		return -EINVAL;
	s->shut |= (uint8_t)add;
	if (s->type != SOCK_DGRAM && u->peer != NULL) {
		unsigned other =
		    ((add & SOCK_SHUT_RD) != 0 ? SOCK_SHUT_WR : 0u) | ((add & SOCK_SHUT_WR) != 0 ? SOCK_SHUT_RD : 0u);

		u->peer->s.shut |= (uint8_t)other;
		wait_wake_all(&u->peer->s.wait, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
		wait_wake_all(&u->peer->space, 0);
	}
	wait_wake_all(&s->wait, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	wait_wake_all(&u->space, 0);
	return 0;
}

static int unix_name(struct sock *s, struct sock_addr *a, bool peer)
{
	struct unix_sock *u = (struct unix_sock *)s;

	if (peer) {
		if (u->peer == NULL || !u->connected)
			return -ENOTCONN;
		u = u->peer;
	}
	*a = u->name;
	a->node = NULL;
	if (a->len == 0) {
		a->len = 2;
		a->family = AF_UNIX;
	}
	return 0;
}

static int unix_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	int v = ((struct unix_sock *)s)->listening;

	if (level != SOL_SOCKET || name != SO_ACCEPTCONN)
		return -ENOPROTOOPT;
	*len = MIN(*len, (unsigned)sizeof v);
	memcpy(val, &v, *len);
	return 0;
}

static void unix_release(struct sock *s)
{
	struct unix_sock *u = (struct unix_sock *)s, *peer = u->peer;
	struct list *e;

	if (!list_empty(&u->bound_link)) {
		list_remove(&u->bound_link);
		if (u->name.node != NULL && sock_node_put != NULL)
			sock_node_put(u->name.node);
		u->name.node = NULL;
	}
	while ((e = list_pop_front(&u->accepts)) != NULL) {
		struct unix_sock *child = LIST_ENTRY(e, struct unix_sock, accept_link);

		if (child->peer != NULL) /* as when it had not read all */
			child->peer->s.err = ECONNRESET;
		s->ops->release(&child->s);
	}
	u->peer = NULL;
	s->id = 0;
	s->shut = SOCK_SHUT_RD | SOCK_SHUT_WR;
	u->listening = false;
	if (peer != NULL && s->type != SOCK_DGRAM && peer->peer == u) {
		if (!list_empty(&u->rx))
			peer->s.err = ECONNRESET;
		peer->peer = NULL;
		u->refs--; /* its reference */
		peer->s.shut = SOCK_SHUT_RD | SOCK_SHUT_WR;
		wait_wake_all(&peer->s.wait, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
		wait_wake_all(&peer->space, 0);
	}
	unix_doom(u);
	unix_bury();
	wait_wake_all(&u->space, POLLOUT);
	if (peer != NULL)
		unix_put(peer);
	unix_put(u);
	unix_gc_maybe(true);
}

static const struct sock_ops unix_ops = {
    .bind = unix_bind,
    .listen = unix_listen,
    .accept = unix_accept,
    .connect = unix_connect,
    .send = unix_send,
    .recv = unix_recv,
    .shutdown = unix_shutdown,
    .name = unix_name,
    .getopt = unix_getopt,
    .poll = unix_poll,
    .ioctl = unix_ioctl,
    .release = unix_release,
};

int unix_create(int type, int protocol, struct sock **out)
{
	struct unix_sock *u;

	if (protocol != 0 && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		type = SOCK_DGRAM; /* as Linux */
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	unix_gc_maybe(false);
	u = alloc(type);
	if (u == NULL)
		return -ENOMEM;
	*out = &u->s;
	return 0;
}

int unix_pair(int type, int protocol, struct sock *out[2])
{
	int err = unix_create(type, protocol, &out[0]);

	if (err != 0)
		return err;
	err = unix_create(type, protocol, &out[1]);
	if (err != 0) {
		unix_release(out[0]);
		return err;
	}
	join_pair((struct unix_sock *)out[0], (struct unix_sock *)out[1]);
	for (unsigned i = 0; i < 2; i++)
		if (sock_current_cred != NULL)
			sock_current_cred(&out[i]->peer_cred);
	return 0;
}
