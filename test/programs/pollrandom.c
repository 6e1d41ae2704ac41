/* SPDX-License-Identifier: ISC */
/*
 * pollrandom SEED COUNT: random operations on pipes, eventfds and epolls that watch them and each other, none
 * of which waits, each printed with its result, so that what two kernels print can be compared (test/e2e/pollrandom.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SLOTS  14
#define EPOLLS 3

static uint64_t state;
static int fds[SLOTS], epolls[EPOLLS];
static bool counter[SLOTS]; /* an eventfd: writes of other than 8 bytes differ between releases of Linux */
static char buf[4096];

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

static void say(const char *what, unsigned a, unsigned b, long r)
{
	printf("%s %u %u = %ld %d\n", what, a, b, r < 0 ? -1 : r, r < 0 ? errno : 0);
}

/* Two slots get new descriptors; what was there is closed. */
static void make(void)
{
	unsigned a = rnd(SLOTS), b = (a + 1 + rnd(SLOTS - 1)) % SLOTS;
	int p[2] = {-1, -1}, r = 0;

	close(fds[a]);
	close(fds[b]);
	counter[a] = counter[b] = false;
	switch (rnd(3)) {
	case 0:
	case 1: r = pipe2(p, O_NONBLOCK); break;
	default:
		counter[a] = counter[b] = true;
		p[0] = eventfd(rnd(2), EFD_NONBLOCK);
		p[1] = eventfd(rnd(3), EFD_NONBLOCK | EFD_SEMAPHORE);
	}
	fds[a] = p[0];
	fds[b] = p[1];
	say("make", a, b, r);
}

static void transfer(void)
{
	unsigned a = rnd(SLOTS), n = rnd(3) == 0 ? 8 : rnd(60);
	uint64_t v = 1 + rnd(3);
	int queued = 0;

	memcpy(buf, &v, 8);
	/* Full pipes are counted differently. */
	if (ioctl(fds[a], FIONREAD, &queued) == 0 && queued > 3000)
		n = 0;
	if (counter[a])
		n = 8;
	if (rnd(2) != 0)
		say("read", a, n, read(fds[a], buf, n));
	else
		say("write", a, n, write(fds[a], buf, n));
}

static void control(void)
{
	static const uint32_t kinds[] = {EPOLLIN,
					 EPOLLOUT,
					 EPOLLIN | EPOLLOUT,
					 EPOLLIN | EPOLLET,
					 EPOLLOUT | EPOLLET,
					 EPOLLIN | EPOLLOUT | EPOLLET,
					 EPOLLIN | EPOLLONESHOT,
					 EPOLLIN | EPOLLOUT | EPOLLET | EPOLLONESHOT,
					 EPOLLRDHUP | EPOLLIN,
					 0};
	unsigned ep = rnd(EPOLLS), slot = rnd(SLOTS), kind = rnd(sizeof kinds / sizeof *kinds);
	int op = 1 + (int)rnd(3), fd = fds[slot];
	struct epoll_event e = {.events = kinds[kind], .data.u32 = slot};

	if (rnd(20) == 0) {
		slot = rnd(EPOLLS);
		fd = epolls[slot];
		e.data.u32 = 100 + slot;
	}
	printf("%u ", kind);
	say(op == 1 ? "add" : op == 2 ? "del" : "mod", ep, slot, epoll_ctl(epolls[ep], op, fd, &e));
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *x = a, *y = b;

	return x->data.u32 != y->data.u32 ? (x->data.u32 < y->data.u32 ? -1 : 1) : (int)x->events - (int)y->events;
}

static void look(void)
{
	struct epoll_event e[32];
	struct pollfd v[SLOTS];
	unsigned ep = rnd(EPOLLS);
	int n;

	if (rnd(3) == 0) {
		for (int i = 0; i < SLOTS; i++)
			v[i] = (struct pollfd){fds[i], POLLIN | POLLOUT, 0};
		n = poll(v, SLOTS, 0);
		printf("poll = %d:", n);
		for (int i = 0; i < SLOTS; i++)
			printf(" %x", (unsigned)v[i].revents);
	} else {
		n = epoll_wait(epolls[ep], e, 32, 0);
		printf("wait %u = %d:", ep, n);
		if (n > 0)
			qsort(e, (size_t)n, sizeof *e, by_data);
		for (int i = 0; i < n; i++)
			printf(" %u:%x", e[i].data.u32, e[i].events);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	long count;

	if (argc != 3)
		return 2;
	state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
	count = atol(argv[2]);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < SLOTS; i++)
		fds[i] = -1;
	for (int i = 0; i < EPOLLS; i++)
		epolls[i] = epoll_create1(0);
	for (long i = 0; i < count; i++) {
		printf("%ld ", i);
		switch (rnd(10)) {
		case 0: make(); break;
		case 1:
		case 2:
		case 3: transfer(); break;
		case 4:
		case 5: control(); break;
		case 6: {
			unsigned a = rnd(SLOTS);

			say("close", a, 0, close(fds[a]));
			fds[a] = -1;
			break;
		}
		default: look();
		}
	}
	return 0;
}
