/* SPDX-License-Identifier: ISC */
/* splice and tee: between pipes, files and sockets; what does not fit stays where it was. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "test/tap.h"

#define BIG 300000

static char big[BIG], back[BIG];

static int file(const char *name, int flags)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR | flags, 0600);

	if (fd < 0)
		abort();
	unlink(name);
	return fd;
}

static void make_pipe(int p[2], int flags)
{
	if (pipe2(p, flags) != 0)
		abort();
}

static void end_pipe(const int p[2])
{
	close(p[0]);
	close(p[1]);
}

static bool read_all(int fd, char *to, size_t n)
{
	while (n > 0) {
		ssize_t m = read(fd, to, n);

		if (m <= 0)
			return false;
		to += m;
		n -= (size_t)m;
	}
	return true;
}

static bool fails(ssize_t result, int why)
{
	return result == -1 && errno == why;
}

static void test_files(void)
{
	int in = file("/tmp/splice.in", 0), out = file("/tmp/splice.out", 0), p[2];
	loff_t from = 100, to = 7;

	make_pipe(p, 0);
	if (write(in, big, BIG) != BIG)
		abort();
	tap_ok(splice(in, &from, p[1], NULL, 1000, 0) == 1000 && from == 1100 && lseek(in, 0, SEEK_CUR) == BIG &&
		   read(p[0], back, 2000) == 1000 && memcmp(back, big + 100, 1000) == 0,
	       "a file into a pipe, from an offset");
	lseek(in, BIG - 10, SEEK_SET);
	tap_ok(splice(in, NULL, p[1], NULL, 100, 0) == 10 && splice(in, NULL, p[1], NULL, 100, 0) == 0,
	       "and from the position to the end");
	tap_ok(splice(p[0], NULL, out, &to, 100, 0) == 10 && to == 17 && lseek(out, 0, SEEK_CUR) == 0 &&
		   pread(out, back, 20, 7) == 10 && memcmp(back, big + BIG - 10, 10) == 0,
	       "a pipe into a file, at an offset");
	lseek(out, 0, SEEK_SET);
	tap_ok(write(p[1], "abc", 3) == 3 && splice(p[0], NULL, out, NULL, 2, 0) == 2 && lseek(out, 0, SEEK_CUR) == 2 &&
		   read(p[0], back, 9) == 1 && back[0] == 'c',
	       "part of a pipe: the rest stays there");
	from = 0;
	tap_ok(splice(in, &from, p[1], NULL, BIG, SPLICE_F_NONBLOCK) == 65536 && from == 65536 &&
		   fails(splice(in, &from, p[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN) && from == 65536,
	       "no more than a pipe holds, then EAGAIN");
	tap_ok(read_all(p[0], back, 65536) && memcmp(back, big, 65536) == 0 &&
		   fails(splice(p[0], NULL, out, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN),
	       "EAGAIN for an empty one");
	close(p[1]);
	tap_ok(splice(p[0], NULL, out, NULL, 10, 0) == 0, "the end, when nobody writes");
	close(p[0]);
	close(in);
	close(out);
}

static void test_pipes(void)
{
	int a[2], b[2];

	make_pipe(a, 0);
	make_pipe(b, 0);
	tap_ok(write(a[1], "hello", 5) == 5 && tee(a[0], b[1], 3, 0) == 3 && read(b[0], back, 9) == 3 &&
		   memcmp(back, "hel", 3) == 0 && splice(a[0], NULL, b[1], NULL, 100, 0) == 5 &&
		   read(b[0], back, 9) == 5 && memcmp(back, "hello", 5) == 0,
	       "tee leaves what it copies, splice does not");
	tap_ok(fails(splice(a[0], NULL, b[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN) &&
		   fails(tee(a[0], b[1], 10, SPLICE_F_NONBLOCK), EAGAIN),
	       "EAGAIN when there is nothing");
	fcntl(b[1], F_SETFL, O_NONBLOCK);
	while (write(b[1], big, 4096) > 0)
		;
	tap_ok(write(a[1], "x", 1) == 1 && fails(splice(a[0], NULL, b[1], NULL, 10, 0), EAGAIN) &&
		   read(a[0], back, 9) == 1,
	       "or no room, and nothing is lost");
	signal(SIGPIPE, SIG_IGN);
	close(b[0]);
	tap_ok(write(a[1], "x", 1) == 1 && fails(splice(a[0], NULL, b[1], NULL, 10, 0), EPIPE),
	       "EPIPE when nobody reads");
	close(b[1]);
	end_pipe(a);
}

static void test_refused(void)
{
	int in = file("/tmp/splice.in", 0), appended = file("/tmp/splice.out", O_APPEND), dir = open("/tmp", O_RDONLY),
	    p[2], q[2];
	int ep = epoll_create1(0);
	loff_t off = 0;

	make_pipe(p, 0);
	make_pipe(q, 0);
	if (write(p[1], "x", 1) != 1 || write(in, "x", 1) != 1)
		abort();
	tap_ok(fails(splice(in, NULL, appended, NULL, 1, 0), EINVAL) &&
		   fails(splice(p[0], NULL, p[1], NULL, 1, 0), EINVAL) && fails(tee(in, p[1], 1, 0), EINVAL) &&
		   fails(tee(p[0], p[1], 1, 0), EINVAL),
	       "neither is a pipe, or both the same one: EINVAL");
	tap_ok(fails(splice(p[0], NULL, appended, NULL, 1, 0), EINVAL) &&
		   fails(splice(p[0], NULL, ep, NULL, 1, 0), EINVAL) &&
		   fails(splice(dir, NULL, q[1], NULL, 1, 0), EINVAL),
	       "files that are appended to, directories, epoll: EINVAL");
	tap_ok(fails(splice(p[0], &off, in, NULL, 1, 0), ESPIPE) && fails(splice(in, NULL, q[1], &off, 1, 0), ESPIPE),
	       "an offset in a pipe: ESPIPE");
	tap_ok(fails(splice(p[1], NULL, in, NULL, 1, 0), EBADF) && fails(splice(in, NULL, q[0], NULL, 1, 0), EBADF) &&
		   fails(splice(99, NULL, q[1], NULL, 1, 0), EBADF) && fails(tee(p[1], q[1], 1, 0), EBADF),
	       "the wrong end: EBADF");
	tap_ok(splice(in, NULL, q[1], NULL, 0, 0) == 0 && fails(splice(in, NULL, q[1], NULL, 1, 0x100), EINVAL) &&
		   fails(splice(in, (loff_t *)8, q[1], NULL, 1, 0), EFAULT),
	       "nothing to move, unknown flags, a bad pointer");
	tap_ok(read(p[0], back, 9) == 1, "and nothing moved");
	end_pipe(p);
	end_pipe(q);
	close(in);
	close(appended);
	close(dir);
	close(ep);
}

static void connection(int s[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int l = socket(AF_INET, SOCK_STREAM, 0);

	s[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&a, sizeof a) != 0 || listen(l, 1) != 0 ||
	    getsockname(l, (struct sockaddr *)&a, &len) != 0 || connect(s[0], (struct sockaddr *)&a, sizeof a) != 0)
		abort();
	s[1] = accept(l, NULL, NULL);
	close(l);
}

static void *send_all(void *fd)
{
	for (size_t at = 0; at < BIG;) {
		ssize_t n = write((int)(intptr_t)fd, big + at, BIG - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	shutdown((int)(intptr_t)fd, SHUT_WR);
	return NULL;
}

/* As a proxy does: from one connection through a pipe into another. */
static void *proxy(void *fds)
{
	const int *fd = fds;
	ssize_t n, m;
	int p[2];

	make_pipe(p, 0);
	while ((n = splice(fd[0], NULL, p[1], NULL, 1 << 20, SPLICE_F_NONBLOCK)) > 0)
		for (; n > 0; n -= m)
			if ((m = splice(p[0], NULL, fd[1], NULL, (size_t)n, 0)) <= 0)
				abort();
	shutdown(fd[1], SHUT_WR);
	end_pipe(p);
	return (void *)(intptr_t)n;
}

