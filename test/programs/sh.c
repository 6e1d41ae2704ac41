/* SPDX-License-Identifier: ISC */
/* The least of a shell, for system() and popen() in an image of our own programs: sh -c "WORD…" runs /bin/WORD, or one of
 * echo WORD…, count (the bytes of its input), exit N, kill N. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(char **v)
{
	char path[64];
	int n = 0;

	if (v[0] == NULL)
		return 0;
	if (strcmp(v[0], "echo") == 0) {
		for (int i = 1; v[i] != NULL; i++)
			printf("%s%s", i > 1 ? " " : "", v[i]);
		printf("\n");
		return 0;
	}
	if (strcmp(v[0], "count") == 0) {
		while (getchar() != EOF)
			n++;
		printf("%d bytes\n", n);
		return 0;
	}
	if (strcmp(v[0], "exit") == 0)
		return v[1] != NULL ? atoi(v[1]) : 0;
	if (strcmp(v[0], "kill") == 0)
		raise(v[1] != NULL ? atoi(v[1]) : SIGTERM);
	snprintf(path, sizeof path, "/bin/%s", v[0]);
	execv(path, v);
	fprintf(stderr, "sh: %s: not found\n", v[0]);
	return 127;
}

int main(int argc, char **argv)
{
	char *v[64];
	int n = 0;

	if (argc < 3 || strcmp(argv[1], "-c") != 0)
		return 2;
	for (char *w = strtok(argv[2], " "); w != NULL && n < 63; w = strtok(NULL, " "))
		v[n++] = w;
	v[n] = NULL;
	return run(v);
}
