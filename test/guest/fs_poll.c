/* SPDX-License-Identifier: ISC */
/* poll, select and epoll: what is ready, edges, one shots, nesting, time, signals, and files that go away. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"
#include "test/wait.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void make(int p[2])
{
	if (pipe2(p, O_NONBLOCK) != 0)
		abort();
}

static void put(int fd)
{
	if (write(fd, "x", 1) != 1)
		abort();
}

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		abort();
}

static void *put_later(void *arg)
{
	usleep(20000);
	put(*(int *)arg);
	return NULL;
}

static volatile int signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

static void test_poll(void)
{
	struct pollfd v[40];
	pthread_t t;
	int p[2], many[20][2];
	int64_t start;

	make(p);
	v[0] = (struct pollfd){p[0], POLLIN, -1};
	v[1] = (struct pollfd){p[1], POLLOUT | POLLIN, -1};
	v[2] = (struct pollfd){-1, POLLIN, -1};
	v[3] = (struct pollfd){999, POLLIN, -1};
	tap_ok(poll(v, 4, -1) == 2 && v[0].revents == 0 && v[1].revents == POLLOUT && v[2].revents == 0 &&
		   v[3].revents == POLLNVAL,
	       "poll: ready, negative, not open");
	start = now_ms();
	tap_ok(poll(v, 1, 30) == 0 && now_ms() - start >= 29, "poll: the time runs out");
	pthread_create(&t, NULL, put_later, &p[1]);
	tap_ok(poll(v, 1, PATIENCE_MS) == 1 && v[0].revents == POLLIN, "poll: woken");
	pthread_join(t, NULL);
	take(p[0]);
	for (int i = 0; i < 20; i++) {
		make(many[i]);
		v[i] = (struct pollfd){many[i][0], POLLIN, 0};
	}
	pthread_create(&t, NULL, put_later, &many[17][1]);
	tap_ok(poll(v, 20, PATIENCE_MS) == 1 && v[17].revents == POLLIN, "poll: one of many");
	pthread_join(t, NULL);
	for (int i = 0; i < 20; i++) {
		close(many[i][0]);
		close(many[i][1]);
	}
	tap_ok(poll((void *)8, 1, 0) < 0 && errno == EFAULT && poll(NULL, 0, 0) == 0, "poll: EFAULT, nothing");
	v[0].fd = open("/", O_RDONLY);
	v[0].events = POLLIN | POLLOUT;
	tap_ok(poll(v, 1, 0) == 1 && v[0].revents == (POLLIN | POLLOUT), "poll: files are always ready");
	close(v[0].fd);
	close(p[0]);
	close(p[1]);
}

static void test_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct timespec ts = {5, 0};
	sigset_t none, block;
	struct pollfd v;
	int p[2];

	make(p);
	v = (struct pollfd){p[0], POLLIN, 0};
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigaction(SIGUSR1, &sa, NULL);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	tap_ok(poll(&v, 1, 0) == 0 && signals == 0, "a blocked signal waits");
	tap_ok(ppoll(&v, 1, &ts, &none) < 0 && errno == EINTR && signals == 1, "ppoll lets it in");
	raise(SIGUSR1);
	tap_ok(pselect(0, NULL, NULL, NULL, &ts, &none) < 0 && errno == EINTR && signals == 2, "pselect too");
	raise(SIGUSR1);
	int ep = epoll_create1(0);
	struct epoll_event e;
	tap_ok(epoll_pwait(ep, &e, 1, 5000, &none) < 0 && errno == EINTR && signals == 3, "epoll_pwait too");
	raise(SIGUSR1);
	put(p[1]);
	/* What is ready comes before a signal that only the call lets in. */
	tap_ok(ppoll(&v, 1, &ts, &block) == 1 && signals == 3, "ready and blocked");
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	tap_ok(signals == 4, "the mask was restored");
	close(ep);
	close(p[0]);
	close(p[1]);
}

static void test_select(void)
{
	struct timeval tv = {0, 30000};
	fd_set in, out;
	pthread_t t;
	int p[2], far;

	make(p);
	far = fcntl(p[0], F_DUPFD, 130);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(far, &in);
	FD_SET(p[1], &out);
	FD_SET(p[1], &in);
	tap_ok(select(far + 1, &in, &out, NULL, NULL) == 1 && FD_ISSET(p[1], &out) && !FD_ISSET(far, &in) &&
		   !FD_ISSET(p[1], &in),
	       "select: writable");
	FD_ZERO(&in);
	FD_SET(far, &in);
	tap_ok(select(far + 1, &in, NULL, NULL, &tv) == 0 && !FD_ISSET(far, &in), "select: time");
	FD_SET(far, &in);
	pthread_create(&t, NULL, put_later, &p[1]);
	tv.tv_sec = 5;
	tap_ok(select(far + 1, &in, NULL, NULL, &tv) == 1 && FD_ISSET(far, &in), "select: woken");
	pthread_join(t, NULL);
	close(far);
	tap_ok(select(far + 1, &in, NULL, NULL, NULL) < 0 && errno == EBADF, "select: EBADF");
	tap_ok(select(-1, NULL, NULL, NULL, NULL) < 0 && errno == EINVAL, "select: EINVAL");
	close(p[0]);
	close(p[1]);
}