static void test_sockets(void)
{
	int a[2], b[2], between[2];
	pthread_t sender, relay;
	void *end;

	connection(a);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, b) != 0)
		abort();
	between[0] = a[1];
	between[1] = b[0];
	memset(back, 0, BIG);
	pthread_create(&sender, NULL, send_all, (void *)(intptr_t)a[0]);
	pthread_create(&relay, NULL, proxy, between);
	tap_ok(read_all(b[1], back, BIG) && memcmp(back, big, BIG) == 0 && read(b[1], back, 1) == 0,
	       "from TCP to a local socket");
	pthread_join(sender, NULL);
	pthread_join(relay, &end);
	tap_ok(end == NULL, "to the end");
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

/* A socket that takes only part of it: the rest comes back to the front of the pipe, before what was written since. */
static void test_rest(void)
{
	size_t in = 0, out = 0;
	bool same = true, full = false;
	int s[2], p[2];
	ssize_t n;

	connection(s);
	make_pipe(p, O_NONBLOCK);
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	while (same && out < 40u << 20) {
		size_t at = in % 251;

		n = write(p[1], big + at, 30000);
		in += n > 0 ? (size_t)n : 0;
		n = splice(p[0], NULL, s[0], NULL, 50000, 0);
		if (n >= 0 || errno != EAGAIN) {
			same = n > 0;
			continue;
		}
		full = true;
		n = recv(s[1], back, BIG, 0);
		same = n > 0 && memcmp(back, big + out % 251, (size_t)n) == 0;
		out += n > 0 ? (size_t)n : 0;
	}
	tap_ok(same && full, "a full socket: what does not fit stays, in order");
	end_pipe(p);
	close(s[0]);
	close(s[1]);
}

int main(void)
{
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
	test_files();
	test_pipes();
	test_refused();
	test_sockets();
	test_rest();
	return tap_end();
}
