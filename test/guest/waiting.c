/* SPDX-License-Identifier: ISC */
/* Waiting for children: wait4 and waitid, SIGCHLD, what they used, pidfds. */
// RUN: -m 48M
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"
#include "test/wait.h"

static volatile int count, told_sig, told_code, told_status, told_pid;

static void on_child(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	count++;
	told_sig = sig;
	told_code = si->si_code;
	told_status = si->si_status;
	told_pid = si->si_pid;
}

/* A child that ends with code. */
static pid_t child(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static long clone3(struct clone_args *a)
{
	return syscall(SYS_clone3, a, sizeof *a);
}

static void many(void)
{
	int seen[100] = {0}, status;
	bool good = true;
	pid_t pid[100];

	for (int i = 0; i < 100; i++)
		good &= (pid[i] = child(i)) > 0;
	for (int i = 0; i < 100; i++) {
		pid_t p = wait(&status);

		for (int k = 0; k < 100; k++)
			if (pid[k] == p)
				seen[k] += WIFEXITED(status) && WEXITSTATUS(status) == k;
	}
	for (int i = 0; i < 100; i++)
		good &= seen[i] == 1;
	tap_ok(good, "a hundred children, each waited for once");
}

static void waitid_calls(void)
{
	siginfo_t si;
	pid_t pid = child(9);

	memset(&si, 1, sizeof si);
	tap_ok(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) == 0 && si.si_pid == pid && si.si_signo == SIGCHLD &&
		   si.si_code == CLD_EXITED && si.si_status == 9 && si.si_uid == getuid(),
	       "waitid tells pid, code and status");
	tap_ok(waitid(P_PID, (id_t)pid, &si, WSTOPPED | WCONTINUED | WNOHANG) == -1 && errno == ECHILD,
	       "a zombie will not stop or go on: ECHILD");
	tap_ok(waitid(P_ALL, 0, &si, WEXITED) == 0 && si.si_pid == pid, "WNOWAIT leaves the zombie");
	tap_ok(waitid(P_ALL, 0, &si, WEXITED) == -1 && errno == ECHILD, "then it is gone");
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	si.si_pid = 77;
	tap_ok(waitid(P_PGID, (id_t)getpgrp(), &si, WEXITED | WNOHANG) == 0 && si.si_pid == 0,
	       "WNOHANG with nothing to tell: pid 0");
	kill(pid, SIGTERM);
	tap_ok(waitid(P_PGID, 0, &si, WEXITED) == 0 && si.si_code == CLD_KILLED && si.si_status == SIGTERM,
	       "a killed child: CLD_KILLED and the signal");
	tap_ok(waitid(P_ALL, 0, &si, WNOHANG) == -1 && errno == EINVAL, "no state asked for: EINVAL");
	tap_ok(waitid(P_PID, 0, &si, WEXITED) == -1 && errno == EINVAL, "pid 0: EINVAL");
	tap_ok(waitid(9, 1, &si, WEXITED) == -1 && errno == EINVAL, "unknown kind: EINVAL");
}

static void told(void)
{
	pid_t pid;
	int status;

	install(SIGCHLD, on_child, SA_SIGINFO | SA_RESTART);
	pid = child(3);
	status = status_of(pid);
	tap_ok(status == 3 << 8 && count == 1 && told_sig == SIGCHLD && told_code == CLD_EXITED && told_status == 3 &&
		   told_pid == pid,
	       "SIGCHLD tells of an end");
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
		_exit(0);
	}
	status_of(pid);
	tap_ok(count == 2 && told_code == CLD_KILLED && told_status == SIGTERM, "and by what signal");

	install(SIGCHLD, SIG_IGN, 0);
	pid = child(0);
	tap_ok(waitpid(pid, &status, 0) == -1 && errno == ECHILD, "SIGCHLD ignored: no zombie, wait says ECHILD");
	count = 0;
	install(SIGCHLD, on_child, SA_SIGINFO | SA_NOCLDWAIT);
	pid = child(0);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	tap_ok(errno == ECHILD && count == 1, "SA_NOCLDWAIT: told, but no zombie");
	install(SIGCHLD, SIG_DFL, 0);
}

static void accounts(void)
{
	struct rusage of, all;
	struct tms before, after;
	int status;
	pid_t pid;

	times(&before);
	pid = fork();
	if (pid == 0) {
		struct timespec now;

		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
		while (now.tv_nsec < 60000000 && now.tv_sec == 0);
		_exit(0);
	}
	getrusage(RUSAGE_CHILDREN, &all);
	wait4(pid, &status, 0, &of);
	tap_ok(of.ru_utime.tv_sec * 1000000 + of.ru_utime.tv_usec + of.ru_stime.tv_usec >= 50000,
	       "wait4 tells what the child used");
	getrusage(RUSAGE_CHILDREN, &of);
	tap_ok((of.ru_utime.tv_sec - all.ru_utime.tv_sec) * 1000000L + of.ru_utime.tv_usec - all.ru_utime.tv_usec +
		       (of.ru_stime.tv_usec - all.ru_stime.tv_usec) >=
		   50000,
	       "RUSAGE_CHILDREN adds it up");
	times(&after);
	tap_ok(after.tms_cutime + after.tms_cstime >= before.tms_cutime + before.tms_cstime + 4, "and so does times");
}

