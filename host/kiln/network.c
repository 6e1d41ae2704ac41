/* SPDX-License-Identifier: ISC */
/* Interfaces and published ports, as the command line and the configuration name them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "launch.h"

static struct nic *find(struct network *n, const char *name)
{
	for (unsigned i = 0; i < n->nics; i++)
		if (!strcmp(n->nic[i].name, name))
			return &n->nic[i];
	return NULL;
}

static struct nic *add(struct network *n, const char *name, size_t len)
{
	struct nic *nic = &n->nic[n->nics++];

	*nic = (struct nic){.name = xstrndup(name, len), .fd = -1};
	return nic;
}

static int parse_fd(struct nic *nic, const char *word, const char *number, struct error *err)
{
	char *end;
	long fd = strtol(number, &end, 10);

	if (end == number || *end || fd < 0 || fd > 65535)
		return error_usage(err, "-I %s: not a descriptor: \"%s\"", word, number);
	if (fcntl((int)fd, F_GETFD) < 0)
		return error_usage(err, "-I %s: descriptor %ld is not open", word, fd);
	nic->kind = NIC_FD;
	nic->fd = (int)fd;
	return 0;
}

static int parse_user(struct nic *nic, const char *word, const char *extra, struct error *err)
{
	if (!strcmp(extra, "host-loopback=yes"))
		nic->loopback = LOOPBACK_YES;
	else if (!strcmp(extra, "host-loopback=no"))
		nic->loopback = LOOPBACK_NO;
	else
		return error_usage(err, "-I %s: \"%s\": not host-loopback=yes or host-loopback=no", word, extra);
	return 0;
}

int network_add(struct network *n, const char *word, struct error *err)
{
	const char *eq = strchr(word, '='), *kind = eq ? eq + 1 : "";
	struct nic *nic;

	if (!eq || eq == word || eq - word > 15)
		return error_usage(err, "-I %s: not NAME=user, NAME=tap:IF, NAME=fd:N or NAME=none", word);
	if (n->nics == NICS_MAX)
		return error_usage(err, "-I %s: more than %u interfaces", word, NICS_MAX);
	nic = add(n, word, (size_t)(eq - word));
	for (unsigned i = 0; i + 1 < n->nics; i++)
		if (!strcmp(n->nic[i].name, nic->name))
			return error_usage(err, "-I %s: there is an interface %s already", word, nic->name);
	if (!strncmp(kind, "user", 4) && (!kind[4] || kind[4] == ',')) {
		nic->kind = NIC_USER;
		return kind[4] ? parse_user(nic, word, kind + 5, err) : 0;
	} else if (!strcmp(kind, "none")) {
		nic->kind = NIC_NONE;
	} else if (!strncmp(kind, "tap:", 4) && kind[4]) {
		nic->kind = NIC_TAP;
		nic->tap = xstrdup(kind + 4);
		if (strlen(nic->tap) >= IFNAMSIZ || strpbrk(nic->tap, "/, \t"))
			return error_usage(err, "-I %s: not a name of a tap interface: \"%s\"", word, nic->tap);
	} else if (!strncmp(kind, "fd:", 3)) {
		return parse_fd(nic, word, kind + 3, err);
	} else {
		return error_usage(err, "-I %s: unknown kind \"%s\"; there are user, tap:IF, fd:N and none", word,
				   kind);
	}
	return 0;
}

static bool parse_port(const char *s, size_t len, unsigned *port)
{
	*port = 0;
	if (!len || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*port = *port * 10 + (unsigned)(s[i] - '0');
	}
	return *port > 0 && *port < 65536;
}

int network_publish(struct network *n, const char *word, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(word);
	struct publish p = {0};
	char *slash = strchr(copy, '/'), *guest, *host;

	if (slash) {
		*slash++ = '\0';
		p.udp = !strcmp(slash, "udp");
		if (!p.udp && strcmp(slash, "tcp") != 0)
			return error_usage(err, "-p %s: \"%s\" is neither tcp nor udp", word, slash);
	}
	guest = strrchr(copy, ':');
	if (!guest)
		return error_usage(err, "-p %s: not HOSTPORT:PORT, as in 8080:80", word);
	*guest++ = '\0';
	host = strrchr(copy, ':');
	if (host)
		*host++ = '\0';
	else
		host = copy;
	if (!parse_port(host, strlen(host), &p.host_port))
		return error_usage(err, "-p %s: not a port: \"%s\"", word, host);
	if (!parse_port(guest, strlen(guest), &p.port))
		return error_usage(err, "-p %s: not a port: \"%s\"", word, guest);
	if (host != copy && !config_is_addr(copy, 4))
		return error_usage(err, "-p %s: not an address: \"%s\"", word, copy);
	p.host_addr = xstrdup(host != copy ? copy : "127.0.0.1");
	n->publish = xrealloc(n->publish, (n->publishes + 1) * sizeof p);
	n->publish[n->publishes++] = p;
	return 0;
}

static int check_free(const struct publish *p, struct error *err)
{
	AUTO_CLOSE int fd = socket(AF_INET, (p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)p->host_port)};
	int one = 1;

	if (fd < 0 || inet_pton(AF_INET, p->host_addr, &sin.sin_addr) != 1)
		return error_errno(err, "-p");
	if (!p->udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		return error_errno(err, "-p: cannot listen on %s:%u", p->host_addr, p->host_port);
	return 0;
}

const char *network_static(const json_t *config, const char *name)
{
	const json_t *addrs, *net = json_object_get(config, "net");

	addrs = json_object_get(json_object_get(json_object_get(net, "interfaces"), name), "addrs");
	for (size_t i = 0; i < json_array_size(addrs); i++) {
		const json_t *a = json_array_get(addrs, i);
		const char *s = json_string_value(json_object_get(a, "addr"));

		if (s && !strchr(s, ':'))
			return s;
	}
	return NULL;
}

/* QEMU's user-mode network gives out this address; said here, the guest need not ask for it. */
static void user_address(json_t *config, const char *name, unsigned subnet)
{
	json_t *net = config_object(config, "net");
	json_t *iface = config_object(config_object(net, "interfaces"), name);
	json_t *addrs = json_object_get(iface, "addrs");

	if (addrs)
		return;
	addrs = json_pack("[{s:s, s:s, s:o}]", "type", "inet", "method", "static", "addr",
			  json_sprintf("10.0.%u.15/24", subnet));
	json_object_set_new(iface, "addrs", addrs);
	if (!json_object_get(net, "gateways"))
		json_object_set_new(
		    net, "gateways",
		    json_pack("[{s:s, s:o}]", "type", "inet", "addr", json_sprintf("10.0.%u.2", subnet)));
	if (!json_object_get(config_object(net, "dns"), "nameservers"))
		json_object_set_new(json_object_get(net, "dns"), "nameservers",
				    json_pack("[o]", json_sprintf("10.0.%u.3", subnet)));
}

