/* SPDX-License-Identifier: ISC */
/*
 * For kiln attach: says "ready", then what each line of its input is; "count N" reads N bytes after a second and says their
 * sum, "end N" ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count(int n)
{
	unsigned long sum = 0;

	sleep(1);
	for (int i = 0; i < n; i++)
		sum = (sum * 31 + (unsigned char)getchar()) % 1000003;
	printf("%d bytes, sum %lu\n", n, sum);
}

int main(void)
{
	char line[256];

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin) != NULL)
		if (!strncmp(line, "count ", 6))
			count(atoi(line + 6));
		else if (!strncmp(line, "end ", 4))
			return atoi(line + 4);
		else
			printf("got %s", line);
	puts("an end of input");
	return 99;
}
