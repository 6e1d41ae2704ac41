/* SPDX-License-Identifier: ISC */
/* epoll over sockets: level, edge and one-shot, hang-ups, and a server of many connections in one thread, as on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/tap.h"

#define CLIENTS 150
#define ROUNDS  20

static struct sockaddr_in addr;

static int listener(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof addr;

	addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
		perror("listener");
		exit(1);
	}
	return fd;
}

static int client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void watch(int ep, int op, int fd, unsigned events)
{
	struct epoll_event e = {.events = events, .data.fd = fd};

	if (epoll_ctl(ep, op, fd, &e) != 0)
		perror("epoll_ctl");
}

/* The events of the only ready descriptor, 0: none within ms. */
static unsigned ready(int ep, int ms)
{
	struct epoll_event e[4];
	int n = epoll_wait(ep, e, 4, ms);

	return n == 1 ? e[0].events : n == 0 ? 0 : ~0u;
}

static void test_modes(void)
{
	int l = listener(), ep = epoll_create1(EPOLL_CLOEXEC), c, s;
	char buf[16];

	watch(ep, EPOLL_CTL_ADD, l, EPOLLIN);
	tap_ok(ready(ep, 0) == 0, "a listener without clients");
	c = client();
	tap_ok(ready(ep, 1000) == EPOLLIN && ready(ep, 0) == EPOLLIN, "a client: ready until accepted");
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	tap_ok(s >= 0 && ready(ep, 0) == 0, "accepted");

	watch(ep, EPOLL_CTL_ADD, s, EPOLLIN | EPOLLRDHUP | EPOLLET);
	tap_ok(ready(ep, 0) == 0, "edge: nothing yet");
	write(c, "a", 1);
	tap_ok(ready(ep, 1000) == EPOLLIN && ready(ep, 0) == 0, "data is told once");
	write(c, "b", 1);
	tap_ok(ready(ep, 1000) == EPOLLIN, "more data is told again");
	tap_ok(read(s, buf, 16) == 2 && read(s, buf, 1) == -1 && errno == EAGAIN, "all of it");
	tap_ok(ready(ep, 0) == 0, "reading tells nothing");

	watch(ep, EPOLL_CTL_MOD, s, EPOLLIN | EPOLLOUT | EPOLLONESHOT);
	tap_ok(ready(ep, 0) == EPOLLOUT && ready(ep, 0) == 0, "one shot");
	write(c, "c", 1);
	tap_ok(ready(ep, 50) == 0, "disarmed");
	watch(ep, EPOLL_CTL_MOD, s, EPOLLIN | EPOLLONESHOT);
	tap_ok(ready(ep, 1000) == EPOLLIN, "armed again");

	watch(ep, EPOLL_CTL_MOD, s, EPOLLRDHUP);
	shutdown(c, SHUT_WR);
	tap_ok(ready(ep, 1000) == EPOLLRDHUP, "EPOLLRDHUP");
	shutdown(s, SHUT_WR);
	tap_ok((ready(ep, 1000) & (EPOLLRDHUP | EPOLLHUP)) == (EPOLLRDHUP | EPOLLHUP), "EPOLLHUP unasked");
	close(s);
	tap_ok(ready(ep, 0) == 0, "closed: not watched any more");
	close(c);
	close(l);
	close(ep);
}

/* Fills a connection until EAGAIN, and hears when there is room again. */
static void test_room(void)
{
	int l = listener(), ep = epoll_create1(0), c = client(), s = accept(l, NULL, NULL);
	static char buf[65536];
	ssize_t n, sent = 0;

	fcntl(c, F_SETFL, O_NONBLOCK);
	watch(ep, EPOLL_CTL_ADD, c, EPOLLOUT | EPOLLET);
	tap_ok(ready(ep, 0) == EPOLLOUT, "writable at first");
	while ((n = write(c, buf, sizeof buf)) > 0)
		sent += n;
	tap_ok(n == -1 && errno == EAGAIN, "until it is full");
	tap_ok(ready(ep, 0) == 0, "then it is not");
	while (sent > 0 && (n = read(s, buf, sizeof buf)) > 0)
		sent -= n;
	tap_ok(sent == 0 && ready(ep, 2000) == EPOLLOUT, "room is told");
	close(c);
	close(s);
	close(l);
	close(ep);
}

static void *server(void *arg)
{
	int l = *(int *)arg, ep = epoll_create1(0), closed = 0;
	struct epoll_event e[32];
	long bytes = 0;

	watch(ep, EPOLL_CTL_ADD, l, EPOLLIN);
	while (closed < CLIENTS) {
		int n = epoll_wait(ep, e, 32, 10000);

		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			int fd = e[i].data.fd;
			char buf[64];
			ssize_t k;

			if (fd == l) {
				while ((fd = accept4(l, NULL, NULL, SOCK_NONBLOCK)) >= 0)
					watch(ep, EPOLL_CTL_ADD, fd, EPOLLIN);
				continue;
			}
			k = read(fd, buf, sizeof buf);
			if (k > 0 && write(fd, buf, (size_t)k) == k)
				bytes += k;
			if (k == 0) {
				close(fd);
				closed++;
			}
		}
	}
	close(ep);
	return (void *)bytes;
}

static void test_server(void)
{
	int l = listener(), fd[CLIENTS];
	pthread_t t;
	void *bytes;
	bool ok = true;

	pthread_create(&t, NULL, server, &l);
	for (int i = 0; i < CLIENTS; i++)
		fd[i] = client();
	for (int r = 0; r < ROUNDS; r++) {
		char out[32], in[32];

		for (int i = 0; i < CLIENTS; i++) {
			memset(out, 'a' + (i + r) % 26, sizeof out);
			ok = ok && write(fd[i], out, sizeof out) == sizeof out;
		}
		for (int i = 0; i < CLIENTS; i++) {
			memset(out, 'a' + (i + r) % 26, sizeof out);
			ok = ok && recv(fd[i], in, sizeof in, MSG_WAITALL) == sizeof in &&
			     memcmp(in, out, sizeof in) == 0;
		}
	}
	tap_ok(ok, "%d connections, %d rounds", CLIENTS, ROUNDS);
	for (int i = 0; i < CLIENTS; i++)
		close(fd[i]);
	pthread_join(t, &bytes);
	tap_ok((long)bytes == 32l * CLIENTS * ROUNDS, "the server saw all of it");
	close(l);
}

int main(void)
{
	test_modes();
	test_room();
	test_server();
	return tap_end();
}
