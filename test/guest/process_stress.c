/* SPDX-License-Identifier: ISC */
/* Processes at random: they fork, execute, eat memory, stop, kill each other, run threads and leave orphans, with little memory;
 * then all are gone, and so is what they took. */
// RUN: -m 24M
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"

#define STEPS    300
#define LIVING   12
#define DEPTH    3
#define KILN_MAX 300000 /* bytes that may be missing afterwards: caches */

extern char **environ;
static char *self;
static unsigned seed = 20261122;

static unsigned rnd(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static void nap_us(long us)
{
	struct timespec ts = {0, us * 1000};

	nanosleep(&ts, NULL);
}

static void eat(void)
{
	size_t n = (1 + rnd(64)) * 16384;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	memset(p, 1, n);
	nap_us(rnd(2000));
}

static void *thread_main(void *arg)
{
	nap_us(rnd(3000));
	if (arg != NULL)
		execve(self, (char *[]){self, "child", NULL}, environ);
	return NULL;
}

static void run_threads(void)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&t, NULL, thread_main, rnd(3) == 0 ? self : NULL) == 0)
			pthread_detach(t);
	nap_us(rnd(4000));
}

static void spawn_one(void)
{
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, (char *[]){self, "child", NULL}, environ) == 0 && rnd(2))
		waitpid(pid, NULL, 0);
}

static void pass_data(void)
{
	static char buf[20000];
	int p[2];
	pid_t pid;

	if (pipe(p) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(p[0]);
		for (int i = 0; i < 5; i++)
			if (write(p[1], buf, sizeof buf) < 0)
				break;
		_exit(0);
	}
	close(p[1]);
	for (int i = 0; i < 10; i++)
		if (read(p[0], buf, sizeof buf) <= 0)
			break;
	close(p[0]);
	if (pid > 0 && rnd(2))
		waitpid(pid, NULL, 0);
}

__attribute__((noreturn)) static void live(int depth)
{
	for (int i = 0; i < 4; i++) {
		switch (rnd(9)) {
		case 0: eat(); break;
		case 1:
			if (depth < DEPTH && fork() == 0)
				live(depth + 1);
			break;
		case 2: execve(self, (char *[]){self, "child", NULL}, environ); break;
		case 3: run_threads(); break;
		case 4: spawn_one(); break;
		case 5: pass_data(); break;
		case 6: raise(SIGSTOP); break;
		case 7: nap_us(rnd(2000)); break;
		case 8: _exit((int)rnd(100));
		}
	}
	_exit(0);
}

static void wake_all(pid_t group)
{
	kill(-group, SIGCONT);
	if (rnd(4) == 0)
		kill(-group, SIGKILL);
}

static long meminfo_free(void)
{
	char text[4096], *p;
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	p = strstr(text, "MemFree:");
	return p == NULL ? -1 : atol(p + 8) * 1024;
}

/* Ends what still lives in the groups, orphans too: we are their subreaper. */
static void end_all(const pid_t *groups, int n)
{
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return;
		if (pid > 0)
			continue;
		for (int i = 0; i < n; i++)
			kill(-groups[i], SIGKILL);
		nap_us(500);
	}
}

static int run_steps(void)
{
	static pid_t groups[STEPS];
	int n = 0, living = 0, failed = 0;

	for (int i = 0; i < STEPS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			seed += (unsigned)i * 7919;
			live(0);
		}
		if (pid > 0) {
			setpgid(pid, pid);
			groups[n++] = pid;
			living++;
		} else {
			failed++;
		}
		for (int k = n - 1; k >= 0 && k > n - LIVING; k--)
			if (rnd(3) == 0)
				wake_all(groups[k]);
		while (waitpid(-1, NULL, living > LIVING ? 0 : WNOHANG) > 0 && living > 0)
			living--;
		if (living > LIVING)
			for (int k = 0; k < n; k++)
				kill(-groups[k], SIGKILL);
	}
	end_all(groups, n);
	return failed;
}

int main(int argc, char **argv)
{
	struct timespec now;
	long before, after;
	int status;
	pid_t pid;

	self = argv[0];
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		seed = (unsigned)(getpid() * 31 + now.tv_nsec);
		live(DEPTH - 1);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	run_steps();
	tap_ok(wait(NULL) == -1 && errno == ECHILD, "all are gone");
	before = meminfo_free();
	run_steps();
	after = meminfo_free();
	tap_ok(wait(NULL) == -1 && errno == ECHILD, "and a second time");
	if (getpid() == 1)
		tap_ok(after + KILN_MAX >= before, "they have left no memory taken (%ld, %ld)", before, after);
	else
		tap_skip("they have left no memory taken", "others run here");
	pid = fork();
	if (pid == 0)
		_exit(3);
	tap_ok(waitpid(pid, &status, 0) == pid && status == 3 << 8, "processes are made as ever");
	return tap_end();
}
