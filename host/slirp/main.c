/* SPDX-License-Identifier: ISC */
/*
 * kiln-slirp: the user-mode network of a guest in the sandbox. It makes a socket pair, leaves a child that plays the
 * network with libslirp at one end, and becomes the command that it was given, which finds the other end at the
 * descriptor of --fd. The child binds the published ports first, says whether that went well, and then shuts itself in
 * (confine.c); it ends when the guest's end is closed, or with the command at the latest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hostlib/options.h"
#include "hostlib/str.h"
#include "slirp.h"

#define STATUS_MACHINE 125
#define PORTS_MAX      64u
#define GUEST_FD       3 /* of the helper, after 0, 1 and 2 */
#define READY          "\n"
#define LAST_MOMENT    5 /* seconds */

enum { FD = OPTION_USER, NETWORK, GUEST, PUBLISH, LOOPBACK };

static const struct option_def options[] = {
    {FD, 'f', "fd", "NUMBER", "the descriptor at which COMMAND finds the guest's end"},
    {NETWORK, 'n', "network", "ADDR/LEN", "the network to play (default 10.0.2.0/24)"},
    {GUEST, 'g', "guest", "ADDR", "where published ports lead (default: the network's .15)"},
    {PUBLISH, 'p', "publish", "tcp|udp:ADDR:PORT:PORT", "bind this port of the host's, for that port of the guest's"},
    {LOOPBACK, 0, "host-loopback", NULL, "the network's .2 reaches the host's 127.0.0.1"},
    {0, 0, NULL, NULL, NULL},
};

struct port {
	const char *word;
	bool udp;
	struct in_addr addr;
	uint16_t host, guest;
};

struct setup {
	int fd;
	uint32_t network, mask;
	struct in_addr guest;
	bool host_loopback;
	struct port port[PORTS_MAX];
	unsigned ports;
};

struct polling {
	struct pollfd *p;
	unsigned n, room;
};

static struct polling polling;

static int help(void)
{
	fputs("usage: kiln-slirp [options] COMMAND...\n\n"
	      "Runs COMMAND with one end of a packet socket, at whose other end is a user-mode network.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExample:\n"
	      "  kiln-slirp --fd 40 -p tcp:127.0.0.1:8080:80 kiln-tender --net eth0=socket:40 web.img\n",
	      stdout);
	return 0;
}

static int parse_network(struct setup *s, const char *word, struct error *err)
{
	unsigned a[4], len;
	char end;

	if (sscanf(word, "%3u.%3u.%3u.%3u/%2u%c", &a[0], &a[1], &a[2], &a[3], &len, &end) != 5 || a[0] > 255 ||
	    a[1] > 255 || a[2] > 255 || a[3] > 255 || len > 30)
		return error_usage(err, "--network %s: not ADDR/LEN", word);
	s->mask = len ? ~0u << (32 - len) : 0;
	s->network = (a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3]) & s->mask;
	return 0;
}

static int parse_port(struct setup *s, const char *word, struct error *err)
{
	struct port *p = &s->port[s->ports];
	char proto[4], addr[16], end;
	unsigned host, guest;

	if (s->ports == PORTS_MAX)
		return error_usage(err, "-p %s: more than %u ports", word, PORTS_MAX);
	if (sscanf(word, "%3[a-z]:%15[0-9.]:%5u:%5u%c", proto, addr, &host, &guest, &end) != 4 ||
	    (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0) || inet_pton(AF_INET, addr, &p->addr) != 1 ||
	    !host || host > 65535 || !guest || guest > 65535)
		return error_usage(err, "-p %s: not tcp|udp:ADDR:PORT:PORT", word);
	p->word = word;
	p->udp = proto[0] == 'u';
	p->host = (uint16_t)host;
	p->guest = (uint16_t)guest;
	s->ports++;
	return 0;
}

