/* SPDX-License-Identifier: ISC */
/* The first program: says hello, shows its arguments and one variable, and ends with the status it is told. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const char *name = getenv("NAME");

	printf("Hello from %s!\n", name != NULL ? name : "Kiln");
	for (int i = 1; i < argc; i++)
		printf("argv[%d] = %s\n", i, argv[i]);
	return argc > 1 ? atoi(argv[argc - 1]) : 0;
}
