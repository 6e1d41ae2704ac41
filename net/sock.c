/* SPDX-License-Identifier: ISC */
/* What all sockets share: the file operations, the options of SOL_SOCKET, errors. The rest is the family's. */
#include "net/sock.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "net/interfaces.h"
#include "net/sockdef.h"

#define RCVBUF_MIN 2304u
#define SNDBUF_MIN 4608u
#define BUF_MAX    (4u << 20)

void (*sock_current_cred)(struct sock_cred *c);
void (*sock_node_put)(void *node);
int (*netlink_create_hook)(int type, int protocol, struct sock **out);

void sock_init(struct sock *s, const struct sock_ops *ops, int family, int type, int protocol)
{
	s->ops = ops;
	s->family = family;
	s->type = type;
	s->protocol = protocol;
	s->rcvbuf = s->sndbuf = 212992;
	s->rcvlowat = 1;
	wait_queue_init(&s->wait);
}

static int create(int family, int type, int protocol, struct sock **out)
{
	switch (family) {
	case AF_INET: return inet_create(type, protocol, out);
	case AF_UNIX: return unix_create(type, protocol, out);
	case AF_NETLINK:
		if (netlink_create_hook != NULL)
			return netlink_create_hook(type, protocol, out);
		/* fall through */
	default: return -EAFNOSUPPORT;
	}
}

int sock_create(int family, int type, int protocol, struct sock **out)
{
	struct sock_cred c = {0, 0, 0};
	int err = type < 0 || type > 10 ? -EINVAL : create(family, type, protocol, out);

	if (err == 0 && sock_current_cred != NULL) {
		sock_current_cred(&c);
		(*out)->uid = c.uid;
	}
	return err;
}

int sock_pair(int family, int type, int protocol, struct sock *out[2])
{
	if (family == AF_UNIX)
		return unix_pair(type, protocol, out);
	return family == AF_INET || (family == AF_NETLINK && netlink_create_hook != NULL) ? -EOPNOTSUPP : -EAFNOSUPPORT;
}

int sock_error(struct sock *s)
{
	int err = s->err;

	s->err = 0;
	return -err;
}

int sock_wait_error(int err, uint64_t timeo)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	if (err == -EINTR && timeo == 0)
		return -ERESTARTSYS;
	return err;
}

void sock_files_free(struct sock_files *f)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; i < f->count; i++)
		file_put(f->file[i]);
	kfree(f);
}

static ssize_t sock_file_read(struct file *f, struct uio *u, uint64_t *pos UNUSED)
{
	struct sock *s = f->priv;
	struct sock_msg m = {.u = u};

	if (u->left == 0 && s->type == SOCK_STREAM)
		return 0;
	return s->ops->recv(s, &m, (f->flags & O_NONBLOCK) != 0);
}

static ssize_t sock_file_write(struct file *f, struct uio *u, uint64_t *pos UNUSED)
{
	struct sock *s = f->priv;
	struct sock_msg m = {.u = u};

	return s->ops->send(s, &m, (f->flags & O_NONBLOCK) != 0);
}

static unsigned sock_file_poll(struct file *f, struct poll_table *pt)
{
	struct sock *s = f->priv;

	if (pt != NULL && pt->add != NULL)
		pt->add(pt, &s->wait);
	return s->ops->poll(s);
}

static long sock_file_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct sock *s = f->priv;
	long r = s->ops->ioctl == NULL ? -ENOTTY : s->ops->ioctl(s, cmd, arg);

	return r == -ENOTTY ? inet_ioctl(s, cmd, arg) : r;
}

static void sock_file_release(struct file *f)
{
	struct sock *s = f->priv;

	s->ops->release(s);
}

const struct file_ops sock_file_ops = {
    .kind = "socket",
    .mode = 0140777, /* S_IFSOCK */
    .read = sock_file_read,
    .write = sock_file_write,
    .poll = sock_file_poll,
    .ioctl = sock_file_ioctl,
    .release = sock_file_release,
};

struct sock *sock_of(struct file *f)
{
	return f->ops == &sock_file_ops ? f->priv : NULL;
}

static int get_timeo(const void *val, unsigned len, uint64_t *ns)
{
	struct opt_timeval tv;

	if (len < sizeof tv)
		return -EINVAL;
	memcpy(&tv, val, sizeof tv);
	if (tv.usec < 0 || tv.usec >= 1000000)
		return -EDOM;
	if (tv.sec < 0)
		*ns = 1; /* as Linux: it has run out */
	else if (tv.sec > 1000000000)
		*ns = 0;
	else
		*ns = (uint64_t)tv.sec * NSEC_PER_SEC + (uint64_t)tv.usec * 1000;
	return 0;
}

static struct opt_timeval put_timeo(uint64_t ns)
{
	return (struct opt_timeval){.sec = (int64_t)(ns / NSEC_PER_SEC), .usec = (int64_t)(ns % NSEC_PER_SEC / 1000)};
}

static uint32_t clamp_buf(int v, unsigned least)
{
	unsigned n = v < 0 ? BUF_MAX : (unsigned)v;

	return n > BUF_MAX / 2 ? BUF_MAX : MAX(n * 2, least);
}

/* An interface by the name in val, which need not be terminated; none: any. */
static int bind_device(struct sock *s, const char *val, unsigned len)
{
	char name[16] = "";
	struct net_iface i;

	memcpy(name, val, MIN(len, (unsigned)sizeof name - 1));
	s->bound_if = 0;
	if (name[0] == '\0')
		return 0;
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (strcmp(i.name, name) == 0) {
			s->bound_if = (uint8_t)i.index;
			return 0;
		}
	return -ENODEV;
}

