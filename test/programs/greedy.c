/* SPDX-License-Identifier: ISC */
/* Bad programs, after which the image must still work: greedy bomb | zombies | leak | accept | copy | threads | hog | hang. Each ends with a status of its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
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

/* The same, and the hundredth says so. */
static void hang(void)
{
	while (fork() != 0 || getpid() != 100)
		;
	printf("a hundred\n");
	fflush(stdout);
	explode();
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

/* While nobody can open a file, a connection waits. */
static int accepted(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "\0greedy"};
	int s = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), children = 0, fd;
	pid_t pid[100];
	char c = 0;

	if (bind(s, (void *)&at, sizeof at) != 0 || listen(s, 5) != 0 || connect(client, (void *)&at, sizeof at) != 0 ||
	    write(client, "x", 1) != 1)
		return 1;
	while (children < 100 && (errno = 0, open("/dev/null", O_RDONLY)) >= 0) {
		pid[children] = fork();
		if (pid[children] == 0) {
			leak_here();
			for (;;)
				pause();
		}
		children++;
		nap(100);
	}
	fd = errno == ENFILE ? accept(s, NULL, NULL) : 0;
	printf("accept: %s\n", fd < 0 ? strerror(errno) : "done");
	while (children > 0)
		kill(pid[--children], SIGKILL);
	reap();
	fd = accept(s, NULL, NULL);
	return fd >= 0 && read(fd, &c, 1) == 1 && c == 'x' && works() ? 38 : 1;
}

/* The kernel itself finds no memory, in the middle of a copy to us. */
static int copy(void)
{
	char *m = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int fd = open("/dev/zero", O_RDONLY);

	for (int i = 0; i < 64; i++)
		if (read(fd, m + ((size_t)i << 20), 1 << 20) != 1 << 20)
			printf("%s\n", strerror(errno));
	return 1;
}

static void *wait_here(void *arg)
{
	pause();
	return arg;
}

static int threads(void)
{
	pthread_t t;
	int n = 0, error;
	pid_t pid = fork(), ended;

	if (pid == 0) {
		while ((error = pthread_create(&t, NULL, wait_here, NULL)) == 0)
			n++;
		printf("%s after %s threads\n", strerror(error), n > 100 ? "many" : "few");
		_exit(error == EAGAIN && n > 100 ? 0 : 1);
	}
	ended = waitpid(pid, &n, 0);
	return ended == pid && n == 0 && works() ? 37 : 1;
}

/* A child takes nearly all memory and sleeps; it is the one to go when a smaller process wants what is left. */
static int hog(void)
{
	int status, p[2];
	struct sysinfo si;
	size_t used = 0;
	pid_t pid;
	char c, *m;

	if (pipe2(p, O_NONBLOCK) != 0)
		return 1;
	m = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pid = fork();
	if (pid == 0) {
		while (sysinfo(&si) == 0 && si.freeram > 1 << 20)
			memset(m + used, 1, 1 << 16), used += 1 << 16;
		for (;;)
			pause();
	}
	close(p[1]);
	while (sysinfo(&si) == 0 && si.freeram > 1 << 20)
		nap(100); /* in the sandbox each look costs a switch of all that memory (docs/sandbox.md) */
	for (size_t at = 0; read(p[0], &c, 1) == -1 && at < 10 << 20; at += 4096)
		m[at] = 1;
	printf("the hog is gone\n");
	return waitpid(pid, &status, 0) == pid && status == SIGKILL && works() ? 36 : 1;
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
	if (strcmp(what, "accept") == 0)
		return accepted();
	if (strcmp(what, "copy") == 0)
		return copy();
	if (strcmp(what, "threads") == 0)
		return threads();
	if (strcmp(what, "hog") == 0)
		return hog();
	if (strcmp(what, "hang") == 0)
		hang();
	return 2;
}
