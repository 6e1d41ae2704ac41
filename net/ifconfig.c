/* SPDX-License-Identifier: ISC */
/*
 * Interfaces come up as the configuration says (net.interfaces, net.gateways, net.dns); without any of it all do DHCP.
 * Programs start when every interface has its address, or after a time limit, with a line that says which has none.
 */
#include "netif.h"

#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "net/ifconfig.h"

#define DHCP_WAIT_NS (10 * NSEC_PER_SEC)
#define DRAIN_NS     (3 * NSEC_PER_SEC)
#define DNS_MAX      3u

static struct wait_queue address_wait = WAIT_QUEUE_INIT(address_wait);
static ip4_addr_t dns[DNS_MAX];
static char hostname[64] = "kiln";

/* dns.c is not built; DHCP tells us its servers by these. */
void dns_init(void)
{
}

void dns_setserver(u8_t n, const ip_addr_t *server)
{
	if (n < DNS_MAX && server != NULL && config_count("net.dns.nameservers") == 0)
		dns[n] = *server;
}

/* "a.b.c.d" or "a.b.c.d/len"; *bits stays when there is no length. */
static bool parse_addr(const char *s, ip4_addr_t *a, unsigned *bits)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		const char *end;
		uint64_t n = str_to_u64(s, &end);

		if (end == s || n > 255 || (i < 3 && *end != '.'))
			return false;
		v = v << 8 | (uint32_t)n;
		s = i < 3 ? end + 1 : end;
	}
	a->addr = lwip_htonl(v);
	if (*s == '/' && bits != NULL) {
		const char *end;
		uint64_t n = str_to_u64(s + 1, &end);

		if (end == s + 1 || n > 32)
			return false;
		*bits = (unsigned)n;
		s = end;
	}
	return *s == '\0';
}

static bool config_addr(const char *path, ip4_addr_t *a, unsigned *bits)
{
	char text[40];

	if (config_string(path, text, sizeof text) < 0)
		return false;
	if (parse_addr(text, a, bits))
		return true;
	log_warn("%s: not an IPv4 address: \"%s\"", path, text);
	return false;
}

static bool config_is(const char *path, const char *want, bool absent)
{
	char text[16];

	return config_string(path, text, sizeof text) < 0 ? absent : strcmp(text, want) == 0;
}

static void status(struct netif *n)
{
	if (netif_default == NULL && !ip4_addr_isany(netif_ip4_gw(n)))
		netif_set_default(n);
	if (!ip4_addr_isany(netif_ip4_addr(n)))
		wait_wake_all(&address_wait, 0);
	net_if_changed(n->state);
}

static void dhcp(struct net_if *i)
{
	if (i->dhcp)
		return;
	i->dhcp = true;
	netif_set_hostname(&i->nif, hostname);
	if (dhcp_start(&i->nif) != ERR_OK)
		log_warn("%s: DHCP cannot start", i->dev->name);
	net_timers_dhcp();
}

static void set_static(struct net_if *i, const char *path)
{
	ip4_addr_t addr, mask;
	unsigned bits = 24;

	if (!config_addr(path, &addr, &bits))
		return;
	if (!ip4_addr_isany(netif_ip4_addr(&i->nif))) {
		log_warn("%s: one IPv4 address per interface", path);
		return;
	}
	mask.addr = bits == 0 ? 0 : lwip_htonl(UINT32_MAX << (32 - bits));
	netif_set_addr(&i->nif, &addr, &mask, IP4_ADDR_ANY4);
}

