/* SPDX-License-Identifier: ISC */
/* Pipes, FIFOs and eventfds: order, blocking, atomicity, ends that go away. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/tap.h"
#include "test/wait.h"

#define BIG 300000

static char big[BIG], back[BIG];
static volatile int sigpipes;

static void on_sigpipe(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	sigpipes += info->si_code == SI_USER && info->si_pid == getpid();
}

static unsigned events(int fd)
{
	struct pollfd p = {fd, POLLIN | POLLOUT, 0};

	return poll(&p, 1, 0) < 0 ? ~0u : (unsigned)p.revents;
}

static void *write_all(void *arg)
{
	int fd = *(int *)arg;

	return (void *)(intptr_t)(write(fd, big, BIG) == BIG);
}

static void test_basics(void)
{
	int p[2], n;

	tap_ok(pipe(p) == 0 && (fcntl(p[0], F_GETFL) & O_ACCMODE) == O_RDONLY &&
		   (fcntl(p[1], F_GETFL) & O_ACCMODE) == O_WRONLY,
	       "two ends");
	tap_ok(write(p[1], "one", 3) == 3 && write(p[1], "two", 3) == 3 && ioctl(p[0], FIONREAD, &n) == 0 && n == 6 &&
		   read(p[0], back, 100) == 6 && memcmp(back, "onetwo", 6) == 0,
	       "bytes in order");
	tap_ok(lseek(p[0], 0, SEEK_SET) < 0 && errno == ESPIPE && pread(p[0], back, 1, 0) < 0 && errno == ESPIPE,
	       "ESPIPE");
	tap_ok(write(p[0], "x", 1) < 0 && errno == EBADF && read(p[1], back, 1) < 0 && errno == EBADF, "one way");
	tap_ok(events(p[0]) == 0 && events(p[1]) == POLLOUT, "poll of an empty one");
	close(p[1]);
	tap_ok(read(p[0], back, 1) == 0 && (events(p[0]) & POLLHUP) != 0, "no writer: end of file, POLLHUP");
	close(p[0]);
	tap_ok(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC && read(p[0], back, 1) < 0 &&
		   errno == EAGAIN,
	       "O_NONBLOCK, O_CLOEXEC");
	close(p[0]);
	sigaction(SIGPIPE, &(struct sigaction){.sa_sigaction = on_sigpipe, .sa_flags = SA_SIGINFO}, NULL);
	tap_ok(write(p[1], "x", 1) < 0 && errno == EPIPE && sigpipes == 1 && (events(p[1]) & POLLERR) != 0,
	       "no reader: EPIPE, SIGPIPE, POLLERR");
	signal(SIGPIPE, SIG_IGN);
	tap_ok(write(p[1], "x", 1) < 0 && errno == EPIPE, "EPIPE alone when ignored");
	close(p[1]);
	tap_ok(pipe2(p, 1) < 0 && errno == EINVAL, "wrong flags");
}

static void test_capacity(void)
{
	int p[2];
	ssize_t n, total = 0;

	if (pipe2(p, O_NONBLOCK) != 0)
		abort();
	tap_ok(fcntl(p[1], F_GETPIPE_SZ) == 65536, "64 KiB");
	while ((n = write(p[1], big, 4096)) > 0)
		total += n;
	tap_ok(total == 65536 && errno == EAGAIN && events(p[1]) == 0, "full");
	tap_ok(read(p[0], back, 100) == 100 && write(p[1], big, 4096) < 0 && errno == EAGAIN,
	       "up to PIPE_BUF all or nothing");
	tap_ok(read(p[0], back, 8192) == 8192 && events(p[1]) == POLLOUT && write(p[1], big, 4096) == 4096,
	       "room again");
	tap_ok(fcntl(p[0], F_SETPIPE_SZ, 4096) < 0 && errno == EBUSY, "not smaller than what is in it");
	tap_ok(fcntl(p[0], F_SETPIPE_SZ, 200000) == 262144 && write(p[1], big, 100000) == 100000, "larger");
	close(p[0]);
	close(p[1]);
}

static void test_blocking(void)
{
	pthread_t t;
	size_t got = 0;
	ssize_t n;
	void *ok;
	int p[2];

	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + i / 1000);
	if (pipe(p) != 0)
		abort();
	pthread_create(&t, NULL, write_all, &p[1]);
	while (got < BIG && (n = read(p[0], back + got, got % 2 != 0 ? 1000 : 70000)) > 0)
		got += (size_t)n;
	pthread_join(t, &ok);
	tap_ok(got == BIG && ok != NULL && memcmp(big, back, BIG) == 0, "a large write waits for the reader");
	close(p[0]);
	close(p[1]);
}

static void *open_other(void *arg)
{
	return (void *)(intptr_t)open(arg, O_WRONLY);
}

static void test_fifo(void)
{
	static char path[40];
	struct stat st;
	pthread_t t;
	void *w;
	int r;

	snprintf(path, sizeof path, "/tmp/fs_pipe-%d", (int)getpid());
	unlink(path);
	tap_ok(mkfifo(path, 0644) == 0 && stat(path, &st) == 0 && S_ISFIFO(st.st_mode), "mkfifo");
	tap_ok(open(path, O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO, "no reader: ENXIO");
	r = open(path, O_RDONLY | O_NONBLOCK);
	tap_ok(r >= 0 && read(r, back, 1) == 0, "a reader need not wait, and reads nothing");
	close(r);
	pthread_create(&t, NULL, open_other, path);
	r = open(path, O_RDONLY);
	pthread_join(t, &w);
	tap_ok(r >= 0 && (int)(intptr_t)w >= 0 && write((int)(intptr_t)w, "hi", 2) == 2 && read(r, back, 9) == 2,
	       "reader and writer wait for each other");
	close((int)(intptr_t)w);
	tap_ok(read(r, back, 1) == 0, "the writer went");
	close(r);
	r = open(path, O_RDWR);
	tap_ok(r >= 0 && write(r, "x", 1) == 1 && read(r, back, 5) == 1, "both in one");
	close(r);
	unlink(path);
}

static void *add_later(void *arg)
{
	uint64_t n = 5;

	usleep(20000);
	return (void *)(intptr_t)write(*(int *)arg, &n, 8);
}

static volatile int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void *signal_then_write(void *arg)
{
	int *fd = arg, before = alarms;

	EVENTUALLY(wait_is_asleep(getpid(), getpid()));
	pthread_kill(*(pthread_t *)(fd + 2), SIGUSR1);
	EVENTUALLY(alarms != before);
	return (void *)(intptr_t)write(fd[1], "x", 1);
}

static void test_interrupts(void)
{
	struct {
		int fd[2];
		pthread_t reader;
	} s = {.reader = pthread_self()};
	struct sigaction sa = {.sa_handler = on_alarm};
	pthread_t t;
	ssize_t n;

	if (pipe(s.fd) != 0)
		abort();
	sigaction(SIGUSR1, &sa, NULL);
	pthread_create(&t, NULL, signal_then_write, &s);
	n = read(s.fd[0], back, 1);
	tap_ok(n < 0 && errno == EINTR && alarms == 1, "a handler ends a read: EINTR");
	pthread_join(t, NULL);
	n = read(s.fd[0], back, 1);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	pthread_create(&t, NULL, signal_then_write, &s);
	tap_ok(n == 1 && read(s.fd[0], back, 1) == 1 && alarms == 2, "with SA_RESTART it goes on");
	pthread_join(t, NULL);
	close(s.fd[0]);
	close(s.fd[1]);
}

static void test_eventfd(void)
{
	int e = eventfd(3, 0), s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t n = 4;
	pthread_t t;

	tap_ok(events(e) == (POLLIN | POLLOUT) && write(e, &n, 8) == 8 && read(e, &n, 8) == 8 && n == 7 &&
		   events(e) == POLLOUT,
	       "eventfd adds up");
	pthread_create(&t, NULL, add_later, &e);
	tap_ok(read(e, &n, 8) == 8 && n == 5, "and is waited for");
	pthread_join(t, NULL);
	tap_ok(read(s, &n, 8) == 8 && n == 1 && read(s, &n, 8) == 8 && n == 1 && read(s, &n, 8) < 0 && errno == EAGAIN,
	       "a semaphore counts down");
	n = UINT64_MAX;
	tap_ok(write(s, &n, 8) < 0 && errno == EINVAL && read(s, &n, 4) < 0 && errno == EINVAL, "EINVAL");
	n = UINT64_MAX - 1;
	tap_ok(write(s, &n, 8) == 8 && events(s) == POLLIN, "full: not writable");
	n = 1;
	tap_ok(write(s, &n, 8) < 0 && errno == EAGAIN, "and EAGAIN");
	tap_ok(eventfd(0, 0x1000) < 0 && errno == EINVAL, "wrong flags");
	close(e);
	close(s);
}

int main(void)
{
	test_basics();
	test_capacity();
	test_blocking();
	test_fifo();
	test_interrupts();
	test_eventfd();
	return tap_end();
}
