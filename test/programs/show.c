/* SPDX-License-Identifier: ISC */
/* Shows what it was given: arguments, environment (sorted by the caller), working directory. */
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	char dir[256];

	for (int i = 0; i < argc; i++)
		printf("arg %d [%s]\n", i, argv[i]);
	for (char **e = environ; *e != NULL; e++)
		printf("env [%s]\n", *e);
	printf("cwd [%s]\n", getcwd(dir, sizeof dir) != NULL ? dir : "?");
	return 0;
}