static int parse_fd(struct setup *s, const char *word, struct error *err)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || *end || n < 3 || n > 65535)
		return error_usage(err, "--fd %s: not a number from 3 on", word);
	if (fcntl((int)n, F_GETFD) >= 0)
		return error_usage(err, "--fd %s: in use already", word);
	s->fd = (int)n;
	return 0;
}

static int parse(struct setup *s, int id, const char *value, struct error *err)
{
	switch (id) {
	case FD: return parse_fd(s, value, err);
	case NETWORK: return parse_network(s, value, err);
	case PUBLISH: return parse_port(s, value, err);
	case LOOPBACK: s->host_loopback = true; return 0;
	default:
		return inet_pton(AF_INET, value, &s->guest) == 1
			   ? 0
			   : error_usage(err, "--guest %s: not an address", value);
	}
}

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	(void)opaque;
	link_send(buf, len);
	return (ssize_t)len;
}

static void guest_error(const char *msg, void *opaque)
{
	(void)msg; /* the guest's own trouble */
	(void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
	struct timespec ts;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Each round asks libslirp for all of its descriptors, so there is nothing to keep, and nobody to wake. */
static void poll_fd_changed(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .register_poll_fd = poll_fd_changed,
    .unregister_poll_fd = poll_fd_changed,
    .notify = notify,
};

/* Addresses in the network as QEMU has them: .2 the host, .3 the name server, .15 the guest. */
static Slirp *network(const struct setup *s)
{
	SlirpConfig c = {
	    .version = 4,
	    .in_enabled = true,
	    .vnetwork.s_addr = htonl(s->network),
	    .vnetmask.s_addr = htonl(s->mask),
	    .vhost.s_addr = htonl(s->network | (0x0202 & ~s->mask)),
	    .vdhcp_start.s_addr = htonl(s->network | (0x020f & ~s->mask)),
	    .vnameserver.s_addr = htonl(s->network | (0x0203 & ~s->mask)),
	    .if_mtu = BOOT_NIC_SOCKET_MTU,
	    .if_mru = BOOT_NIC_SOCKET_MTU,
	};

	return slirp_new(&c, &callbacks, NULL);
}

static int add_poll(int fd, int events, void *opaque)
{
	struct polling *s = opaque;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->p = xrealloc(s->p, s->room * sizeof *s->p);
	}
	s->p[s->n] = (struct pollfd){.fd = fd,
				     .events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
						       (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
						       (events & SLIRP_POLL_PRI ? POLLPRI : 0))};
	return (int)s->n++;
}

static int get_revents(int idx, void *opaque)
{
	const struct polling *s = opaque;
	int r = s->p[idx].revents;

	return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) |
	       (r & POLLPRI ? SLIRP_POLL_PRI : 0) | (r & POLLERR ? SLIRP_POLL_ERR : 0) |
	       (r & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void take(const uint8_t *frame, size_t len, void *opaque)
{
	if (frame_allowed(frame, len))
		slirp_input(opaque, frame, (int)len);
}

/* Until the guest is gone. While it takes no more frames, its own are all that is looked at. */
static void serve(Slirp *slirp, int guest)
{
	struct polling *s = &polling;

	for (;;) {
		uint32_t timeout = UINT32_MAX;
		bool full = link_waiting();
		int n;

		s->n = 0;
		add_poll(guest, SLIRP_POLL_IN | (full ? SLIRP_POLL_OUT : 0), s);
		if (!full)
			slirp_pollfds_fill(slirp, &timeout, add_poll, s);
		n = poll(s->p, s->n, timeout > INT32_MAX ? -1 : (int)timeout);
		if (n < 0 && errno != EINTR)
			return;
		if (!full)
			slirp_pollfds_poll(slirp, n < 0, get_revents, s);
		if (n > 0 && s->p[0].revents & (POLLIN | POLLHUP | POLLERR) && !link_receive(take, slirp))
			return;
		link_flush();
	}
}

static int bind_ports(Slirp *slirp, const struct setup *s, struct error *err)
{
	for (unsigned i = 0; i < s->ports; i++) {
		const struct port *p = &s->port[i];
		char text[INET_ADDRSTRLEN];

		if (slirp_add_hostfwd(slirp, p->udp, p->addr, p->host, s->guest, p->guest) < 0)
			return error_errno(err, "-p: cannot listen on %s:%u",
					   inet_ntop(AF_INET, &p->addr, text, sizeof text), p->host);
	}
	return 0;
}

static int prepare(const struct setup *s, Slirp **slirp, struct error *err)
{
	*slirp = network(s);
	if (!*slirp)
		return error_set(err, "libslirp does not start");
	if (bind_ports(*slirp, s, err) < 0)
		return -1;
	add_poll(0, 0, &polling); /* its memory, and a first use of everything that is loaded late */
	return confine(err);
}

/* Nothing of the user's is kept: no files, no terminal, no environment. */
static void leave_user(int guest)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	dup2(guest, GUEST_FD);
	close_range(GUEST_FD + 1, ~0u, 0);
	for (char **e = environ; *e; e++)
		memset(*e, 0, strlen(*e));
	clearenv();
	if (chdir("/") < 0)
		_exit(1);
}

/* The guest has ended: what it sent last still goes out, when that takes but a moment. */
static void guest_ended(int sig)
{
	static volatile sig_atomic_t again;

	(void)sig;
	if (again)
		_exit(0);
	again = 1;
	alarm(LAST_MOMENT);
}

/* The child. The first packet says READY, or what is wrong. */
static _Noreturn void helper(const struct setup *s, int guest, pid_t parent)
{
	struct error err;
	Slirp *slirp;

	signal(SIGALRM, guest_ended);
	prctl(PR_SET_PDEATHSIG, SIGALRM);
	setpgid(0, 0); /* the terminal's Ctrl-C is for the guest */
	if (getppid() != parent)
		_exit(0);
	policy_init(s->host_loopback);
	leave_user(guest);
	link_init(GUEST_FD);
	if (prepare(s, &slirp, &err) < 0) {
		send(GUEST_FD, err.text, strlen(err.text), MSG_NOSIGNAL);
		_exit(1);
	}
	if (send(GUEST_FD, READY, 1, MSG_NOSIGNAL) == 1)
		serve(slirp, GUEST_FD);
	_exit(0);
}

static int wait_ready(int fd, struct error *err)
{
	char text[sizeof err->text];
	ssize_t n;

	do
		n = recv(fd, text, sizeof text - 1, 0);
	while (n < 0 && errno == EINTR);
	text[n > 0 ? n : 0] = '\0';
	if (!strcmp(text, READY))
		return 0;
	return error_set(err, "%s", n > 0 ? text : "the network helper ended before it began");
}

static int start(const struct setup *s, char **command, struct error *err)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (s->fd < 0)
		return error_usage(err, "--fd is missing");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "the network's socket");
	pid = fork();
	if (pid < 0)
		return error_errno(err, "the network helper");
	if (pid == 0) {
		close(pair[0]);
		helper(s, pair[1], parent);
	}
	close(pair[1]);
	if (wait_ready(pair[0], err) < 0)
		return -1;
	if (dup2(pair[0], s->fd) < 0)
		return error_errno(err, "--fd %d", s->fd);
	execvp(command[0], command);
	return error_errno(err, "cannot execute %s", command[0]);
}

int main(int argc, char **argv)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	struct setup s = {.fd = -1, .network = 10u << 24 | 2u << 8, .mask = ~0xffu};
	struct error err = {0};
	int id;

	while ((id = options_next(&o, &err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (id == OPTION_WORD) {
			id = start(&s, options_rest(&o), &err);
			break;
		}
		if ((id = parse(&s, id, o.value, &err)) < 0)
			break;
	}
	fprintf(stderr, "kiln: %s\n", id < 0 ? err.text : "kiln-slirp: which command? --help shows how");
	return STATUS_MACHINE;
}
