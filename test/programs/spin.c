/* SPDX-License-Identifier: ISC */
/* "spin N": N million turns of a loop, with a socket open, so that the image has a network; then "done". */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	volatile unsigned long n = 0, end = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) * 1000000;

	if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	while (n < end)
		n++;
	puts("done");
	return 0;
}