static int ctl(int ep, int op, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u64 = 0x123456789abcdef0u + (unsigned)fd};

	return epoll_ctl(ep, op, fd, &e) == 0 ? 0 : errno;
}

static void test_epoll(void)
{
	struct epoll_event e[8];
	int ep = epoll_create1(EPOLL_CLOEXEC), p[2], q[2], twin;
	pthread_t t;

	make(p);
	make(q);
	tap_ok(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN) == 0 && ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN) == EEXIST &&
		   ctl(ep, EPOLL_CTL_MOD, q[0], EPOLLIN) == ENOENT && ctl(ep, EPOLL_CTL_DEL, q[0], 0) == ENOENT,
	       "add once, change and remove what is there");
	tap_ok(ctl(ep, EPOLL_CTL_ADD, 999, EPOLLIN) == EBADF && ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN) == EINVAL &&
		   ctl(p[0], EPOLL_CTL_ADD, q[0], EPOLLIN) == EINVAL && ctl(ep, 9, p[0], EPOLLIN) == EINVAL,
	       "EBADF, EINVAL");
	int dir = open("/", O_RDONLY);
	tap_ok(ctl(ep, EPOLL_CTL_ADD, dir, EPOLLIN) == EPERM, "not a directory");
	close(dir);
	tap_ok(epoll_wait(ep, e, 8, 0) == 0 && epoll_wait(ep, e, 0, 0) < 0 && errno == EINVAL, "nothing yet");
	put(p[1]);
	tap_ok(epoll_wait(ep, e, 8, -1) == 1 && e[0].events == EPOLLIN &&
		   e[0].data.u64 == 0x123456789abcdef0u + (unsigned)p[0] && epoll_wait(ep, e, 8, 0) == 1,
	       "level: again and again");
	take(p[0]);
	tap_ok(epoll_wait(ep, e, 8, 0) == 0, "until it is taken");
	pthread_create(&t, NULL, put_later, &p[1]);
	tap_ok(epoll_wait(ep, e, 8, 5000) == 1, "woken");
	pthread_join(t, NULL);
	tap_ok(ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET) == 0 && epoll_wait(ep, e, 8, 0) == 1 &&
		   epoll_wait(ep, e, 8, 0) == 0,
	       "edge: once");
	put(p[1]);
	tap_ok(epoll_wait(ep, e, 8, 0) == 1 && epoll_wait(ep, e, 8, 0) == 0, "and once for each edge");
	tap_ok(ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT) == 0 && epoll_wait(ep, e, 8, 0) == 1, "one shot");
	put(p[1]);
	tap_ok(epoll_wait(ep, e, 8, 0) == 0 && ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT) == 0 &&
		   epoll_wait(ep, e, 8, 0) == 1,
	       "until it is armed again");
	tap_ok(ctl(ep, EPOLL_CTL_ADD, q[1], EPOLLOUT) == 0 && ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN) == 0 &&
		   epoll_wait(ep, e, 8, 0) == 2 && epoll_wait(ep, e, 1, 0) == 1,
	       "two, and one at a time");
	int first = (int)(e[0].data.u64 - 0x123456789abcdef0u);
	tap_ok(epoll_wait(ep, e, 1, 0) == 1 && (int)(e[0].data.u64 - 0x123456789abcdef0u) != first, "in turn");
	twin = dup(p[0]);
	tap_ok(ctl(ep, EPOLL_CTL_ADD, twin, EPOLLIN) == 0 && epoll_wait(ep, e, 8, 0) == 3,
	       "a duplicate is another item");
	close(twin);
	tap_ok(epoll_wait(ep, e, 8, 0) == 3, "which stays while the file is open");
	close(p[0]);
	tap_ok(epoll_wait(ep, e, 8, 0) == 1 && e[0].events == EPOLLOUT, "and ends with it");
	close(q[0]);
	tap_ok(epoll_wait(ep, e, 8, 0) == 1 && (e[0].events & EPOLLERR) != 0, "errors are told unasked");
	tap_ok(ctl(ep, EPOLL_CTL_DEL, q[1], 0) == 0 && epoll_wait(ep, e, 8, 0) == 0, "removed");
	close(p[1]);
	close(q[1]);
	close(ep);
}

