/* SPDX-License-Identifier: ISC */
/* Where things are: text, heap, mappings, stack, one a line. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	int here;

	printf("%p\n%p\n%p\n%p\n", (void *)main, sbrk(0),
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), (void *)&here);
	return 0;
}
