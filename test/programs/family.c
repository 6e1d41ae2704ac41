/* SPDX-License-Identifier: ISC */
/* A program that needs others: family calls /bin/sh by system() and popen(); family orphan leaves a process behind; family
 * depth N makes a chain of N processes, each waiting for the next. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void pipes(void)
{
	char line[80];
	FILE *f = popen("echo from a pipe", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		printf("read: %s", line);
	printf("pclose %d\n", f != NULL ? pclose(f) : -1);
	f = popen("count", "w");
	if (f != NULL)
		fputs("twelve bytes", f);
	fflush(stdout);
	printf("pclose %d\n", f != NULL ? pclose(f) : -1);
	f = popen("exit 3", "r");
	printf("pclose %x\n", f != NULL ? (unsigned)pclose(f) : 0);
}

static int chain(int n)
{
	int status;
	pid_t pid;

	if (n == 0)
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(chain(n - 1));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status) + 1;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "orphan") == 0) {
		if (fork() == 0)
			for (;;)
				pause();
		return 21;
	}
	if (argc > 2 && strcmp(argv[1], "depth") == 0)
		return chain(atoi(argv[2]));
	printf("shell: %d\n", system(NULL) != 0);
	fflush(stdout);
	printf("system: %x\n", (unsigned)system("echo hello from sh"));
	printf("system: %x\n", (unsigned)system("exit 5"));
	printf("system: %x\n", (unsigned)system("kill 9"));
	printf("system: %x\n", (unsigned)system("nothing"));
	pipes();
	return 17;
}
