/* SPDX-License-Identifier: ISC */
/* As little of a shell as job control needs: one job, "run", "bg", "fg", "exit". */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t job;

static void wait_for_job(void)
{
	int status;

	while (waitpid(job, &status, WUNTRACED) < 0 && errno == EINTR)
		;
	tcsetpgrp(0, getpgrp());
	if (WIFSTOPPED(status))
		printf("job stopped by %d\n", WSTOPSIG(status));
	else if (WIFSIGNALED(status))
		printf("job killed by %d\n", WTERMSIG(status));
	else
		printf("job ended with %d\n", WEXITSTATUS(status));
}

static void work(void)
{
	char line[100];

	setpgid(0, 0);
	tcsetpgrp(0, getpgrp());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	printf("job here\n");
	while (fgets(line, sizeof line, stdin) != NULL)
		printf("job got %s", line);
	exit(3);
}

int main(void)
{
	char line[100];
	int status;

	setbuf(stdout, NULL);
	setbuf(stdin, NULL);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	printf("shell\n");
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (strcmp(line, "run\n") == 0) {
			job = fork();
			if (job == 0)
				work();
			wait_for_job(); /* it has made itself the foreground; a SIGCONT here could undo its first ^Z */
		} else if (strcmp(line, "fg\n") == 0) {
			tcsetpgrp(0, job);
			kill(-job, SIGCONT);
			wait_for_job();
		} else if (strcmp(line, "bg\n") == 0) {
			kill(-job, SIGCONT);
			if (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status))
				printf("job stopped by %d\n", WSTOPSIG(status));
		} else if (strcmp(line, "exit\n") == 0) {
			return 0;
		} else {
			printf("what?\n");
		}
	}
	return 1;
}
