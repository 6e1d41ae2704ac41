/* SPDX-License-Identifier: ISC */
/* What the network's configuration says to others. */
#ifndef NET_IFCONFIG_H
#define NET_IFCONFIG_H

#include "lib/base.h"

#pragma GCC visibility push(default)
/* The text of /etc/resolv.conf as configured or learned by DHCP, NUL-terminated; its length (0: nothing known). */
size_t net_resolv_conf(char *buf, size_t size);
#pragma GCC visibility pop

#endif
