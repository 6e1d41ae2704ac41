/* SPDX-License-Identifier: ISC */
/* NETLINK_SOCK_DIAG, sock_diag(7): the sockets of TCP, UDP and AF_UNIX, which is what ss asks for. */
#include "netlink.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "abi/errno.h"
#include "lib/string.h"
#include "net/socklist.h"

struct dump {
	struct nl_out *o;
	uint32_t states, show;
};

static uint16_t net16(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static void put(void *arg, const struct sock_entry *e)
{
	const struct dump *d = arg;
	struct inet_diag_msg *m;

	if ((d->states & 1u << e->state) == 0 || d->o->err != 0)
		return;
	m = nl_begin(d->o, SOCK_DIAG_BY_FAMILY, sizeof *m);
	if (m == NULL)
		return;
	m->idiag_family = AF_INET;
	m->idiag_state = e->state;
	m->idiag_retrans = (uint8_t)e->retransmits;
	m->id.idiag_sport = net16(e->local_port);
	m->id.idiag_dport = net16(e->remote_port);
	m->id.idiag_src[0] = e->local;
	m->id.idiag_dst[0] = e->remote;
	m->id.idiag_cookie[0] = (uint32_t)e->inode;
	m->idiag_rqueue = e->rx;
	m->idiag_wqueue = e->tx;
	m->idiag_uid = e->uid;
	m->idiag_inode = (uint32_t)e->inode;
}

static void put_unix(void *arg, const struct sock_entry *e)
{
	struct unix_diag_rqlen q = {e->rx, e->tx};
	const struct dump *d = arg;
	struct unix_diag_msg *m;

	if ((d->states & 1u << e->state) == 0 || d->o->err != 0)
		return;
	m = nl_begin(d->o, SOCK_DIAG_BY_FAMILY, sizeof *m);
	if (m == NULL)
		return;
	m->udiag_family = AF_UNIX;
	m->udiag_type = (uint8_t)e->type;
	m->udiag_state = e->state;
	m->udiag_ino = m->udiag_cookie[0] = (uint32_t)e->inode;
	if ((d->show & UDIAG_SHOW_NAME) != 0 && e->name_len > 0)
		nl_attr(d->o, UNIX_DIAG_NAME, e->name, e->name_len);
	if ((d->show & UDIAG_SHOW_PEER) != 0 && e->peer != 0)
		nl_attr_u32(d->o, UNIX_DIAG_PEER, (uint32_t)e->peer);
	if ((d->show & UDIAG_SHOW_RQLEN) != 0)
		nl_attr(d->o, UNIX_DIAG_RQLEN, &q, sizeof q);
}

static int unix_request(struct nl_out *o, const struct nlmsghdr *h)
{
	const struct unix_diag_req *r = NLMSG_DATA(h);
	struct dump d = {.o = o};

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof *r)
		return -EINVAL;
	if ((h->nlmsg_flags & NLM_F_DUMP) == 0)
		return -EOPNOTSUPP;
	o->flags |= NLM_F_MULTI;
	d.states = r->udiag_states;
	d.show = r->udiag_show;
	sock_list(0, put_unix, &d);
	return 0;
}

int diag_request(struct nl_out *o, const struct nlmsghdr *h)
{
	const struct inet_diag_req_v2 *r = NLMSG_DATA(h);
	struct dump d = {.o = o};

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || h->nlmsg_len < NLMSG_HDRLEN + sizeof(struct sock_diag_req))
		return -EINVAL;
	if (r->sdiag_family == AF_UNIX)
		return unix_request(o, h);
	if (r->sdiag_family != AF_INET && r->sdiag_family != AF_INET6)
		return -ENOENT; /* as a kernel that has no more */
	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof *r)
		return -EINVAL;
	if (r->sdiag_protocol != SOL_TCP && r->sdiag_protocol != SOL_UDP)
		return -ENOENT;
	if ((h->nlmsg_flags & NLM_F_DUMP) == 0)
		return -EOPNOTSUPP;
	o->flags |= NLM_F_MULTI;
	d.states = r->idiag_states;
	if (r->sdiag_family == AF_INET)
		sock_list(r->sdiag_protocol, put, &d);
	return 0;
}
