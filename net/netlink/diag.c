/* SPDX-License-Identifier: ISC */
#include "netlink.h"

#include "abi/errno.h"

int diag_request(struct nl_out *o UNUSED, const struct nlmsghdr *h UNUSED)
{
	return -EOPNOTSUPP;
}
