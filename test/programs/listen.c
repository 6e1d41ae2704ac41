/* SPDX-License-Identifier: ISC */
/* Has sockets of all kinds, one connection that nobody has accepted, and becomes the program that its arguments name. */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(8080), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "\0listen.c"};
	int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0),
	    d = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(l, (struct sockaddr *)&a, sizeof a) != 0 || listen(l, 7) != 0 ||
	    connect(c, (struct sockaddr *)&a, sizeof a) != 0)
		perror("TCP");
	a.sin_port = htons(5353);
	if (bind(d, (struct sockaddr *)&a, sizeof a) != 0)
		perror("UDP");
	if (bind(s, (struct sockaddr *)&u, 2 + 9) != 0 || listen(s, 3) != 0)
		perror("local");
	if (argc > 1)
		execv(argv[1], argv + 1);
	perror(argc > 1 ? argv[1] : "arguments");
	return 1;
}
