/* SPDX-License-Identifier: ISC */
/* Signals read from a file. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/tap.h"

static void *later(void *arg)
{
	usleep(5000);
	kill(getpid(), *(int *)arg);
	return NULL;
}

int main(void)
{
	struct signalfd_siginfo si[3];
	struct epoll_event ev = {.events = EPOLLIN};
	struct pollfd p;
	pthread_t t;
	sigset_t set;
	int fd, ep, sig = SIGUSR2;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	tap_ok(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "a signalfd");
	p = (struct pollfd){.fd = fd, .events = POLLIN};
	tap_ok(read(fd, si, sizeof si) == -1 && errno == EAGAIN && poll(&p, 1, 0) == 0, "nothing yet");
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 9});
	tap_ok(poll(&p, 1, 0) == 1 && p.revents == POLLIN, "poll sees a signal");
	tap_ok(read(fd, si, sizeof si) == 2 * sizeof *si, "two are read at once");
	tap_ok(si[0].ssi_signo == SIGUSR1 && si[0].ssi_code == SI_USER && (pid_t)si[0].ssi_pid == getpid(),
	       "the first, with its sender");
	tap_ok((int)si[1].ssi_signo == SIGRTMIN && si[1].ssi_int == 9 && si[1].ssi_status == 0,
	       "the second, with its value");
	tap_ok(read(fd, si, 10) == -1 && errno == EINVAL, "a short buffer");
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tap_ok(signalfd(fd, &set, 0) == fd, "its mask is changed");
	ep = epoll_create1(0);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	pthread_create(&t, NULL, later, &sig);
	tap_ok(epoll_wait(ep, &ev, 1, 10000) == 1, "epoll is woken");
	pthread_join(t, NULL);
	tap_ok(read(fd, si, sizeof si) == sizeof *si && si[0].ssi_signo == SIGUSR2, "and finds it");
	fcntl(fd, F_SETFL, 0);
	pthread_create(&t, NULL, later, &sig);
	tap_ok(read(fd, si, sizeof si) == sizeof *si && si[0].ssi_signo == SIGUSR2, "a blocking read waits");
	pthread_join(t, NULL);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signalfd(fd, &set, 0);
	pid = fork();
	if (pid == 0)
		_exit(5);
	tap_ok(read(fd, si, sizeof si) == sizeof *si && si[0].ssi_signo == SIGCHLD && si[0].ssi_code == CLD_EXITED &&
		   (pid_t)si[0].ssi_pid == pid && si[0].ssi_status == 5 && si[0].ssi_int == 0 && si[0].ssi_ptr == 0,
	       "a child's end, with its status");
	waitpid(pid, NULL, 0);
	tap_ok(signalfd(0, &set, 0) == -1 && errno == EINVAL && signalfd(99, &set, 0) == -1 && errno == EBADF,
	       "other files");
	return tap_end();
}
