/* SPDX-License-Identifier: ISC */
/* Groups, sessions, stops, orphans: what shells and supervisors build on. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"
#include "test/wait.h"

static volatile int count, told_code, told_status;

static void on_signal(int sig, siginfo_t *si, void *uc)
{
	(void)sig, (void)uc;
	count++;
	told_code = si->si_code;
	told_status = si->si_status;
}

/* A child that waits for signals. */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		for (;;)
			pause();
	}
	return pid;
}

static void stops(void)
{
	pid_t pid = sleeper();
	int status;
	siginfo_t si;

	install(SIGCHLD, on_signal, SA_SIGINFO | SA_RESTART);
	kill(pid, SIGSTOP);
	tap_ok(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP,
	       "WUNTRACED tells of a stop");
	tap_ok(EVENTUALLY(count == 1) && told_code == CLD_STOPPED && told_status == SIGSTOP, "and so does SIGCHLD");
	tap_ok(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0, "once");
	kill(pid, SIGCONT);
	tap_ok(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status), "WCONTINUED tells that it goes on");
	tap_ok(EVENTUALLY(count == 2) && told_code == CLD_CONTINUED && told_status == SIGCONT, "and so does SIGCHLD");
	kill(pid, SIGSTOP);
	tap_ok(waitid(P_PID, (id_t)pid, &si, WSTOPPED | WNOWAIT) == 0 && si.si_code == CLD_STOPPED &&
		   si.si_status == SIGSTOP && waitid(P_PID, (id_t)pid, &si, WSTOPPED) == 0,
	       "waitid tells it too, twice with WNOWAIT");
	kill(pid, SIGTERM);
	nap(20);
	tap_ok(waitpid(pid, &status, WNOHANG) == 0, "a stopped process does not take SIGTERM");
	install(SIGCHLD, on_signal, SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP);
	count = 0;
	kill(pid, SIGCONT);
	tap_ok(status_of(pid) == SIGTERM && count == 1 && told_code == CLD_KILLED, "before it goes on; SA_NOCLDSTOP");
	pid = fork();
	if (pid == 0) {
		struct timespec start, end, ts = {0, 80000000};

		clock_gettime(CLOCK_MONOTONIC, &start);
		if (nanosleep(&ts, NULL) != 0)
			_exit(1);
		clock_gettime(CLOCK_MONOTONIC, &end);
		_exit((end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec - start.tv_nsec >= 80000000 ? 0 : 2);
	}
	nap(10);
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	tap_ok(status_of(pid) == 0, "a sleep goes on after a stop");
	pid = sleeper();
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGKILL);
	tap_ok(status_of(pid) == SIGKILL, "SIGKILL ends a stopped process");
	install(SIGCHLD, SIG_DFL, 0);
}

static void groups(void)
{
	pid_t a = sleeper(), b = sleeper(), c = sleeper();
	int status;

	tap_ok(setpgid(a, 0) == 0 && getpgid(a) == a && setpgid(b, a) == 0 && getpgid(b) == a, "a group of two");
	tap_ok(getpgid(c) == getpgrp(), "the third is in its parent's");
	tap_ok(kill(-a, 0) == 0 && kill(-a, SIGTERM) == 0, "a signal to the group");
	tap_ok(waitpid(-a, &status, 0) > 0 && waitpid(-a, &status, 0) > 0 && waitpid(-a, &status, 0) == -1 &&
		   errno == ECHILD,
	       "ends both, and they are waited for by group");
	tap_ok(kill(c, 0) == 0 && kill(-a, 0) == -1 && errno == ESRCH, "not the third; the group is gone");
	tap_ok(setpgid(c, 999999) == -1 && errno == EPERM, "no group like that: EPERM");
	tap_ok(setpgid(c, -1) == -1 && errno == EINVAL, "a negative group: EINVAL");
	tap_ok(setpgid(999999, 0) == -1 && errno == ESRCH, "who is no child: ESRCH");
	kill(c, SIGKILL);
	status_of(c);
}

static void sessions(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int bad = 0;

		bad |= setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid() ? 0 : 1;
		bad |= setsid() == -1 && errno == EPERM ? 0 : 2;
		bad |= setpgid(0, 0) == -1 && errno == EPERM ? 0 : 4;
		bad |= getsid(getppid()) != getsid(0) ? 0 : 8;
		_exit(bad);
	}
	status = status_of(pid);
	tap_ok(status == 0, "a session of its own (%d)", status >> 8);
	pid = fork();
	if (pid == 0) {
		setsid();
		for (;;)
			pause();
	}
	EVENTUALLY(getsid(pid) == pid);
	tap_ok(setpgid(pid, getpgrp()) == -1 && errno == EPERM, "nobody moves a group into another session");
	kill(pid, SIGKILL);
	status_of(pid);
}

/* A grandchild whose parent ends; it writes its new parent's id. */
static void orphans(void)
{
	pid_t pid, mid, seen = 0;
	int p[2], status;

	if (pipe(p) != 0)
		return;
	tap_ok(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && prctl(PR_GET_CHILD_SUBREAPER, &status) == 0 && status == 1,
	       "the parent of orphans");
	mid = fork();
	if (mid == 0) {
		pid_t was = getpid();

		if (fork() == 0) {
			while (getppid() == was)
				nap(2);
			seen = getppid();
			_exit(write(p[1], &seen, sizeof seen) == sizeof seen ? 7 : 1);
		}
		_exit(0);
	}
	tap_ok(status_of(mid) == 0 && read(p[0], &seen, sizeof seen) == sizeof seen && seen == getpid(),
	       "an orphan becomes the subreaper's child");
	pid = wait(&status);
	tap_ok(pid > 0 && pid != mid && WEXITSTATUS(status) == 7, "who waits for it");
	mid = fork();
	if (mid == 0) {
		if (fork() == 0)
			_exit(9); /* a zombie whose parent does not wait */
		nap(20);
		_exit(0);
	}
	status_of(mid);
	pid = wait(&status);
	tap_ok(pid > 0 && WEXITSTATUS(status) == 9, "a zombie is handed on as well");
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	close(p[0]);
	close(p[1]);
}

