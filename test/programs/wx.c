/* SPDX-License-Identifier: ISC */
/* Asks for memory that is writable and executable at once: 0 when it was refused with EACCES, 1 when given. */
#include <errno.h>
#include <sys/mman.h>

int main(void)
{
	void *p = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		return 1;
	return errno == EACCES ? 0 : 2;
}
