/* SPDX-License-Identifier: ISC */
// FLAGS: -O0
/* What test/e2e/backtrace.sh and programs-gdb.sh look into: ends inside the C library, waits there, and another program. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile int turns;
static volatile int napping;

static void nap(void)
{
	napping = 1;
	nanosleep(&(struct timespec){.tv_sec = 1000}, NULL);
}

static void *napper(void *arg)
{
	nap();
	return arg;
}

static int turn(int n)
{
	turns += n;
	usleep(2000);
	return turns;
}

static void on_signal(int sig)
{
	turns = sig;
}

/* Takes turns with another program. */
static int both(char **argv)
{
	int status = 0;

	if (fork() == 0) {
		execv(argv[0], argv);
		_exit(1);
	}
	for (int i = 0; i < 3; i++)
		turn(i);
	wait(&status);
	printf("the other one ended with %d\n", WEXITSTATUS(status));
	return 5;
}

static int read_line(void)
{
	char line[64];

	while (fgets(line, sizeof line, stdin) != NULL)
		printf("read: %s", line);
	return isatty(0) ? 8 : 7;
}

/* Always on its way into the kernel or out of it. */
static void busy(void)
{
	for (;;) {
		char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		page[0] = 1;
		for (int i = 0; i < 100; i++)
			turns += getppid() != 0;
		munmap(page, 4096);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;

	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "strlen") == 0)
		return (int)strlen((const char *)(long)(argc + 6));
	if (strcmp(how, "nap") == 0)
		nap();
	if (strcmp(how, "busy") == 0)
		busy();
	if (strcmp(how, "thread") == 0) {
		pthread_create(&thread, NULL, napper, NULL);
		while (napping == 0 || turn(1) < 20)
			;
		abort();
	}
	if (strcmp(how, "signal") == 0) {
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
	}
	if (strcmp(how, "both") == 0)
		return both(argv + 2);
	return strcmp(how, "read") == 0 ? read_line() : 3;
}
