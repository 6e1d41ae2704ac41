/* SPDX-License-Identifier: ISC */
/* NETLINK_ROUTE: which requests there are. What changes something is refused: the configuration decides. */
#include "route.h"

#include "abi/errno.h"
#include "lib/string.h"

void route_body(const struct nlmsghdr *h, void *body, size_t n)
{
	memset(body, 0, n);
	memcpy(body, NLMSG_DATA(h), MIN(n, h->nlmsg_len - NLMSG_HDRLEN));
}

static int (*getter(unsigned type))(struct nl_out *o, const struct nlmsghdr *h)
{
	switch (type) {
	case RTM_GETLINK: return link_get;
	case RTM_GETADDR: return addr_get;
	case RTM_GETROUTE: return routes_get;
	case RTM_GETNEIGH: return neigh_get;
	default: return NULL;
	}
}

int route_request(struct nl_out *o, const struct nlmsghdr *h)
{
	bool get = ((h->nlmsg_type - RTM_BASE) & 3) == 2, dump = get && (h->nlmsg_flags & NLM_F_DUMP) != 0;
	int (*fn)(struct nl_out *, const struct nlmsghdr *) = getter(h->nlmsg_type);

	if (h->nlmsg_type > RTM_MAX)
		return -EOPNOTSUPP;
	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(struct rtgenmsg))
		return 0;
	if (!get) {
		struct sock_cred c = {0, 0, 0};

		if (sock_current_cred != NULL)
			sock_current_cred(&c);
		return c.uid == 0 ? -EOPNOTSUPP : -EPERM;
	}
	/* Addresses and neighbours are told by dump alone. */
	if (fn == NULL || (!dump && (fn == addr_get || fn == neigh_get)))
		return -EOPNOTSUPP;
	if (dump)
		o->flags |= NLM_F_MULTI;
	return fn(o, h);
}
