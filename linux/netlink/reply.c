/* SPDX-License-Identifier: ISC */
/* Netlink messages: requests taken apart, answers put together. netlink(7). */
#include "netlink.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

/* A datagram is at most as long as Linux's by default, and a new one is begun when less than MESSAGE_MAX is left. */
#define DGRAM_ROOM  3776u
#define MESSAGE_MAX 1024u

void *nl_begin(struct nl_out *o, unsigned type, size_t n)
{
	if (o->d != NULL && o->d->room - o->d->len < MESSAGE_MAX)
		nl_send(o);
	if (o->d == NULL)
		o->d = netlink_dgram(DGRAM_ROOM);
	if (o->d == NULL) {
		o->err = -ENOBUFS;
		return NULL;
	}
	o->h = (struct nlmsghdr *)(void *)(o->d->data + o->d->len);
	memset(o->h, 0, NLMSG_HDRLEN + NLMSG_ALIGN(n));
	*o->h = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + n),
				  .nlmsg_type = (uint16_t)type,
				  .nlmsg_flags = o->flags,
				  .nlmsg_seq = o->seq,
				  .nlmsg_pid = o->groups != 0 ? 0 : o->to->port};
	o->d->len += (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(n));
	return NLMSG_DATA(o->h);
}

void nl_attr(struct nl_out *o, unsigned type, const void *data, size_t n)
{
	struct nlattr *a = (struct nlattr *)(void *)(o->d->data + o->d->len);

	if (NLA_HDRLEN + NLA_ALIGN(n) > o->d->room - o->d->len) {
		o->err = -EMSGSIZE;
		return;
	}
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(n));
	a->nla_len = (uint16_t)(NLA_HDRLEN + n);
	a->nla_type = (uint16_t)type;
	memcpy((uint8_t *)a + NLA_HDRLEN, data, n);
	o->d->len += (uint32_t)(NLA_HDRLEN + NLA_ALIGN(n));
	o->h->nlmsg_len = (uint32_t)(o->d->data + o->d->len - (uint8_t *)o->h);
}

void nl_attr_str(struct nl_out *o, unsigned type, const char *s)
{
	nl_attr(o, type, s, strlen(s) + 1);
}

void nl_send(struct nl_out *o)
{
	struct nl_dgram *d = o->d;

	o->d = NULL;
	if (d == NULL)
		return;
	d->groups = o->groups;
	netlink_queue(o->to, d);
}

const void *nl_find(const struct nlmsghdr *h, size_t body, unsigned type, size_t least)
{
	size_t off = NLMSG_HDRLEN + NLMSG_ALIGN(body), end = h->nlmsg_len;

	while (off + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const struct nlattr *)(const void *)((const uint8_t *)h + off);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - off)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type && a->nla_len - NLA_HDRLEN >= (int)least)
			return (const uint8_t *)a + NLA_HDRLEN;
		off += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/* NLMSG_ERROR: an error with the request, or that there was none. */
static void acknowledge(struct netlink_sock *n, const struct nlmsghdr *h, int err)
{
	bool whole = err != 0 && !n->cap_ack;
	size_t len = NLMSG_HDRLEN + sizeof(int) + (whole ? NLMSG_ALIGN(h->nlmsg_len) : sizeof *h);
	struct nl_dgram *d = netlink_dgram(len);
	struct nlmsghdr out = {.nlmsg_len = (uint32_t)len,
			       .nlmsg_type = NLMSG_ERROR,
			       .nlmsg_flags = whole ? 0 : NLM_F_CAPPED,
			       .nlmsg_seq = h->nlmsg_seq,
			       .nlmsg_pid = n->port};

	if (d == NULL) {
		n->s.err = ENOBUFS;
		return;
	}
	memset(d->data, 0, len);
	memcpy(d->data, &out, sizeof out);
	memcpy(d->data + NLMSG_HDRLEN, &err, sizeof err);
	memcpy(d->data + NLMSG_HDRLEN + sizeof err, h, whole ? h->nlmsg_len : sizeof *h);
	d->len = (uint32_t)len;
	netlink_queue(n, d);
}

/* The end of a dump, in a datagram of its own. */
static void done(struct nl_out *o, int err)
{
	int *status;

	nl_send(o);
	status = nl_begin(o, NLMSG_DONE, sizeof *status);
	if (status != NULL)
		*status = err;
	nl_send(o);
}

static void request(struct netlink_sock *n, const struct nlmsghdr *h)
{
	struct nl_out o = {.to = n, .seq = h->nlmsg_seq};
	int err = 0;

	if ((h->nlmsg_flags & NLM_F_REQUEST) != 0 && h->nlmsg_type >= NLMSG_MIN_TYPE) {
		err = n->s.protocol == NETLINK_ROUTE ? route_request(&o, h) : diag_request(&o, h);
		err = err == 0 ? o.err : err;
		if ((o.flags & NLM_F_MULTI) != 0) {
			done(&o, err);
			return;
		}
		if (err == 0)
			nl_send(&o);
		kfree(o.d);
	}
	if ((h->nlmsg_flags & NLM_F_ACK) != 0 || err != 0)
		acknowledge(n, h, err);
}

void netlink_input(struct netlink_sock *n, const uint8_t *data, size_t len)
{
	while (len >= NLMSG_HDRLEN) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)data;
		size_t step;

		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > len)
			return;
		request(n, h);
		step = MIN((size_t)NLMSG_ALIGN(h->nlmsg_len), len);
		data += step;
		len -= step;
	}
}
