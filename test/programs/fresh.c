/* SPDX-License-Identifier: ISC */
/* Takes memory until there is little left: is all of it zero? Dirties it, then prints the line that it reads. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

int main(void)
{
	char line[80];
	struct sysinfo s;
	size_t n, bad = 0;
	uint64_t *p;

	if (sysinfo(&s) != 0)
		return 1;
	n = s.freeram * s.mem_unit / 8 * 7 & ~(size_t)4095;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < n / sizeof *p; i++) {
		bad += p[i] != 0;
		p[i] = 0x5555555555555555;
	}
	printf("%s: %zu words of %zu KiB are not zero\n", bad == 0 ? "fresh" : "stale", bad, n >> 10);
	fflush(stdout);
	if (fgets(line, sizeof line, stdin) != NULL)
		printf("got %s", line);
	return 0;
}