static void death_signal(void)
{
	int p[2], status;
	char c = 0;
	pid_t mid;

	if (pipe(p) != 0)
		return;
	mid = fork();
	if (mid == 0) {
		if (fork() == 0) {
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			status = write(p[1], "a", 1) == 1 && sigwaitinfo(&set, NULL) == SIGUSR2;
			_exit(write(p[1], status ? "d" : "x", 1) == 1 ? 0 : 1);
		}
		_exit(read(p[0], &c, 1) == 1 ? 0 : 1);
	}
	tap_ok(status_of(mid) == 0 && read(p[0], &c, 1) == 1 && c == 'd', "PR_SET_PDEATHSIG");
	close(p[0]);
	close(p[1]);
}

/* The group of a stopped child is orphaned when the last one that could continue it ends. */
static void orphaned_group(void)
{
	int p[2];
	char c = 0;
	pid_t mid;

	if (pipe(p) != 0)
		return;
	mid = fork();
	if (mid == 0) {
		pid_t pid;
		int status;

		setsid(); /* so that whoever gets the orphan is in another session */
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			count = 0;
			install(SIGHUP, on_signal, SA_SIGINFO);
			raise(SIGTSTP);
			while (count == 0)
				nap(2);
			_exit(write(p[1], "h", 1) == 1 ? 0 : 1);
		}
		waitpid(pid, &status, WUNTRACED);
		_exit(WIFSTOPPED(status) ? 0 : 1);
	}
	close(p[1]);
	tap_ok(status_of(mid) == 0, "a child stops by SIGTSTP");
	tap_ok(read(p[0], &c, 1) == 1 && c == 'h', "orphaned, it gets SIGHUP and SIGCONT");
	close(p[0]);
	mid = fork();
	if (mid == 0) {
		setsid(); /* nobody above is in this session: orphaned */
		raise(SIGTSTP);
		_exit(5);
	}
	tap_ok(status_of(mid) == 5 << 8, "in an orphaned group SIGTSTP does not stop");
}

/* A group that is orphaned from the start: a stopped member stays so when another one ends. */
static void always_orphaned(void)
{
	pid_t leader = fork(), stopped;
	int status;

	if (leader == 0) {
		setsid();
		stopped = sleeper();
		kill(stopped, SIGSTOP);
		waitpid(stopped, &status, WUNTRACED);
		if (fork() == 0)
			_exit(0);
		wait(NULL);
		nap(20);
		status = waitpid(stopped, &status, WNOHANG | WCONTINUED);
		kill(stopped, SIGKILL);
		_exit(status == 0 ? 0 : 1);
	}
	tap_ok(status_of(leader) == 0, "the end of one that could not have continued a group changes nothing for it");
}

static void permissions(void)
{
	pid_t other = sleeper(), pid;
	siginfo_t si;
	int status;

	if (getuid() != 0) {
		tap_skip("only one's own processes can be signalled", "not root");
	} else {
		pid = fork();
		if (pid == 0)
			_exit(setuid(54321) == 0 && kill(other, SIGTERM) == -1 && errno == EPERM &&
				      kill(other, 0) == -1 && errno == EPERM && kill(getpid(), 0) == 0 &&
				      kill(other, SIGCONT) == 0
				  ? 0
				  : 1);
		status = status_of(pid);
		tap_ok(status == 0, "only one's own processes can be signalled, but for SIGCONT in the session");
	}
	kill(other, SIGKILL);
	status_of(other);
	tap_ok(kill(other, 0) == -1 && errno == ESRCH, "who is gone is not there");
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	tap_ok(kill(pid, SIGTERM) == 0 && status_of(pid) == 0, "a signal to a zombie changes nothing");
}

/* Who is killed dies, whatever comes between the signal and its turn. */
static void killed_for_good(void)
{
	pid_t pid = sleeper(), r = 0;
	int status = 0;

	nap(20);
	kill(pid, SIGKILL);
	syscall(SYS_tgkill, pid, pid, SIGSTOP);
	kill(pid, SIGSTOP);
	EVENTUALLY((r = waitpid(pid, &status, WNOHANG)) != 0);
	tap_ok(r == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "a stop behind SIGKILL stops nothing");
	if (r == 0) {
		kill(pid, SIGKILL);
		status_of(pid);
	}
	pid = sleeper();
	nap(20);
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	syscall(SYS_tgkill, pid, pid, SIGUSR1);
	kill(pid, SIGKILL);
	tap_ok(status_of(pid) == SIGKILL, "and of another deadly signal SIGKILL is the first");
	tap_ok(kill(0x7ffffff0, 999) == -1 && errno == ESRCH && kill(getpid(), 999) == -1 && errno == EINVAL &&
		   kill(getpid(), -1) == -1 && errno == EINVAL && syscall(SYS_tkill, getpid(), 65) == -1 &&
		   errno == EINVAL && syscall(SYS_tkill, 0x7ffffff0, 65) == -1 && errno == ESRCH,
	       "who is looked for before which signal");
}

int main(void)
{
	killed_for_good();
	stops();
	groups();
	sessions();
	orphans();
	death_signal();
	orphaned_group();
	always_orphaned();
	permissions();
	return tap_end();
}
