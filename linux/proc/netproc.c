/* SPDX-License-Identifier: ISC */
/* /proc/net: tcp, udp, unix, route, arp, as proc(5) has them. A component of its own, as it needs the network. */
#include <linux/stat.h>

#include "kernel/init.h"
#include "lib/fmt.h"
#include "net/interfaces.h"
#include "net/sockdef.h"
#include "net/socklist.h"
#include "proc.h"

struct table {
	struct text *t;
	unsigned line;
};

static void inet_line(void *arg, const struct sock_entry *e)
{
	struct table *k = arg;
	bool udp = e->protocol == SOL_UDP;

	text_printf(k->t, udp ? "%5u: " : "%4u: ", k->line++);
	text_printf(k->t, "%08X:%04X %08X:%04X %02X %08X:%08X 00:00000000 %08X %5u %8d %lu %d 0000000000000000 ",
		    e->local, e->local_port, e->remote, e->remote_port, e->state, e->state == 10 ? 0 : e->tx, e->rx,
		    e->retransmits, e->uid, 0, (unsigned long)e->inode, 1);
	text_printf(k->t, udp ? "0\n" : "20 4 0 10 -1\n");
}

static int tcp(struct text *t, uint64_t arg UNUSED)
{
	struct table k = {t, 0};

	text_printf(
	    t, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
	sock_list(SOL_TCP, inet_line, &k);
	return 0;
}

static int udp(struct text *t, uint64_t arg UNUSED)
{
	struct table k = {t, 0};

	text_printf(
	    t, "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
	       "pointer drops\n");
	sock_list(SOL_UDP, inet_line, &k);
	return 0;
}

static void unix_line(void *arg, const struct sock_entry *e)
{
	struct table *k = arg;

	text_printf(k->t, "0000000000000000: %08X 00000000 %08X %04X %02X %5lu", e->refs, e->listening ? 0x10000u : 0,
		    e->type, e->connected ? 3 : 1, (unsigned long)e->inode);
	for (unsigned i = 0; i < e->name_len && (i == 0 || e->name[0] == '\0' || e->name[i] != '\0'); i++)
		text_printf(k->t, "%s%c", i == 0 ? " " : "", e->name[i] == '\0' ? '@' : e->name[i]);
	text_printf(k->t, "\n");
}

static int local(struct text *t, uint64_t arg UNUSED)
{
	struct table k = {t, 0};

	text_printf(t, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	sock_list(0, unix_line, &k);
	return 0;
}

static void route_line(struct text *t, const char *name, uint32_t dst, uint32_t gateway, uint32_t mask)
{
	text_printf(t, "%s\t%08X\t%08X\t%04X\t0\t0\t0\t%08X\t0\t0\t0\n", name, dst, gateway, gateway != 0 ? 3 : 1,
		    mask);
}

static int route(struct text *t, uint64_t arg UNUSED)
{
	struct net_iface i;

	text_printf(t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n");
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (i.dev != NULL && i.gateway != 0)
			route_line(t, i.name, 0, i.gateway, 0);
	for (bool more = net_iface_next(1, &i); more; more = net_iface_next(i.index + 1, &i))
		if (i.dev != NULL && i.addr != 0)
			route_line(t, i.name, i.addr & i.mask, 0, i.mask);
	return 0;
}

static int arp(struct text *t, uint64_t arg UNUSED)
{
	struct net_neighbour n;
	struct net_iface i;

	text_printf(t, "IP address       HW type     Flags       HW address            Mask     Device\n");
	for (unsigned k = 0; net_neighbour_next(&k, &n);) {
		const uint8_t *a = (const uint8_t *)&n.addr, *m = n.mac;
		char ip[16];

		fmt_snprintf(ip, sizeof ip, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
		if (net_iface_next(n.index, &i))
			text_printf(t, "%-16s 0x1         0x2         %02x:%02x:%02x:%02x:%02x:%02x     *        %s\n",
				    ip, m[0], m[1], m[2], m[3], m[4], m[5], i.name);
	}
	return 0;
}

static const struct pseudo entries[] = {
    {.name = "tcp", .mode = S_IFREG | 0444, .show = tcp},    {.name = "udp", .mode = S_IFREG | 0444, .show = udp},
    {.name = "unix", .mode = S_IFREG | 0444, .show = local}, {.name = "route", .mode = S_IFREG | 0444, .show = route},
    {.name = "arp", .mode = S_IFREG | 0444, .show = arp},    {.name = NULL},
};

static void netproc_init(void)
{
	proc_net_more = entries;
}
INIT(INIT_FS, netproc_init);