static void configure(struct net_if *i, bool any)
{
	char path[96];
	unsigned n;
	int64_t mtu;

	netif_set_status_callback(&i->nif, status);
	fmt_snprintf(path, sizeof path, "net.interfaces.%s.mtu", i->dev->name);
	mtu = config_int(path, i->dev->mtu);
	if (mtu >= 68 && mtu <= i->dev->mtu)
		i->nif.mtu = (uint16_t)mtu;
	else
		log_warn("%s: the device has %u at most", path, i->dev->mtu);
	fmt_snprintf(path, sizeof path, "net.interfaces.%s.addrs", i->dev->name);
	n = config_count(path);
	if (!any)
		dhcp(i);
	for (unsigned k = 0; k < n; k++) {
		char method[112];

		fmt_snprintf(path, sizeof path, "net.interfaces.%s.addrs[%u].type", i->dev->name, k);
		if (!config_is(path, "inet", true))
			continue; /* inet6 has no stack yet */
		fmt_snprintf(path, sizeof path, "net.interfaces.%s.addrs[%u].addr", i->dev->name, k);
		fmt_snprintf(method, sizeof method, "net.interfaces.%s.addrs[%u].method", i->dev->name, k);
		if (config_is(method, "dhcp", false))
			dhcp(i);
		else if (config_is(method, "static", true))
			set_static(i, path);
		else
			log_warn("%s: neither \"static\" nor \"dhcp\"", method);
	}
}

/* Each gateway goes to the interface in whose network it is. */
static void gateways(void)
{
	unsigned n = config_count("net.gateways");

	for (unsigned k = 0; k < n; k++) {
		char path[48];
		struct net_if *i;
		ip4_addr_t gw;
		bool found = false;

		fmt_snprintf(path, sizeof path, "net.gateways[%u].type", k);
		if (!config_is(path, "inet", true))
			continue;
		fmt_snprintf(path, sizeof path, "net.gateways[%u].addr", k);
		if (!config_addr(path, &gw, NULL))
			continue;
		list_for_each_entry (i, &net_if_list, link)
			if (!found && ip4_addr_netcmp(&gw, netif_ip4_addr(&i->nif), netif_ip4_netmask(&i->nif))) {
				netif_set_gw(&i->nif, &gw);
				if (netif_default == NULL)
					netif_set_default(&i->nif);
				found = true;
			}
		if (!found)
			log_warn("%s: no interface is in that network", path);
	}
}

static void nameservers(void)
{
	unsigned n = config_count("net.dns.nameservers");

	for (unsigned k = 0; k < n && k < DNS_MAX; k++) {
		char path[48];

		fmt_snprintf(path, sizeof path, "net.dns.nameservers[%u]", k);
		config_addr(path, &dns[k], NULL);
	}
}

static bool waits_for_dhcp(void)
{
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (i->dhcp && ip4_addr_isany(netif_ip4_addr(&i->nif)))
			return true;
	return false;
}

static void wait_addresses(void)
{
	uint64_t deadline = time_mono() + DHCP_WAIT_NS;
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link) {
		int err = 0;

		if (i->dhcp)
			err = wait_event(&address_wait, !ip4_addr_isany(netif_ip4_addr(&i->nif)), deadline, 0);
		if (err != 0)
			log_warn("%s: no address by DHCP in %u s; it goes on trying", i->dev->name,
				 (unsigned)(DHCP_WAIT_NS / NSEC_PER_SEC));
		log_info("%s: %u.%u.%u.%u", i->dev->name, ip4_addr1(netif_ip4_addr(&i->nif)),
			 ip4_addr2(netif_ip4_addr(&i->nif)), ip4_addr3(netif_ip4_addr(&i->nif)),
			 ip4_addr4(netif_ip4_addr(&i->nif)));
	}
}

/* Interfaces that the configuration names and nobody has. */
static void check_names(void)
{
	unsigned n = config_count("net.interfaces");

	for (unsigned k = 0; k < n; k++) {
		char name[32];

		if (config_key("net.interfaces", k, name, sizeof name) > 0 && strcmp(name, "lo") != 0 &&
		    net_if_find(name) == NULL)
			log_warn("net.interfaces.%s: there is no such device", name);
	}
}

/* True while a connection has something that its peer does not have yet, or a device does. */
static bool leaving(void)
{
	struct net_if *i;

	for (const struct tcp_pcb *p = tcp_active_pcbs; p != NULL; p = p->next)
		if (p->unsent != NULL || p->unacked != NULL)
			return true;
	list_for_each_entry (i, &net_if_list, link)
		if (i->queued > 0 || (i->dev->ops->busy != NULL && i->dev->ops->busy(i->dev)))
			return true;
	return false;
}