static void pidfds(void)
{
	struct clone_args a = {.exit_signal = SIGCHLD, .flags = CLONE_PIDFD};
	struct pollfd f = {.events = POLLIN};
	siginfo_t si;
	int fd = -1;
	pid_t pid;

	a.pidfd = (uintptr_t)&fd;
	pid = (pid_t)clone3(&a);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	f.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	tap_ok(pid > 0 && fd >= 0 && f.fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC, "pidfds by clone3 and pidfd_open");
	tap_ok(poll(&f, 1, 0) == 0, "are not readable while the process lives");
	tap_ok(syscall(SYS_pidfd_send_signal, f.fd, SIGTERM, NULL, 0) == 0 && poll(&f, 1, PATIENCE_MS) == 1 &&
		   f.revents == POLLIN,
	       "but when it has ended, by a signal");
	tap_ok(waitid(P_PIDFD, (id_t)f.fd, &si, WEXITED) == 0 && si.si_pid == pid && si.si_status == SIGTERM,
	       "waitid by pidfd");
	tap_ok(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == -1 && errno == ESRCH &&
		   waitid(P_PIDFD, (id_t)fd, &si, WEXITED) == -1 && errno == ECHILD,
	       "then it stands for nobody");
	tap_ok(waitid(P_PIDFD, 0, &si, WEXITED) == -1 && errno == EBADF && syscall(SYS_pidfd_open, 0, 0) == -1 &&
		   errno == EINVAL && syscall(SYS_pidfd_open, 999999, 0) == -1 && errno == ESRCH,
	       "what is no pidfd, or no process");
	close(fd);
	close(f.fd);
}

static void restarted(void)
{
	pid_t pid, other;
	int status;

	install(SIGUSR1, on_child, SA_SIGINFO);
	count = 0;
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	other = fork();
	if (other == 0) {
		EVENTUALLY(wait_is_asleep(getppid(), getppid()));
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	tap_ok(waitpid(pid, &status, 0) == -1 && errno == EINTR && count == 1, "a signal ends waiting");
	kill(pid, SIGKILL);
	tap_ok(status_of(pid) == SIGKILL && status_of(other) == 0, "which can be taken up again");
	install(SIGUSR1, SIG_DFL, 0);
}

/* What has ended is there until somebody has waited for it. */
static void zombies(void)
{
	pid_t pid = child(0);
	siginfo_t si;

	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	tap_ok(syscall(SYS_tgkill, pid, pid, 0) == 0 && syscall(SYS_tgkill, pid, pid, SIGUSR1) == 0 &&
		   syscall(SYS_tkill, pid, SIGKILL) == 0,
	       "tgkill and tkill of a zombie");
	tap_ok(syscall(SYS_tgkill, getpid(), pid, 0) == -1 && errno == ESRCH, "not in another's name: ESRCH");
	tap_ok(syscall(SYS_tgkill, pid, pid, 65) == -1 && errno == EINVAL, "nor a signal that is none: EINVAL");
	tap_ok(getpriority(PRIO_PROCESS, (id_t)pid) == 0 && setpriority(PRIO_PROCESS, (id_t)pid, 7) == 0 &&
		   getpriority(PRIO_PROCESS, (id_t)pid) == 7,
	       "a zombie has a niceness");
	tap_ok(syscall(SYS_sched_getscheduler, pid) == SCHED_OTHER, "and a scheduler");
	waitpid(pid, NULL, 0);
	errno = 0;
	tap_ok(syscall(SYS_tgkill, pid, pid, 0) == -1 && errno == ESRCH && getpriority(PRIO_PROCESS, (id_t)pid) == -1 &&
		   errno == ESRCH && syscall(SYS_sched_getscheduler, pid) == -1 && errno == ESRCH,
	       "nothing once it was waited for: ESRCH");
}

/* Before and after the end of the first thread, which comes some time. */
static void *first_ends(void *arg)
{
	pid_t pid = getpid();

	for (int i = 0; i < 200; i++) {
		if (syscall(SYS_tgkill, pid, pid, 0) != 0 || setpriority(PRIO_PROCESS, (id_t)pid, 3) != 0 ||
		    getpriority(PRIO_PROCESS, (id_t)pid) != 3)
			_exit(1);
		usleep(500);
	}
	_exit(0);
	return arg;
}

static void without_first_thread(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t other;

		pthread_create(&other, NULL, first_ends, NULL);
		pthread_exit(NULL);
	}
	tap_ok(waitpid(pid, &status, 0) == pid && status == 0, "a process without its first thread can be named by it");
}

int main(void)
{
	many();
	zombies();
	without_first_thread();
	waitid_calls();
	told();
	accounts();
	pidfds();
	restarted();
	return tap_end();
}
