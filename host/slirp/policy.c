/* SPDX-License-Identifier: ISC */
/*
 * What libslirp may do to the host, at the calls where it does it: connect, sendto, recvfrom, listen, stat64 and fopen64
 * are this program's (a symbol of the executable stands before the C library's). Whatever the guest sends and
 * however libslirp translates it, an address of the host's loopback is refused here, unless the user asked for it, it
 * is the host's name server, whose address stands for 10.0.2.3 at port 53, or it is the answer to a datagram that
 * came from there to a published port. libslirp's own disable_host_loopback would refuse such answers. And since nothing can be opened any more, the one
 * file that libslirp reads, /etc/resolv.conf, is the text that was there at the start.
 */
#include "slirp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESOLV   "/etc/resolv.conf"
#define DNS_PORT 53

#define PEERS 256u

static struct policy policy;
/* The last ones on the loopback that sent to a published port: whom answers may go to. */
static struct {
	int fd;
	struct in_addr addr;
	in_port_t port;
} peer[PEERS];
static unsigned peers;
static char resolv[4096];

/* The first IPv4 name server, as libslirp looks for it. */
static void find_nameserver(void)
{
	char word[64];

	for (char *line = resolv; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (sscanf(line, "nameserver%*[ \t]%63s", word) == 1 &&
		    inet_pton(AF_INET, word, &policy.nameserver) == 1)
			return;
}

void policy_init(bool host_loopback)
{
	int fd = open(RESOLV, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, resolv, sizeof resolv - 1);

	if (fd >= 0)
		close(fd);
	resolv[n < 0 ? 0 : n] = '\0';
	policy.host_loopback = host_loopback;
	find_nameserver();
}

static bool is_loopback(struct in_addr a)
{
	uint32_t net = ntohl(a.s_addr) >> 24;

	return net == 127 || net == 0; /* 0.0.0.0 is this host */
}

bool policy_allows(const struct policy *p, const struct sockaddr *to, socklen_t len)
{
	struct sockaddr_in sin;

	if (len < sizeof sin || to->sa_family != AF_INET)
		return false;
	memcpy(&sin, to, sizeof sin);
	if (p->host_loopback || !is_loopback(sin.sin_addr))
		return true;
	return p->nameserver.s_addr && sin.sin_addr.s_addr == p->nameserver.s_addr && ntohs(sin.sin_port) == DNS_PORT;
}

static bool is_peer(int fd, const struct sockaddr *to, socklen_t len)
{
	struct sockaddr_in sin;

	if (len < sizeof sin || to->sa_family != AF_INET)
		return false;
	memcpy(&sin, to, sizeof sin);
	for (unsigned i = 0; i < PEERS && i < peers; i++)
		if (peer[i].fd == fd && peer[i].addr.s_addr == sin.sin_addr.s_addr && peer[i].port == sin.sin_port)
			return true;
	return false;
}

/* A datagram came from the loopback, so to a published port, or from the name server, which is allowed anyway. */
static void add_peer(int fd, const struct sockaddr *from, socklen_t len)
{
	struct sockaddr_in sin;

	memcpy(&sin, from, sizeof sin);
	if (!is_loopback(sin.sin_addr) || is_peer(fd, from, len))
		return;
	peer[peers % PEERS].fd = fd;
	peer[peers % PEERS].addr = sin.sin_addr;
	peer[peers++ % PEERS].port = sin.sin_port;
}

#pragma GCC visibility push(default)

/* Refused as if nobody listened there: the guest sees a reset. */
int connect(int fd, const struct sockaddr *to, socklen_t len)
{
	if (policy_allows(&policy, to, len))
		return (int)syscall(SYS_connect, fd, to, len);
	errno = ECONNREFUSED;
	return -1;
}

/* libslirp asks for a queue of one, and a connection too many waits a second for its next try. */
int listen(int fd, int backlog)
{
	return (int)syscall(SYS_listen, fd, backlog < SOMAXCONN ? SOMAXCONN : backlog);
}

ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len)
{
	if (!to || policy_allows(&policy, to, len) || is_peer(fd, to, len))
		return syscall(SYS_sendto, fd, buf, n, flags, to, len);
	errno = ECONNREFUSED;
	return -1;
}

ssize_t recvfrom(int fd, void *restrict buf, size_t n, int flags, struct sockaddr *restrict from,
		 socklen_t *restrict len)
{
	ssize_t got = syscall(SYS_recvfrom, fd, buf, n, flags, from, len);

	if (got >= 0 && from && *len >= sizeof(struct sockaddr_in) && from->sa_family == AF_INET)
		add_peer(fd, from, *len);
	return got;
}

/* Always the same: it never changes. */
int stat64(const char *restrict path, struct stat64 *restrict st)
{
	memset(st, 0, sizeof *st);
	if (!strcmp(path, RESOLV))
		return 0;
	errno = ENOENT;
	return -1;
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
	if (!strcmp(path, RESOLV) && *resolv)
		return fmemopen(resolv, strlen(resolv), mode);
	errno = ENOENT;
	return NULL;
}

#pragma GCC visibility pop
