/* SPDX-License-Identifier: ISC */
/* An HTTP server for test/net: GET /N answers N bytes of a pattern, PUT answers a hash of what was put. One connection
 * after the other, each closed after its answer; GET /exit ends it. */
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[100000];

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static void get(int fd, size_t total)
{
	int n = sprintf(buf, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n", total);

	if (write_all(fd, buf, (size_t)n) != 0)
		return;
	for (size_t at = 0; at < total;) {
		size_t k = total - at < sizeof buf ? total - at : sizeof buf;

		for (size_t i = 0; i < k; i++)
			buf[i] = (char)((at + i) * 2654435761u >> 13);
		if (write_all(fd, buf, k) != 0)
			return;
		at += k;
	}
}

static void put(int fd, char *body, size_t have, size_t total)
{
	uint64_t hash = 14695981039346656037u;
	size_t at = 0;
	ssize_t n;

	for (;;) {
		for (size_t i = 0; i < have; i++)
			hash = (hash ^ (uint8_t)body[i]) * 1099511628211u;
		at += have;
		if (at >= total || (n = read(fd, buf, sizeof buf)) <= 0)
			break;
		body = buf;
		have = (size_t)n;
	}
	n = sprintf(buf, "HTTP/1.0 200 OK\r\n\r\n%zu %016lx\n", at, (unsigned long)hash);
	write_all(fd, buf, (size_t)n);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 80))};
	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	signal(SIGPIPE, SIG_IGN);
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(l, (struct sockaddr *)&a, sizeof a) != 0 || listen(l, 128) != 0) {
		perror("transfer");
		return 1;
	}
	for (;;) {
		int fd = accept(l, NULL, NULL);
		size_t used = 0;
		char *end = NULL, *length;
		ssize_t n;

		while (end == NULL && used < 4096 && (n = read(fd, buf + used, 4096 - used)) > 0) {
			used += (size_t)n;
			buf[used] = '\0';
			end = strstr(buf, "\r\n\r\n");
		}
		if (end == NULL) {
			close(fd);
			continue;
		}
		length = strstr(buf, "Content-Length: ");
		if (strncmp(buf, "GET /exit", 9) == 0)
			break;
		if (strncmp(buf, "GET /", 5) == 0)
			get(fd, strtoul(buf + 5, NULL, 10));
		else if (length != NULL)
			put(fd, end + 4, used - (size_t)(end + 4 - buf), strtoul(length + 16, NULL, 10));
		close(fd);
	}
	return 42;
}
