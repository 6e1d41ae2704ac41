/* SPDX-License-Identifier: ISC */
/* Looks names up and prints their addresses. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct addrinfo *r, hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET};
		int e = getaddrinfo(argv[i], "80", &hints, &r);

		if (e != 0)
			printf("%s: %s\n", argv[i], gai_strerror(e));
		else
			printf("%s is %s\n", argv[i], inet_ntoa(((struct sockaddr_in *)r->ai_addr)->sin_addr));
	}
	return 0;
}