static void test_nested(void)
{
	int a = epoll_create1(0), b = epoll_create1(0), chain[8], p[2];
	struct epoll_event e[2];
	struct pollfd v;

	make(p);
	tap_ok(ctl(b, EPOLL_CTL_ADD, p[0], EPOLLIN) == 0 && ctl(a, EPOLL_CTL_ADD, b, EPOLLIN) == 0, "one in another");
	v = (struct pollfd){a, POLLIN, 0};
	tap_ok(epoll_wait(a, e, 2, 0) == 0 && poll(&v, 1, 0) == 0, "quiet");
	put(p[1]);
	tap_ok(poll(&v, 1, 0) == 1 && epoll_wait(a, e, 2, 0) == 1 && epoll_wait(b, e, 2, 0) == 1, "through both");
	take(p[0]);
	tap_ok(poll(&v, 1, 0) == 0 && epoll_wait(a, e, 2, 0) == 0, "and gone");
	tap_ok(ctl(b, EPOLL_CTL_ADD, a, EPOLLIN) == ELOOP, "no loops");
	for (int i = 0; i < 8; i++)
		chain[i] = epoll_create1(0);
	int depth = 0;
	while (depth < 7 && ctl(chain[depth], EPOLL_CTL_ADD, chain[depth + 1], EPOLLIN) == 0)
		depth++;
	tap_ok(depth >= 3 && depth < 7, "nor deep chains");
	for (int i = 0; i < 8; i++)
		close(chain[i]);
	close(p[0]);
	close(p[1]);
	close(a);
	close(b);
}

#define WAITERS 4
static int shared_ep;

/* Each of n epolls watches what is given, until one may not: how many do. */
static int watched(int *ep, int n, int fd, int *err)
{
	int i = 0;

	for (*err = 0; i < n && *err == 0; i++)
		*err = ctl(ep[i], EPOLL_CTL_ADD, fd, EPOLLIN);
	return *err == 0 ? i : i - 1;
}

/* The ways from a file up to the outermost epolls are limited in number by their length: 500 over one other epoll. */
static void test_wide(void)
{
	static int top[501];
	int mid = epoll_create1(0), more[2] = {epoll_create1(0), epoll_create1(0)}, p[2], err, n;
	struct epoll_event e;

	make(p);
	for (n = 0; n < 501; n++)
		if ((top[n] = epoll_create1(0)) < 0)
			break;
	if (n < 501) {
		tap_skip("many epolls", "no descriptors");
		return;
	}
	tap_ok(watched(top, 501, p[1], &err) == 501, "any number watches a file");
	ctl(mid, EPOLL_CTL_ADD, p[0], EPOLLIN);
	n = watched(top, 501, mid, &err);
	tap_ok(n == 500 && err == EINVAL, "500 watch an epoll that watches a file, not 501 (%d)", n);
	tap_ok(ctl(top[500], EPOLL_CTL_DEL, mid, 0) == ENOENT, "what is refused leaves nothing behind");
	tap_ok(ctl(mid, EPOLL_CTL_ADD, p[1], EPOLLIN) == 0, "another file has its own 500");
	ctl(more[0], EPOLL_CTL_ADD, more[1], EPOLLIN);
	tap_ok(watched(top, 100, more[0], &err) == 100, "100 watch one that watches one");
	tap_ok(ctl(more[1], EPOLL_CTL_ADD, p[0], EPOLLIN) == 0 &&
		   ctl(top[100], EPOLL_CTL_ADD, more[0], EPOLLIN) == EINVAL,
	       "that watches a file: not 101");
	put(p[1]);
	tap_ok(epoll_wait(top[499], &e, 1, 0) == 1 && epoll_wait(top[0], &e, 1, 0) == 1, "all of them are told");
	for (n = 0; n < 501; n++)
		close(top[n]);
	close(mid);
	close(more[0]);
	close(more[1]);
	close(p[0]);
	close(p[1]);
}

static void *wait_one(void *arg)
{
	struct epoll_event e;
	uint64_t n;

	(void)arg;
	for (;;) {
		if (epoll_wait(shared_ep, &e, 1, 5000) != 1)
			return (void *)0;
		if (read(e.data.fd, &n, 8) == 8)
			return (void *)1;
	}
}

static void test_threads(void)
{
	pthread_t t[WAITERS];
	int fd[WAITERS];
	long served = 0;

	shared_ep = epoll_create1(0);
	for (int i = 0; i < WAITERS; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.fd = fd[i] = eventfd(0, EFD_NONBLOCK)};

		epoll_ctl(shared_ep, EPOLL_CTL_ADD, fd[i], &e);
	}
	for (int i = 0; i < WAITERS; i++)
		pthread_create(&t[i], NULL, wait_one, NULL);
	usleep(20000);
	for (int i = 0; i < WAITERS; i++) {
		uint64_t one = 1;

		if (write(fd[i], &one, 8) != 8)
			abort();
	}
	for (int i = 0; i < WAITERS; i++) {
		void *r;

		pthread_join(t[i], &r);
		served += (long)r;
	}
	tap_ok(served == WAITERS, "as many waiters as events: each gets one");
	for (int i = 0; i < WAITERS; i++)
		close(fd[i]);
	close(shared_ep);
}

int main(void)
{
	test_poll();
	test_signals();
	test_select();
	test_epoll();
	test_nested();
	test_wide();
	test_threads();
	return tap_end();
}