static int bind_index(struct sock *s, int index)
{
	struct net_iface i;

	if (index < 0)
		return -EINVAL;
	if (index > 0 && (!net_iface_next(index, &i) || i.index != index))
		return -ENODEV;
	s->bound_if = (uint8_t)index;
	return 0;
}

static int set_socket(struct sock *s, int name, const void *val, unsigned len)
{
	struct opt_linger l;
	int v;

	switch (name) {
	case SO_RCVTIMEO: return get_timeo(val, len, &s->rcvtimeo);
	case SO_SNDTIMEO: return get_timeo(val, len, &s->sndtimeo);
	case SO_BINDTODEVICE: return bind_device(s, val, len);
	case SO_LINGER:
		if (len < sizeof l)
			return -EINVAL;
		memcpy(&l, val, sizeof l);
		s->linger = l.onoff != 0;
		s->linger_sec = l.linger < 0 ? 0 : (uint32_t)l.linger;
		return 0;
	}
	if (len < sizeof v)
		return -EINVAL;
	memcpy(&v, val, sizeof v);
	switch (name) {
	case SO_REUSEADDR: s->reuseaddr = v != 0; return 0;
	case SO_REUSEPORT:
		if (v != 0 && s->family != AF_INET)
			return -EOPNOTSUPP;
		s->reuseport = v != 0;
		return 0;
	case SO_BINDTOIFINDEX: return bind_index(s, v);
	case SO_MARK: /* nothing looks at it */
		if (s->uid != 0)
			return -EPERM;
		s->mark = (uint32_t)v;
		return 0;
	case SO_KEEPALIVE: s->keepalive = v != 0; return 0;
	case SO_BROADCAST: s->broadcast = v != 0; return 0;
	case SO_OOBINLINE: s->oobinline = v != 0; return 0;
	case SO_DONTROUTE: s->dontroute = v != 0; return 0;
	case SO_PRIORITY: s->priority = (uint32_t)v; return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE: s->rcvbuf = clamp_buf(v, RCVBUF_MIN); return 0;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->sndbuf = clamp_buf(v, SNDBUF_MIN);
		s->want_out = true;
		return 0;
	case SO_RCVLOWAT: s->rcvlowat = v <= 0 ? 1 : (uint32_t)v; return 0;
	case SO_PASSCRED:
		if (s->family != AF_UNIX && s->family != AF_NETLINK)
			return -EOPNOTSUPP;
		s->passcred = v != 0;
		return 0;
	case SO_TYPE:
	case SO_PROTOCOL:
	case SO_DOMAIN:
	case SO_ERROR:
	case SO_ACCEPTCONN:
	default: return -ENOPROTOOPT;
	}
}

int sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	int err = level == SOL_SOCKET    ? set_socket(s, name, val, len)
		  : s->family == AF_UNIX ? -EOPNOTSUPP
					 : -ENOPROTOOPT;

	/* The family hears of common ones too (keepalive), and may know more. */
	if ((err == 0 || err == -ENOPROTOOPT) && s->ops->setopt != NULL) {
		int own = s->ops->setopt(s, level, name, val, len);

		if (err != 0 || own != -ENOPROTOOPT)
			return own;
	}
	return err;
}

static int put(void *val, unsigned *len, const void *src, unsigned n)
{
	*len = MIN(*len, n);
	memcpy(val, src, *len);
	return 0;
}

static int get_socket(struct sock *s, int name, void *val, unsigned *len)
{
	struct opt_linger l = {s->linger, (int)s->linger_sec};
	struct opt_timeval tv;
	struct net_iface i;
	int v;

	switch (name) {
	case SO_BINDTODEVICE:
		if (s->bound_if == 0 || !net_iface_next(s->bound_if, &i)) {
			*len = 0;
			return 0;
		}
		return *len < 16 ? -EINVAL : put(val, len, i.name, (unsigned)strlen(i.name) + 1);
	case SO_BINDTOIFINDEX: v = s->bound_if; break;
	case SO_RCVTIMEO: tv = put_timeo(s->rcvtimeo); return put(val, len, &tv, sizeof tv);
	case SO_SNDTIMEO: tv = put_timeo(s->sndtimeo); return put(val, len, &tv, sizeof tv);
	case SO_LINGER: return put(val, len, &l, sizeof l);
	case SO_PEERCRED: return put(val, len, &s->peer_cred, sizeof s->peer_cred);
	case SO_ERROR: v = -sock_error(s); break;
	case SO_TYPE: v = s->type; break;
	case SO_PROTOCOL: v = s->protocol; break;
	case SO_DOMAIN: v = s->family; break;
	case SO_REUSEADDR: v = s->reuseaddr; break;
	case SO_REUSEPORT: v = s->reuseport; break;
	case SO_MARK: v = (int)s->mark; break;
	case SO_KEEPALIVE: v = s->keepalive; break;
	case SO_BROADCAST: v = s->broadcast; break;
	case SO_OOBINLINE: v = s->oobinline; break;
	case SO_DONTROUTE: v = s->dontroute; break;
	case SO_PRIORITY: v = (int)s->priority; break;
	case SO_RCVBUF: v = (int)s->rcvbuf; break;
	case SO_SNDBUF: v = (int)s->sndbuf; break;
	case SO_RCVLOWAT: v = (int)s->rcvlowat; break;
	case SO_SNDLOWAT: v = 1; break;
	case SO_PASSCRED: v = s->passcred; break;
	default: return -ENOPROTOOPT;
	}
	return put(val, len, &v, sizeof v);
}

int sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	int err = level == SOL_SOCKET    ? get_socket(s, name, val, len)
		  : s->family == AF_UNIX ? -EOPNOTSUPP
					 : -ENOPROTOOPT;

	if (err == -ENOPROTOOPT && s->ops->getopt != NULL)
		err = s->ops->getopt(s, level, name, val, len);
	return err;
}
