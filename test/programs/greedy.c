/* SPDX-License-Identifier: ISC */
/* Bad programs, after which the image must still work: greedy bomb | zombies | leak | hang. Each ends with a status of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nap(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static int works(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(7);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 7 << 8;
}

static void reap(void)
{
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static void explode(void)
{
	for (;;)
		fork();
}

/* Everybody forks as fast as possible, in a group of their own. */
static int bomb(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		explode();
	}
	setpgid(pid, pid);
	nap(1500);
	errno = 0;
	while (kill(-pid, SIGKILL) == 0)
		reap();
	printf("the bomb is gone: %s\n", strerror(errno));
	return works() ? 33 : 1;
}

static int zombies(void)
{
	int n = 0, error;
	pid_t pid;

	while ((pid = fork()) > 0)
		n++;
	if (pid == 0)
		_exit(0);
	error = errno;
	printf("%s after %s zombies\n", strerror(error), n > 50 ? "many" : "few");
	reap();
	return error == EAGAIN && n > 50 && works() ? 34 : 1;
}

static int leak_here(void)
{
	int p[2], n = 0;

	while (pipe(p) == 0 && n < 1000000)
		n++;
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? n : -1;
}

/* As many descriptors as there are, in as many processes as there are. */
static int leak(void)
{
	int n = leak_here(), children = 0, status;
	pid_t pid;

	while ((pid = fork()) > 0 && children < 100)
		children++;
	if (pid == 0) {
		for (int fd = 3; fd < 5000; fd++)
			close(fd);
		_exit(leak_here() >= 0 ? 0 : 1);
	}
	printf("%s descriptors, %s\n", n > 100 ? "many" : "few", children > 10 ? "many children" : "few children");
	reap();
	for (int fd = 3; fd < 5000; fd++)
		close(fd);
	pid = fork();
	if (pid == 0)
		_exit(pipe((int[2]){0}));
	return n > 100 && waitpid(pid, &status, 0) == pid && status == 0 && works() ? 35 : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IONBF, 0);
	if (strcmp(what, "bomb") == 0)
		return bomb();
	if (strcmp(what, "zombies") == 0)
		return zombies();
	if (strcmp(what, "leak") == 0)
		return leak();
	if (strcmp(what, "hang") == 0)
		explode();
	return 2;
}
