/* SPDX-License-Identifier: ISC */
/* Local sockets that are on their way in each other: nobody can receive them any more, and they go, with all they hold. */
// RUN: -m 24M
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/tap.h"

static char load[48 << 10];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void pair(int type, int fd[2])
{
	must(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd) == 0, "socketpair");
}

static void give(int over, const int *fds, unsigned n)
{
	union {
		char buf[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} c;
	struct iovec v = {"f", 1};
	struct msghdr m = {
	    .msg_iov = &v, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	*h = (struct cmsghdr){.cmsg_len = CMSG_LEN(n * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	/* Linux lets users who are not root have so many on their way only; the end of a socket makes it look. */
	for (int i = 0; i < 10; i++) {
		if (sendmsg(over, &m, 0) == 1)
			return;
		must(errno == ETOOMANYREFS, "sendmsg");
		close(socket(AF_UNIX, SOCK_STREAM, 0));
	}
	must(false, "sendmsg");
}

static int take(int from)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} c;
	char byte;
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = sizeof c.buf};
	int fd = -1;

	if (recvmsg(from, &m, MSG_DONTWAIT) == 1 && m.msg_controllen >= CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return fd;
}

static bool hung_up(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1 && (p.revents & POLLHUP) != 0;
}

/* Ends of sockets make the system look for garbage; Linux does it beside. */
static bool collected(int fd)
{
	int p[2];

	for (int i = 0; i < 100; i++) {
		pair(SOCK_STREAM, p);
		close(p[0]);
		close(p[1]);
		if (hung_up(fd, 100))
			return true;
	}
	return false;
}

/* Each end in its own queue, or each in the other's, with data. */
static void endless(int type, bool own, const char *name)
{
	for (int i = 0; i < 1500; i++) {
		int p[2];

		pair(type, p);
		must(send(p[0], load, sizeof load, 0) == sizeof load && send(p[1], load, sizeof load, 0) == sizeof load,
		     "send");
		give(p[0], &p[own], 1);
		give(p[1], &p[!own], 1);
		close(p[0]);
		close(p[1]);
	}
	tap_ok(true, "cycles for ever: %s, %s", name, own ? "each in its own queue" : "each in the other's");
}

static void test_held(void)
{
	int p[2], s[2], e[2];
	char c;

	/* p[1] is in its own queue and has s[1] and a pipe's end there. */
	pair(SOCK_STREAM, p);
	pair(SOCK_STREAM, s);
	must(pipe(e) == 0, "pipe");
	give(p[0], (int[]){p[1], s[1], e[1]}, 3);
	close(p[1]);
	close(s[1]);
	close(e[1]);
	tap_ok(!hung_up(s[0], 0) && !hung_up(e[0], 0), "while a sender has the other end all of it stays");
	close(p[0]);
	tap_ok(collected(s[0]) && read(s[0], &c, 1) == 0, "a socket in a cycle's queue ends with it");
	tap_ok(hung_up(e[0], 10000) && read(e[0], &c, 1) == 0, "as does a pipe");
	close(s[0]);
	close(e[0]);
}

static void test_alive(void)
{
	int p[2], s[2], got, in;
	char c;

	/* A cycle that somebody can still receive: s[1]'s queue has p[1], whose queue has s[1] and itself. */
	pair(SOCK_SEQPACKET, p);
	pair(SOCK_SEQPACKET, s);
	give(p[0], &s[1], 1);
	give(p[0], &p[1], 1);
	must(send(p[0], "x", 1, 0) == 1, "send");
	give(s[0], &p[1], 1);
	close(p[1]);
	for (int i = 0; i < 200; i++) {
		int q[2];

		pair(SOCK_STREAM, q);
		give(q[0], &q[1], 1);
		close(q[0]);
		close(q[1]);
	}
	tap_ok(!hung_up(p[0], 0), "what somebody can receive is no garbage");
	got = take(s[1]);
	close(s[1]);
	in = take(got);
	tap_ok(in >= 0 && !hung_up(s[0], 0), "one inside the other");
	close(take(got));
	tap_ok(read(got, &c, 1) == 1 && c == 'x' && send(got, "y", 1, 0) == 1 && read(p[0], &c, 1) == 1 && c == 'y',
	       "and it works");
	close(got);
	tap_ok(hung_up(p[0], 0), "closed at last");
	tap_ok(send(s[0], "z", 1, 0) == 1 && read(in, &c, 1) == 1 && c == 'z', "the other lives");
	close(in);
	close(p[0]);
	close(s[0]);
}

static void test_listener(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0kiln cycle"};
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);

	must(bind(l, (struct sockaddr *)&a, sizeof a) == 0 && listen(l, 5) == 0, "listen");
	must(connect(c, (struct sockaddr *)&a, sizeof a) == 0, "connect");
	give(c, &l, 1);
	close(l);
	tap_ok(collected(c), "a listener in the queue of a connection that it has not accepted");
	close(c);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	tap_ok(connect(c, (struct sockaddr *)&a, sizeof a) == -1 && errno == ECONNREFUSED, "its name is free");
	close(c);
}

static void test_chain(void)
{
	int first[2], last = -1, keep;

	/* A long chain, each in the next one's queue, closed at the end: no cycle. */
	pair(SOCK_STREAM, first);
	last = first[1];
	keep = first[0];
	for (int i = 0; i < 900; i++) {
		int p[2];

		pair(SOCK_STREAM, p);
		give(p[0], &last, 1);
		close(last);
		close(p[0]);
		last = p[1];
	}
	tap_ok(!hung_up(keep, 0), "a chain of nine hundred");
	close(last);
	tap_ok(collected(keep), "goes when its end is closed");
	close(keep);
}

int main(void)
{
	endless(SOCK_STREAM, true, "streams");
	endless(SOCK_STREAM, false, "streams");
	endless(SOCK_DGRAM, false, "datagrams");
	endless(SOCK_SEQPACKET, true, "packets");
	test_held();
	test_alive();
	test_listener();
	test_chain();
	return tap_end();
}
