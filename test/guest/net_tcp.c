/* SPDX-License-Identifier: ISC */
/* TCP over loopback: connections, data, poll, shutdown, resets, options, time limits and signals, as on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "test/fails.h"
#include "test/tap.h"
#include "test/wait.h"

#define ALL (POLLIN | POLLOUT | POLLRDHUP | POLLPRI)

static struct sockaddr_in addr;

static unsigned poll_now(int fd)
{
	struct pollfd p = {.fd = fd, .events = ALL};

	return poll(&p, 1, 0) < 0 ? ~0u : (unsigned)p.revents;
}

/* What poll says, waited for: the host's loopback is not always at once. */
static bool poll_is(int fd, unsigned want)
{
	if (EVENTUALLY(poll_now(fd) == want))
		return true;
	tap_note("poll says %#x, not %#x", poll_now(fd), want);
	return false;
}

static int listener(int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof addr;

	addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, backlog) != 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
		perror("listener");
		exit(1);
	}
	return fd;
}

static void pair(int l, int fd[2])
{
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd[0], (struct sockaddr *)&addr, sizeof addr) != 0 || (fd[1] = accept(l, NULL, NULL)) < 0) {
		perror("pair");
		exit(1);
	}
}

static void test_states(void)
{
	int l, c, s, v;
	struct sockaddr_in a, b;
	socklen_t len = sizeof a;
	char buf[8];

	tap_ok(fails(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT), "a stream of UDP there is not");
	tap_ok(fails(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT), "nor SOCK_SEQPACKET");
	tap_ok(fails(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT), "nor family 99");
	c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	tap_ok((fcntl(c, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(c, F_GETFL) & O_NONBLOCK) != 0, "flags of socket()");
	tap_ok(poll_now(c) == (POLLOUT | POLLHUP), "a fresh socket: POLLOUT and POLLHUP");
	tap_ok(fails(recv(c, buf, 1, 0), ENOTCONN), "recv: not connected");
	tap_ok(fails(getpeername(c, (struct sockaddr *)&a, &len), ENOTCONN), "no peer");
	tap_ok(fails(shutdown(c, SHUT_WR), ENOTCONN), "nothing to shut down");
	tap_ok(fails(accept(c, NULL, NULL), EINVAL), "not a listener");
	tap_ok(fails(send(c, "x", 1, MSG_NOSIGNAL), EPIPE), "send: EPIPE");
	l = listener(5);
	tap_ok(poll_now(l) == 0, "a listener: nothing");
	tap_ok(fails(recv(l, buf, 1, 0), ENOTCONN), "recv on a listener");
	tap_ok(fails(connect(c, (struct sockaddr *)&addr, sizeof addr), EINPROGRESS), "connect does not wait");
	tap_ok(poll_is(c, POLLOUT), "then it is writable");
	len = sizeof v;
	tap_ok(getsockopt(c, SOL_SOCKET, SO_ERROR, &v, &len) == 0 && v == 0, "without an error");
	tap_ok(poll_is(l, POLLIN), "the listener is readable");
	len = sizeof b;
	s = accept4(l, (struct sockaddr *)&b, &len, SOCK_NONBLOCK);
	tap_ok(s >= 0 && len == sizeof b && (fcntl(s, F_GETFL) & O_NONBLOCK) != 0, "accept4");
	getsockname(c, (struct sockaddr *)&a, &len);
	tap_ok(memcmp(&a, &b, sizeof a) == 0 && a.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "names agree");
	getpeername(c, (struct sockaddr *)&a, &len);
	tap_ok(memcmp(&a, &addr, sizeof a) == 0, "and the peer's");
	tap_ok(connect(c, (struct sockaddr *)&addr, sizeof addr) == 0, "connect again: it is done");
	tap_ok(fails(connect(c, (struct sockaddr *)&addr, sizeof addr), EISCONN), "once more: connected already");
	tap_ok(fails(read(s, buf, 1), EAGAIN), "nothing to read");
	len = sizeof v;
	tap_ok(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &v, &len) == 0 && v == 1, "SO_ACCEPTCONN");
	tap_ok(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &len) == 0 && v == SOCK_STREAM, "SO_TYPE");
	close(s);
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_STREAM, 0);
	tap_ok(fails(connect(c, (struct sockaddr *)&addr, sizeof addr), ECONNREFUSED), "refused");
	close(c);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tap_ok(fails(connect(c, (struct sockaddr *)&addr, sizeof addr), EINPROGRESS), "refused, without waiting");
	tap_ok(poll_is(c, POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP), "poll shows it");
	len = sizeof v;
	tap_ok(getsockopt(c, SOL_SOCKET, SO_ERROR, &v, &len) == 0 && v == ECONNREFUSED, "SO_ERROR: ECONNREFUSED");
	close(c);
	c = socket(AF_INET, SOCK_STREAM, 0);
	a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01020304)};
	tap_ok(fails(bind(c, (struct sockaddr *)&a, sizeof a), EADDRNOTAVAIL), "an address that is not ours");
	tap_ok(fails(bind(c, (struct sockaddr *)&a, 4), EINVAL), "a short address");
	close(c);
}

