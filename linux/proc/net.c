/* SPDX-License-Identifier: ISC */
/* /proc/net/dev: the network devices and what they have carried. Loopback is no device and counts nothing. */
#include <linux/stat.h>

#include "abi/errno.h"
#include "kernel/netdev.h"
#include "lib/string.h"
#include "proc.h"

static int dev(struct text *t, uint64_t arg UNUSED)
{
	const struct netdev *d;

	text_printf(
	    t,
	    "Inter-|   Receive                                                |  Transmit\n"
	    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
	    "carrier compressed\n");
	list_for_each_entry (d, &netdev_list, link)
		text_printf(t, "%6s: %lu %lu 0 %lu 0 0 0 0 %lu %lu 0 %lu 0 0 0 0\n", d->name,
			    (unsigned long)d->rx_bytes, (unsigned long)d->rx_packets, (unsigned long)d->rx_dropped,
			    (unsigned long)d->tx_bytes, (unsigned long)d->tx_packets, (unsigned long)d->tx_dropped);
	return 0;
}

const struct pseudo *proc_net_more;

int proc_net_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child)
{
	const struct pseudo *p = proc_net_more;

	for (; p != NULL && p->name != NULL; p++)
		if (strlen(p->name) == len && memcmp(p->name, name, len) == 0) {
			*e = p;
			*child = arg;
			return 0;
		}
	return -ENOENT;
}

int proc_net_list(uint64_t arg UNUSED, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode)
{
	const struct pseudo *p = proc_net_more;

	for (unsigned k = *i; k > 0 && p != NULL && p->name != NULL; k--)
		p++;
	if (p == NULL || p->name == NULL)
		return -ENOENT;
	strlcpy(name, p->name, PSEUDO_NAME_MAX);
	*mode = p->mode;
	return 0;
}

const struct pseudo proc_net_children[] = {
    {.name = "dev", .mode = S_IFREG | 0444, .show = dev},
    {.name = NULL},
};
