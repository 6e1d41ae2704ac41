/* SPDX-License-Identifier: ISC */
/* Signals when a file is ready: O_ASYNC by fcntl and ioctl, for a process, a thread, a group; which signal, and what it says. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "test/child.h"
#include "test/process.h"
#include "test/tap.h"

static volatile sig_atomic_t got, code, fd_told, band, in_thread;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	got = got + 1;
	code = info->si_code;
	fd_told = info->si_fd;
	band = (int)info->si_band;
	in_thread = (int)syscall(SYS_gettid);
}

/* How often the signal came while `fd` got a byte, or since. Signals for ourselves come before write returns. */
static int signals_for(int fd)
{
	got = 0;
	return write(fd, "x", 1) == 1 ? got : -1;
}

static int async_by_ioctl(int fd, int on)
{
	return ioctl(fd, FIOASYNC, &on);
}

static void processes(void)
{
	int s[2], ready[2];
	sigset_t ours;
	char c;
	pid_t pid;

	tap_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(ready) == 0, "two sockets");
	tap_ok(fcntl(s[0], F_GETOWN) == 0 && async_by_ioctl(s[0], 1) == 0 && (fcntl(s[0], F_GETFL) & O_ASYNC) != 0,
	       "O_ASYNC by ioctl, which F_GETFL shows");
	tap_ok(signals_for(s[1]) == 0, "nobody owns it yet");
	tap_ok(fcntl(s[0], F_SETOWN, getpid()) == 0 && fcntl(s[0], F_GETOWN) == getpid(), "an owner");
	tap_ok(signals_for(s[1]) == 1 && code == SI_KERNEL, "SIGIO for what arrives");
	tap_ok(fcntl(s[0], F_SETSIG, SIGRTMIN) == 0 && fcntl(s[0], F_GETSIG) == SIGRTMIN && signals_for(s[1]) == 1 &&
		   code == POLL_IN && fd_told == s[0] && (band & POLLIN) != 0,
	       "another signal, which tells the descriptor and why");
	tap_ok(fcntl(s[0], F_SETFL, 0) == 0 && signals_for(s[1]) == 0 && (fcntl(s[0], F_GETFL) & O_ASYNC) == 0 &&
		   fcntl(s[0], F_SETFL, O_ASYNC) == 0 && signals_for(s[1]) == 1,
	       "off and on by F_SETFL");
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &ours, NULL); /* so that the child sleeps before it comes */
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		got = 0;
		sigemptyset(&none);
		CHECK(write(ready[1], "x", 1) == 1);
		while (got == 0)
			sigsuspend(&none);
		CHECK(code == POLL_IN);
		_exit(0);
	}
	tap_ok(pid > 0 && read(ready[0], &c, 1) == 1 && fcntl(s[0], F_SETOWN, pid) == 0 && signals_for(s[1]) == 0 &&
		   reap(pid) == 0,
	       "a child may own it, and gets the signal");
	sigprocmask(SIG_UNBLOCK, &ours, NULL);
	tap_ok(fcntl(s[0], F_GETOWN) == 0 && signals_for(s[1]) == 0, "nobody once that has ended");
	tap_ok(ioctl(s[0], FIOSETOWN, &(int){-getpgrp()}) == 0 && ioctl(s[0], FIOGETOWN, &pid) == 0 &&
		   pid == -getpgrp() && signals_for(s[1]) == 1,
	       "a group, by ioctl");
	tap_ok(fcntl(s[0], F_SETOWN, 0) == 0 && signals_for(s[1]) == 0, "nobody");
	tap_ok(fcntl(s[0], F_SETOWN, 999999) == -1 && errno == ESRCH && fcntl(s[0], F_SETOWN, -999999) == -1 &&
		   errno == ESRCH && fcntl(s[0], F_SETSIG, 65) == -1 && errno == EINVAL,
	       "owners and signals that are none");
	close(s[0]);
	got = 0;
	close(s[1]);
	tap_ok(got == 0, "nothing from a file that is closed");
}

static void *own_by_thread(void *fd)
{
	struct f_owner_ex ex = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)}, back;
	int *s = fd;

	tap_ok(fcntl(s[0], F_SETOWN_EX, &ex) == 0 && fcntl(s[0], F_GETOWN_EX, &back) == 0 && back.type == F_OWNER_TID &&
		   back.pid == ex.pid,
	       "a thread owns it");
	tap_ok(signals_for(s[1]) == 1 && in_thread == ex.pid, "and gets the signal");
	return NULL;
}

static void kinds(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int p[2], t[2], l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), e = eventfd(0, 0);
	socklen_t len = sizeof a;
	pthread_t thread;
	sigset_t set;
	struct timespec ten = {10, 0};

	tap_ok(pipe(p) == 0 && fcntl(p[0], F_SETOWN, getpid()) == 0 && fcntl(p[0], F_SETFL, O_ASYNC) == 0 &&
		   signals_for(p[1]) == 1,
	       "a pipe");
	tap_ok(async_by_ioctl(e, 1) == -1 && errno == ENOTTY && fcntl(e, F_SETFL, O_ASYNC) == 0 &&
		   (fcntl(e, F_GETFL) & O_ASYNC) == 0,
	       "not an eventfd");
	tap_ok(socketpair(AF_UNIX, SOCK_DGRAM, 0, t) == 0 && fcntl(t[0], F_SETFL, O_ASYNC) == 0 &&
		   pthread_create(&thread, NULL, own_by_thread, t) == 0 && pthread_join(thread, NULL) == 0,
	       "a thread ended");
	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tap_ok(bind(l, (struct sockaddr *)&a, sizeof a) == 0 && listen(l, 5) == 0 &&
		   getsockname(l, (struct sockaddr *)&a, &len) == 0 && fcntl(l, F_SETOWN, getpid()) == 0 &&
		   fcntl(l, F_SETFL, O_ASYNC) == 0 && connect(c, (struct sockaddr *)&a, sizeof a) == 0 &&
		   sigtimedwait(&set, NULL, &ten) == SIGIO,
	       "a listener: SIGIO for a connection");
}

int main(void)
{
	setpgid(0, 0); /* the group is ours alone */
	install(SIGIO, on_signal, SA_SIGINFO | SA_RESTART);
	install(SIGRTMIN, on_signal, SA_SIGINFO | SA_RESTART);
	processes();
	kinds();
	return tap_end();
}