static void test_data(void)
{
	int l = listener(5), fd[2], v;
	char buf[64], *big = malloc(1 << 20), *got = malloc(1 << 20);
	struct iovec iov[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 3};
	ssize_t n, sent, rcvd;

	pair(l, fd);
	tap_ok(poll_now(fd[0]) == POLLOUT, "connected: POLLOUT");
	tap_ok(sendmsg(fd[0], &m, 0) == 13, "sendmsg");
	tap_ok(poll_is(fd[1], POLLIN | POLLOUT), "readable");
	tap_ok(ioctl(fd[1], FIONREAD, &v) == 0 && v == 13, "FIONREAD");
	tap_ok(recv(fd[1], buf, sizeof buf, MSG_PEEK) == 13, "MSG_PEEK");
	tap_ok(read(fd[1], buf, 4) == 4 && memcmp(buf, "one ", 4) == 0, "a part");
	iov[0] = (struct iovec){buf, 4};
	iov[1] = (struct iovec){buf + 10, 20};
	m.msg_iovlen = 2;
	tap_ok(recvmsg(fd[1], &m, 0) == 9 && memcmp(buf, "two ", 4) == 0 && memcmp(buf + 10, "three", 5) == 0,
	       "recvmsg");
	tap_ok(fails(recv(fd[1], buf, 1, MSG_DONTWAIT), EAGAIN), "MSG_DONTWAIT");
	tap_ok(fails(write(fd[0], (void *)8, 10), EFAULT), "a bad address");
	tap_ok(poll_now(fd[1]) == POLLOUT, "nothing arrived of it");
	tap_ok(write(fd[0], "", 0) == 0 && read(fd[1], buf, 0) == 0, "nothing at all is fine");

	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 1 << 20; i++)
		big[i] = (char)(i * 31 + i / 3000);
	for (sent = rcvd = 0; rcvd < 1 << 20;) {
		struct pollfd p[2] = {{fd[0], sent < 1 << 20 ? POLLOUT : 0, 0}, {fd[1], POLLIN, 0}};

		if (poll(p, 2, PATIENCE_MS) <= 0)
			break;
		if (p[0].revents != 0 && (n = write(fd[0], big + sent, (size_t)((1 << 20) - sent))) > 0)
			sent += n;
		if (p[1].revents != 0 && (n = read(fd[1], got + rcvd, 70000)) > 0)
			rcvd += n;
	}
	tap_ok(rcvd == 1 << 20 && memcmp(big, got, 1 << 20) == 0, "a megabyte arrives as it was sent");
	for (sent = 0; sent < 100 << 20; sent += n)
		if ((n = write(fd[0], big, 65536)) <= 0)
			break;
	tap_ok(n == -1 && errno == EAGAIN && sent > 65536, "nobody reads: full some time");
	tap_ok((poll_now(fd[0]) & POLLOUT) == 0, "not writable");
	for (rcvd = 0; rcvd < sent; rcvd += n) {
		struct pollfd p = {fd[1], POLLIN, 0};

		if (poll(&p, 1, PATIENCE_MS) <= 0 || (n = read(fd[1], got, 1 << 20)) <= 0)
			break;
	}
	tap_ok(rcvd == sent, "all of it is read");
	tap_ok(poll_is(fd[0], POLLOUT), "writable again");
	close(fd[0]);
	close(fd[1]);
	close(l);
	free(big);
	free(got);
}

static volatile sig_atomic_t pipes, alarms;

