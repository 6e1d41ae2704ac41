/* SPDX-License-Identifier: ISC */
/* Touches memory until there is none, printing each 16 MiB; what stops it is the system's business (status 137 in Kiln). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	for (;;) {
		char *p = malloc(1 << 20);

		if (p == NULL)
			return 3;
		memset(p, 1, 1 << 20);
	}
}
