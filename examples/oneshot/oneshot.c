/* SPDX-License-Identifier: ISC */
/* The smallest server: waits for one connection on port 80, reads the request, answers it, and exits with 0. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n"
				     "Connection: close\r\n\r\nOnce, and only once\n";
	int port = argc > 1 ? atoi(argv[1]) : 80;
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	char request[2048];
	int listener = socket(AF_INET, SOCK_STREAM, 0), client;

	if (listener < 0)
		fail("socket");
	if (bind(listener, (struct sockaddr *)&addr, sizeof addr) != 0)
		fail("bind");
	if (listen(listener, 1) != 0)
		fail("listen");
	client = accept(listener, NULL, NULL);
	if (client < 0)
		fail("accept");
	if (read(client, request, sizeof request) < 0)
		fail("read");
	if (write(client, answer, strlen(answer)) != (ssize_t)strlen(answer))
		fail("write");
	close(client);
	return 0;
}
