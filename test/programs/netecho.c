/* SPDX-License-Identifier: ISC */
/* TCP port 7: sends every byte back, one connection after the other; "netecho N" ends after N connections. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(7)};
	int left = argc > 1 ? atoi(argv[1]) : -1, s = socket(AF_INET, SOCK_STREAM, 0);
	static char buf[65536];

	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 8) != 0) {
		perror("netecho");
		return 1;
	}
	for (; left != 0; left--) {
		int c = accept(s, NULL, NULL);
		ssize_t n;

		if (c < 0)
			return 1;
		while ((n = read(c, buf, sizeof buf)) > 0)
			for (ssize_t done = 0, k; done < n; done += k) {
				k = write(c, buf + done, (size_t)(n - done));
				if (k <= 0) {
					perror("netecho: write");
					return 1;
				}
			}
		close(c);
	}
	return 0;
}