/* What programs sent before they ended still arrives, as it does on a machine that goes on running. */
static void drain(void)
{
	struct wait_queue q = WAIT_QUEUE_INIT(q);
	uint64_t now = time_mono(), end = now + DRAIN_NS, pause = NSEC_PER_SEC / 10000;

	for (net_done(); leaving() && now < end; now = time_mono()) {
		if (wait_sleep(&q, now + pause, 0) == 0)
			return;
		pause = MIN(pause * 2, NSEC_PER_SEC / 100);
	}
}

static void write_resolv(void)
{
	char text[320];

	if (file_make_hook != NULL && net_resolv_conf(text, sizeof text) > 0 &&
	    file_make_hook("/etc/resolv.conf", text) != 0)
		log_warn("/etc/resolv.conf cannot be written");
}

/* What the C library's resolver reads, unless the root has its own. */
static void etc(void)
{
	const ip4_addr_t *a = NULL;
	char text[160];
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (a == NULL && !ip4_addr_isany(netif_ip4_addr(&i->nif)))
			a = netif_ip4_addr(&i->nif);
	if (a != NULL && file_make_hook != NULL) {
		fmt_snprintf(text, sizeof text, "127.0.0.1 localhost\n%u.%u.%u.%u %s\n", ip4_addr1(a), ip4_addr2(a),
			     ip4_addr3(a), ip4_addr4(a), hostname);
		if (file_make_hook("/etc/hosts", text) != 0)
			log_warn("/etc/hosts cannot be written");
	}
	write_resolv();
}

/* Somebody's DHCP took longer than the programs were made to wait: its name servers are written when it comes. */
static void late_main(void *unused UNUSED)
{
	if (wait_event(&address_wait, !waits_for_dhcp(), TIME_NEVER, 0) == 0)
		write_resolv();
	thread_exit();
}

void ifconfig_start(void)
{
	bool any = config_count("net.interfaces") > 0;
	struct netdev *d;
	struct net_if *i;

	lwip_init();
	for (struct netif *n = netif_list; n != NULL; n = n->next) {
		n->mtu = 16384;
		NETIF_SET_CHECKSUM_CTRL(n, 0);
	}
	inet_icmp_init();
	kernel_exit_hook = drain;
	config_string("hostname", hostname, sizeof hostname);
	nameservers();
	list_for_each_entry (d, &netdev_list, link) {
		int err = net_if_add(d, &i);

		if (err != 0)
			log_warn("%s: does not start: error %d", d->name, -err);
		else
			configure(i, any);
	}
	check_names();
	gateways();
	net_done();
	wait_addresses();
	etc();
	if (waits_for_dhcp()) {
		struct thread *late = thread_create("dhcp", late_main, NULL);

		if (late != NULL)
			thread_wake(late);
	}
}

static void ifconfig_init(void)
{
	ifconfig_start();
}
INIT(INIT_NET, ifconfig_init);

size_t net_resolv_conf(char *buf, size_t size)
{
	char search[128];
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned k = 0; k < DNS_MAX; k++)
		if (!ip4_addr_isany_val(dns[k]) && n < size)
			n += (size_t)fmt_snprintf(buf + n, size - n, "nameserver %u.%u.%u.%u\n", ip4_addr1(&dns[k]),
						  ip4_addr2(&dns[k]), ip4_addr3(&dns[k]), ip4_addr4(&dns[k]));
	for (unsigned k = 0; k < config_count("net.dns.search"); k++) {
		char path[40];

		fmt_snprintf(path, sizeof path, "net.dns.search[%u]", k);
		if (config_string(path, search, sizeof search) > 0 && n < size)
			n += (size_t)fmt_snprintf(buf + n, size - n, "%s%s", k == 0 ? "search " : " ", search);
	}
	if (n > 0 && n < size && buf[n - 1] != '\n')
		n += (size_t)fmt_snprintf(buf + n, size - n, "\n");
	return MIN(n, size - 1);
}