static void on_signal(int sig)
{
	if (sig == SIGPIPE)
		pipes++;
	else
		alarms++;
}

static void test_ends(void)
{
	struct linger lg = {1, 0};
	struct sigaction sa = {.sa_handler = on_signal};
	int l = listener(5), fd[2];
	char buf[8];

	sigaction(SIGPIPE, &sa, NULL);
	pair(l, fd);
	write(fd[0], "x", 1);
	tap_ok(shutdown(fd[0], SHUT_WR) == 0, "shutdown for writing");
	tap_ok(poll_is(fd[1], POLLIN | POLLOUT | POLLRDHUP), "the peer: POLLRDHUP");
	tap_ok(fails(write(fd[0], "y", 1), EPIPE) && pipes == 1, "writing: EPIPE and SIGPIPE");
	tap_ok(fails(send(fd[0], "y", 1, MSG_NOSIGNAL), EPIPE) && pipes == 1, "MSG_NOSIGNAL: EPIPE alone");
	tap_ok(read(fd[1], buf, 8) == 1 && read(fd[1], buf, 8) == 0, "data, then the end");
	tap_ok(write(fd[1], "back", 4) == 4 && read(fd[0], buf, 8) == 4, "the other direction works");
	tap_ok(shutdown(fd[1], SHUT_WR) == 0, "until it is shut down too");
	tap_ok(poll_is(fd[0], POLLIN | POLLOUT | POLLRDHUP | POLLHUP), "POLLHUP on one side");
	tap_ok(poll_is(fd[1], POLLIN | POLLOUT | POLLRDHUP | POLLHUP), "and the other");
	close(fd[0]);
	close(fd[1]);

	pair(l, fd);
	write(fd[0], "unread", 6);
	poll_is(fd[1], POLLIN | POLLOUT);
	close(fd[1]);
	tap_ok(poll_is(fd[0], POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP), "closed with unread data: POLLERR");
	tap_ok(fails(read(fd[0], buf, 1), ECONNRESET), "ECONNRESET");
	tap_ok(read(fd[0], buf, 1) == 0, "then the end");
	tap_ok(fails(send(fd[0], "x", 1, MSG_NOSIGNAL), EPIPE), "and EPIPE");
	close(fd[0]);

	pair(l, fd);
	setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
	close(fd[0]);
	tap_ok(fails(read(fd[1], buf, 1), ECONNRESET), "SO_LINGER with 0: a reset");
	close(fd[1]);

	pair(l, fd);
	setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
	shutdown(fd[0], SHUT_WR);
	poll_is(fd[1], POLLIN | POLLOUT | POLLRDHUP);
	close(fd[0]);
	tap_ok(poll_is(fd[1], POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP), "a reset after the end: POLLERR");
	tap_ok(read(fd[1], buf, 1) == 0 && read(fd[1], buf, 1) == 0, "reading: the end as before");
	tap_ok(fails(send(fd[1], "x", 1, MSG_NOSIGNAL), EPIPE), "writing: EPIPE");
	close(fd[1]);
	close(l);
}

static void test_options(void)
{
	struct timeval tv = {0, 100000}, got;
	struct timespec a, b;
	int l = listener(5), fd[2], v;
	socklen_t len;
	char buf[4];

	pair(l, fd);
	v = 1;
	tap_ok(setsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &v, sizeof v) == 0, "TCP_NODELAY");
	v = 0, len = sizeof v;
	tap_ok(getsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &v, &len) == 0 && v == 1 && len == 4, "reads back");
	v = 1;
	tap_ok(setsockopt(fd[0], SOL_SOCKET, SO_KEEPALIVE, &v, sizeof v) == 0, "SO_KEEPALIVE");
	v = 33;
	tap_ok(setsockopt(fd[0], IPPROTO_TCP, TCP_KEEPIDLE, &v, sizeof v) == 0, "TCP_KEEPIDLE");
	v = 0;
	tap_ok(getsockopt(fd[0], IPPROTO_TCP, TCP_KEEPIDLE, &v, &len) == 0 && v == 33, "reads back");
	v = 1 << 20;
	tap_ok(fails(setsockopt(fd[0], IPPROTO_TCP, TCP_KEEPIDLE, &v, sizeof v), EINVAL), "out of range");
	tap_ok(fails(setsockopt(fd[0], IPPROTO_TCP, 9999, &v, sizeof v), ENOPROTOOPT), "an unknown option");
	tap_ok(fails(setsockopt(fd[0], SOL_SOCKET, SO_REUSEADDR, &v, 2), EINVAL), "a short value");
	v = 16384;
	tap_ok(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v) == 0 &&
		   getsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &v, &len) == 0 && v == 32768,
	       "SO_SNDBUF doubles");
	tap_ok(setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0, "SO_RCVTIMEO");
	len = sizeof got;
	tap_ok(getsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &got, &len) == 0 && got.tv_usec == 100000, "reads back");
	clock_gettime(CLOCK_MONOTONIC, &a);
	tap_ok(fails(read(fd[1], buf, 1), EAGAIN), "a read ends at its time limit");
	clock_gettime(CLOCK_MONOTONIC, &b);
	tap_ok((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec >= 100000000, "not before");
	tap_ok(fails(getsockopt(0, SOL_SOCKET, SO_TYPE, &v, &len), ENOTSOCK), "not a socket");
	tap_ok(fails(getsockopt(77, SOL_SOCKET, SO_TYPE, &v, &len), EBADF), "not a descriptor");
	close(fd[0]);
	close(fd[1]);
	close(l);
}

