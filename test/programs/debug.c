/* SPDX-License-Identifier: ISC */
// FLAGS: -O0
/* For a debugger: three threads that count, and one that crashes when asked to. Lines are known to test/e2e/gdb.sh. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;
volatile int go_on;
static volatile int waiting;

static int count_up(int by)
{
	int result;

	pthread_mutex_lock(&lock);
	counter += by;
	result = counter;
	pthread_mutex_unlock(&lock);
	return result;
}

static void *worker(void *arg)
{
	int id = (int)(long)arg;

	for (int i = 0; i < 2; i++) {
		count_up(id);
		usleep(1000);
	}
	return NULL;
}

static int deeper(int depth, const int *where)
{
	if (depth > 0)
		return deeper(depth - 1, where) + 1;
	return *where;
}

static void *sleeper(void *arg)
{
	waiting++;
	for (;;)
		pause();
	return arg;
}

/* Crashes in a child; whether a core file was written for it. */
static int in_child(void)
{
	int status;

	if (fork() == 0)
		abort();
	wait(&status);
	printf("signal %d, core %d\n", WTERMSIG(status), WCOREDUMP(status) != 0);
	return 3;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	char *text = strdup("no name");

	if (argc > 1 && strcmp(argv[1], "loop") == 0 && write(1, "loop\n", 5) == 5)
		for (go_on = 1; go_on; usleep(10000))
			;
	if (argc > 1 && strcmp(argv[1], "limit") == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		return in_child();
	}
	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return in_child();
	if (argc > 1 && strcmp(argv[1], "crash") == 0) {
		pthread_create(&thread[0], NULL, sleeper, NULL);
		while (!waiting)
			usleep(1000);
		strcpy(text, "crashing");
		return deeper(3, NULL);
	}
	for (long i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, worker, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("%s %d\n", text, counter);
	return counter;
}
