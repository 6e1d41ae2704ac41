/* SPDX-License-Identifier: ISC */
/* filter upper [STATUS]: standard input in capitals; filter say TEXT [MS]: prints it after a while; the status is given or 0. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int c;

	if (argc >= 2 && !strcmp(argv[1], "upper")) {
		while ((c = getchar()) != EOF)
			putchar(toupper(c));
		return argc > 2 ? atoi(argv[2]) : 0;
	}
	if (argc >= 3 && !strcmp(argv[1], "say")) {
		usleep(1000 * (argc > 3 ? (useconds_t)atoi(argv[3]) : 0));
		printf("%s\n", argv[2]);
		return argc > 4 ? atoi(argv[4]) : 0;
	}
	return 99;
}
