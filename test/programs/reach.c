/* SPDX-License-Identifier: ISC */
/*
 * What a guest reaches, one line each:
 * An answer may take a minute, or $PATIENCE seconds.
 *	reach tcp ADDR PORT        "connected" or what went wrong
 *	reach udp ADDR PORT WORD   sends WORD, prints the answer
 *	reach big ADDR PORT N      the same with a datagram of N bytes; "N bytes come back"
 *	reach name NAME            its IPv4 address
 *	reach late NAME            the same, tried for 30 seconds
 *	reach get ADDR PORT        reads to the end, "N bytes, sum M"
 *	reach echo PORT            answers every datagram with "you said …", until "end"
 *	reach beat N               prints a line each 100 ms, N times
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int open_to(int type, const char *addr, const char *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	const char *seconds = getenv("PATIENCE");
	struct timeval patience = {.tv_sec = seconds != NULL ? atoi(seconds) : 60};
	int fd = socket(AF_INET, type, 0);

	inet_pton(AF_INET, addr, &sin.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return connect(fd, (struct sockaddr *)&sin, sizeof sin) < 0 ? -1 : fd;
}

static int udp(char **argv)
{
	int fd = open_to(SOCK_DGRAM, argv[0], argv[1]);
	char buf[256];
	ssize_t n;

	if (fd < 0 || send(fd, argv[2], strlen(argv[2]), 0) < 0)
		return fail("send");
	n = recv(fd, buf, sizeof buf, 0);
	if (n < 0)
		return fail("recv");
	printf("%.*s\n", (int)n, buf);
	return 0;
}

static int big(char **argv)
{
	int fd = open_to(SOCK_DGRAM, argv[0], argv[1]);
	static char out[65536], in[65536];
	size_t size = (size_t)atoi(argv[2]);
	ssize_t n;

	for (size_t i = 0; i < size; i++)
		out[i] = (char)(i * 7 + i / 256);
	if (fd < 0 || send(fd, out, size, 0) < 0)
		return fail("send");
	n = recv(fd, in, sizeof in, 0);
	if (n < 0)
		return fail("recv");
	printf("%zd bytes come back%s\n", n, memcmp(in, out, (size_t)n) == 0 ? "" : ", changed");
	return 0;
}

static int get(char **argv)
{
	int fd = open_to(SOCK_STREAM, argv[0], argv[1]);
	static unsigned char buf[65536];
	unsigned long total = 0, sum = 0;
	ssize_t n;

	if (fd < 0)
		return fail("connect");
	while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum += buf[i];
		total += (unsigned long)n;
	}
	if (n < 0)
		return fail("recv");
	printf("%lu bytes, sum %lu\n", total, sum);
	return 0;
}

static int name(const char *host)
{
	struct addrinfo *r, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	int e = getaddrinfo(host, NULL, &hints, &r);

	if (e != 0) {
		printf("%s\n", gai_strerror(e));
		return 1;
	}
	printf("%s\n", inet_ntoa(((struct sockaddr_in *)r->ai_addr)->sin_addr));
	return 0;
}

static int echo(const char *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))}, from;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char in[256], out[300];

	if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		return fail("bind");
	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof from;
		ssize_t n = recvfrom(fd, in, sizeof in - 1, 0, (struct sockaddr *)&from, &len);

		if (n < 0)
			return fail("recvfrom");
		in[n] = '\0';
		snprintf(out, sizeof out, "you said %s", in);
		sendto(fd, out, strlen(out), 0, (struct sockaddr *)&from, len);
		if (!strcmp(in, "end"))
			return 0;
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "tcp"))
		return open_to(SOCK_STREAM, argv[2], argv[3]) < 0 ? fail("connect") : puts("connected") < 0;
	if (argc == 5 && !strcmp(argv[1], "udp"))
		return udp(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "big"))
		return big(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "get"))
		return get(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "name"))
		return name(argv[2]);
	for (int i = 0; argc == 3 && !strcmp(argv[1], "late") && i < 60; i++) {
		struct addrinfo *r, hints = {.ai_family = AF_INET};

		if (getaddrinfo(argv[2], NULL, &hints, &r) == 0)
			return name(argv[2]);
		usleep(500000);
	}
	if (argc == 3 && !strcmp(argv[1], "echo"))
		return echo(argv[2]);
	for (int i = 0; argc == 3 && !strcmp(argv[1], "beat") && i < atoi(argv[2]); i++) {
		printf("beat %d\n", i);
		fflush(stdout);
		usleep(100000);
	}
	return argc == 3 ? 0 : 2;
}
