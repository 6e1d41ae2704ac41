/* SPDX-License-Identifier: ISC */
/* hello, but it stays, so that its memory can be looked at. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("Hello from Kiln!\n");
	fflush(stdout);
	pause();
	return 0;
}
