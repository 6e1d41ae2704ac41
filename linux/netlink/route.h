/* SPDX-License-Identifier: ISC */
/* NETLINK_ROUTE's parts, rtnetlink(7): each gives one request's answer; dumps where o->flags has NLM_F_MULTI. */
#ifndef NETLINK_ROUTE_H
#define NETLINK_ROUTE_H

#include <linux/rtnetlink.h>

#include "netlink.h"

int link_get(struct nl_out *o, const struct nlmsghdr *h);
int addr_get(struct nl_out *o, const struct nlmsghdr *h);
int routes_get(struct nl_out *o, const struct nlmsghdr *h);
int neigh_get(struct nl_out *o, const struct nlmsghdr *h);

/* The request's body, as much as it has (the rest is zero): struct ifinfomsg and its like begin with the family, and
 * programs send no more than that. */
void route_body(const struct nlmsghdr *h, void *body, size_t n);

#endif
