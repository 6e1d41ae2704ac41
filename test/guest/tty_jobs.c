/* SPDX-License-Identifier: ISC */
/* A terminal and the processes of its session: signals from keys and the window, groups in the background, orphans, the
 * controlling terminal. */
#include <sys/wait.h>

#include "test/pty.h"

static volatile sig_atomic_t got[65];

static void count(int sig)
{
	got[sig]++;
}

static bool arrived(int sig)
{
	return EVENTUALLY(got[sig] > 0) && got[sig]-- > 0;
}

/* In the background, in a group that nobody looks after; bits for what is as it should be. */
static char orphan(int tty, pid_t parent)
{
	struct termios t;
	char b = 0;

	setpgid(0, 0);
	while (getppid() == parent)
		usleep(1000);
	tcgetattr(tty, &t);
	b |= tcsetpgrp(tty, getpgrp()) == -1 && errno == ENOTTY ? 1 : 0;
	b |= tcsetattr(tty, TCSANOW, &t) == -1 && errno == EIO ? 2 : 0;
	b |= read(tty, &t, 1) == -1 && errno == EIO ? 4 : 0;
	b |= write(tty, "x", 1) == 1 ? 8 : 0;
	return b;
}

static void test_orphans(void)
{
	int p[2], status;
	pid_t pid;
	char b;

	open_pair();
	if (pipe(p) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		int tty = setsid() > 0 ? open(ptsname(master), O_RDWR) : -1;

		pid = fork();
		if (pid == 0) {
			pid = getpid();
			if (fork() == 0) {
				b = orphan(tty, pid);
				_exit(write(p[1], &b, 1) == 1 ? 0 : 1);
			}
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		close(p[1]);
		_exit(read(p[0], &b, 1) == 1 ? b : 99);
	}
	tap_ok(waitpid(pid, &status, 0) == pid && status == 15 << 8,
	       "an orphaned group in the background is told ENOTTY and EIO, and not stopped");
	close(p[0]);
	close(p[1]);
	close_pair();
}

static void test_job_control(void)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGCONT, SIGWINCH, SIGTTOU, SIGTTIN};
	struct winsize w = {10, 20, 0, 0};
	char name[64];
	int tty, n = 0;
	pid_t me = getpid();

	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], count);
	/* Alone in a session: here anyway, on Linux after this. */
	if (setsid() < 0 && getsid(0) != me) {
		tap_skip("job control", "the leader of a process group");
		return;
	}
	open_pair();
	tap_ok(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO, "no controlling terminal: /dev/tty is ENXIO");
	tap_ok(tcgetpgrp(slave) < 0 && errno == ENOTTY, "ENOTTY from one that is not ours");
	tap_ok(ioctl(slave, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
	tty = open("/dev/tty", O_RDWR);
	tap_ok(tty >= 0 && write(tty, "x", 1) == 1 && shows("x"), "/dev/tty");
	close(tty);
	tap_ok(tcgetpgrp(slave) == getpgrp() && tcgetsid(slave) == me && tcgetpgrp(master) == getpgrp(),
	       "we are the foreground");
	type("junk\003");
	tap_ok(arrived(SIGINT) && strstr(shown("^C"), "^C") != NULL, "^C");
	tap_ok(reads("EAGAIN"), "it drops what was typed");
	type("\034");
	tap_ok(arrived(SIGQUIT), "^\\");
	type("\032");
	tap_ok(arrived(SIGTSTP), "^Z");
	ioctl(master, TIOCSWINSZ, &w);
	tap_ok(arrived(SIGWINCH), "SIGWINCH");
	ioctl(master, TIOCSWINSZ, &w);
	usleep(QUIET_MS * 1000);
	tap_ok(got[SIGWINCH] == 0, "but not when the size is the same");
	w.ws_row++;
	ioctl(slave, TIOCSWINSZ, &w);
	tap_ok(arrived(SIGWINCH), "from the terminal's side too");
	n = SIGINT;
	tap_ok(ioctl(master, TIOCSIG, n) == 0 && arrived(SIGINT), "TIOCSIG");
	tap_ok(tcsetpgrp(slave, 1 << 20) < 0 && errno == ESRCH, "no such group: ESRCH");
	{
		struct termios t = usual;

		t.c_lflag &= ~(tcflag_t)ISIG;
		set(&t);
		edit("without ISIG ^C is a byte", "\003\n", "\003\n", "^C\r\n");
		t.c_lflag |= ISIG | NOFLSH;
		set(&t);
		type("kept\003\n");
		shown("kept^C\r\n");
		tap_ok(arrived(SIGINT) && reads("kept\n"), "NOFLSH keeps what was typed");
		set(&usual);
	}
	{
		/* A session leader takes the first terminal that it opens, unless it says no. */
		int m, s;

		tap_ok(ioctl(slave, TIOCNOTTY) == 0 && arrived(SIGHUP) && arrived(SIGCONT),
		       "TIOCNOTTY: SIGHUP, SIGCONT");
		tap_ok(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO, "and no controlling terminal");
		m = posix_openpt(O_RDWR | O_NOCTTY);
		unlockpt(m);
		strcpy(name, ptsname(m));
		s = open(name, O_RDWR | O_NOCTTY);
		tap_ok(open("/dev/tty", O_RDWR) < 0, "O_NOCTTY");
		close(s);
		s = open(name, O_RDWR);
		tty = open("/dev/tty", O_RDWR);
		tap_ok(tty >= 0, "without it the terminal becomes ours");
		close(tty);
		close(m);
		tap_ok(arrived(SIGHUP), "closing the master: SIGHUP");
		tap_ok(open("/dev/tty", O_RDWR) < 0, "and it is gone");
		close(s);
	}
	close_pair();
}

int main(void)
{
	test_orphans();
	test_job_control();
	return tap_end();
}