static void test_no_descriptor(void)
{
	int l = listener(5), c = socket(AF_INET, SOCK_STREAM, 0), s;
	struct rlimit old, none;
	char b;

	connect(c, (struct sockaddr *)&addr, sizeof addr);
	write(c, "k", 1);
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = (rlim_t)c + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	tap_ok(fails(accept(l, NULL, NULL), EMFILE), "accept without a descriptor left: EMFILE");
	setrlimit(RLIMIT_NOFILE, &old);
	s = accept(l, NULL, NULL);
	tap_ok(s >= 0 && read(s, &b, 1) == 1 && b == 'k', "the connection is still there");
	close(s);
	close(c);
	close(l);
}

static void *echo(void *arg)
{
	int fd = *(int *)arg;
	char buf[256];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(fd, buf, (size_t)n) != n)
			break;
	close(fd);
	return NULL;
}

static void test_threads(void)
{
	int l = listener(64), fd[32][2];
	pthread_t t[32];
	bool ok = true;

	for (int i = 0; i < 32; i++) {
		pair(l, fd[i]);
		pthread_create(&t[i], NULL, echo, &fd[i][1]);
	}
	for (int round = 0; round < 20; round++)
		for (int i = 0; i < 32; i++) {
			char out[32], in[32];
			int n = snprintf(out, sizeof out, "%d of %d", round, i);

			ok = ok && write(fd[i][0], out, (size_t)n) == n &&
			     recv(fd[i][0], in, (size_t)n, MSG_WAITALL) == n && memcmp(out, in, (size_t)n) == 0;
		}
	tap_ok(ok, "32 threads answer in turn");
	for (int i = 0; i < 32; i++) {
		close(fd[i][0]);
		pthread_join(t[i], NULL);
	}
	close(l);
}

static void *kicker(void *arg)
{
	for (int i = 0; i < 2; i++) {
		int before = alarms;

		EVENTUALLY(wait_is_asleep(getpid(), getpid()));
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		EVENTUALLY(alarms != before);
	}
	return NULL;
}

static void test_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct timeval tv = {100, 0};
	pthread_t me = pthread_self(), k;
	int l = listener(5), fd[2];
	char buf[4];

	pair(l, fd);
	sigaction(SIGUSR1, &sa, NULL);
	pthread_create(&k, NULL, kicker, &me);
	tap_ok(fails(read(fd[0], buf, 1), EINTR) && alarms == 1, "a signal interrupts a read");
	tap_ok(fails(accept(l, NULL, NULL), EINTR) && alarms == 2, "and an accept");
	pthread_join(k, NULL);
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	pthread_create(&k, NULL, kicker, &me);
	tap_ok(fails(read(fd[0], buf, 1), EINTR), "with a time limit even under SA_RESTART");
	pthread_join(k, NULL);
	tv.tv_sec = 0;
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	close(fd[0]);
	close(fd[1]);
	close(l);
}

int main(void)
{
	test_states();
	test_data();
	test_ends();
	test_options();
	test_no_descriptor();
	test_threads();
	test_signals();
	return tap_end();
}