int network_complete(struct network *n, json_t *config, enum platform platform, struct error *err)
{
	json_t *named = json_object_get(json_object_get(config, "net"), "interfaces"), *iface;
	bool user = false;
	const char *name;

	json_object_foreach(named, name, iface)
	{
		if (find(n, name) || !strcmp(name, "lo"))
			continue;
		if (n->nics == NICS_MAX)
			return error_set(err, "net.interfaces: more than %u", NICS_MAX);
		add(n, name, strlen(name));
	}
	for (unsigned i = 0; i < n->nics; i++)
		user |= n->nic[i].kind == NIC_USER;
	if (n->publishes && !user) {
		if (n->nics == NICS_MAX || find(n, "eth0"))
			return error_usage(err, "-p needs an interface of the kind user, which none of -I is");
		add(n, "eth0", 4);
	}
	for (unsigned i = 0; i < n->nics; i++) {
		if (n->nic[i].kind != NIC_USER)
			continue;
		if (n->nic[i].loopback == LOOPBACK_NO && platform != PLATFORM_SANDBOX)
			return error_usage(err,
					   "-I %s: QEMU's user-mode network cannot keep a guest from the host's "
					   "loopback; the sandbox's can",
					   n->nic[i].name);
		user_address(config, n->nic[i].name, 2 + i);
	}
	return 0;
}

int network_check_ports(const struct network *n, struct error *err)
{
	for (unsigned i = 0; i < n->publishes; i++)
		if (check_free(&n->publish[i], err) < 0)
			return -1;
	return 0;
}

int network_check_taps(const struct network *n, struct error *err)
{
	for (unsigned i = 0; i < n->nics; i++) {
		const struct nic *nic = &n->nic[i];

		if (nic->kind == NIC_TAP && !if_nametoindex(nic->tap))
			return error_set(err, "-I %s=tap:%s: there is no interface %s", nic->name, nic->tap, nic->tap);
	}
	return 0;
}

char *network_played(const struct launch *l, unsigned i)
{
	const char *addr = network_static(l->config, l->net.nic[i].name);
	unsigned a, b, c, d, len;
	uint32_t n;

	if (!addr || sscanf(addr, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &len) != 5 || len > 32)
		return xasprintf("10.0.%u.0/24", 2 + i);
	n = (a << 24 | b << 16 | c << 8 | d) & (len ? ~0u << (32 - len) : 0);
	return xasprintf("%u.%u.%u.%u/%u", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255, len);
}

void network_free(struct network *n)
{
	for (unsigned i = 0; i < n->nics; i++) {
		free(n->nic[i].name);
		free(n->nic[i].tap);
	}
	for (unsigned i = 0; i < n->publishes; i++)
		free(n->publish[i].host_addr);
	free(n->publish);
}
