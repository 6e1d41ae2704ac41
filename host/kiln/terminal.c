/* SPDX-License-Identifier: ISC */
/*
 * The host's terminal while a guest has it (-it): raw, and as it was whenever kiln does not run: at its end, while it is
 * stopped, and even when it is killed, by a small process that waits for that.
 */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "launch.h"

#define WATCHED  3 /* the watcher's descriptor for kiln's end */
#define TERMINAL 0

static struct termios saved;
static bool raw;
static pid_t watcher = -1;
static int alive = -1; /* open as long as kiln is */

/* In the child: out of the session, so that the terminal's signals and rules do not reach it. */
static void watch(int fd)
{
	sigset_t all;
	ssize_t n;
	char c;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	dup2(TERMINAL, 1);
	dup2(TERMINAL, 2);
	dup2(fd, WATCHED);
	syscall(SYS_close_range, WATCHED + 1, ~0u, 0);
	do
		n = read(WATCHED, &c, 1);
	while (n < 0 && errno == EINTR);
	tcsetattr(TERMINAL, TCSANOW, &saved);
	_exit(0);
}

static int start_watcher(struct error *err)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return error_errno(err, "cannot make a pipe");
	watcher = fork();
	if (watcher == 0) {
		close(fd[1]);
		watch(fd[0]);
	}
	close(fd[0]);
	alive = fd[1];
	return watcher < 0 ? error_errno(err, "cannot start a process") : 0;
}

static int set_raw(void)
{
	struct termios t = saved;

	cfmakeraw(&t);
	return tcsetattr(TERMINAL, TCSADRAIN, &t);
}

int terminal_take(struct error *err)
{
	sigset_t stop;

	if (tcgetattr(TERMINAL, &saved) < 0)
		return error_errno(err, "cannot read the terminal's settings");
	/* As a background job kiln may give it back all the same. */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (start_watcher(err) < 0)
		return -1;
	atexit(terminal_give_back);
	raw = true;
	return set_raw() == 0 ? 0 : error_errno(err, "cannot make the terminal raw");
}

void terminal_give_back(void)
{
	if (watcher > 0) {
		kill(watcher, SIGKILL);
		while (waitpid(watcher, NULL, 0) < 0 && errno == EINTR)
			;
		close(alive);
	}
	watcher = -1;
	if (raw)
		tcsetattr(TERMINAL, TCSADRAIN, &saved);
	raw = false;
}

void terminal_size(unsigned *rows, unsigned *columns)
{
	struct winsize w = {0};

	if (ioctl(TERMINAL, TIOCGWINSZ, &w) < 0)
		w = (struct winsize){0};
	*rows = w.ws_row;
	*columns = w.ws_col;
}

void terminal_signals(sigset_t *set)
{
	if (!raw)
		return;
	sigaddset(set, SIGWINCH);
	sigaddset(set, SIGTSTP);
	sigaddset(set, SIGCONT);
}

bool terminal_took(int sig)
{
	unsigned rows, columns;

	if (!raw)
		return false;
	switch (sig) {
	case SIGTSTP:
		tcsetattr(TERMINAL, TCSADRAIN, &saved);
		raise(SIGSTOP);
		return true;
	case SIGCONT: /* a shell has given the terminal its own settings meanwhile; the window may be another one */
		if (tcgetpgrp(TERMINAL) == getpgrp() && set_raw() < 0)
			return true;
		break;
	case SIGWINCH: break;
	default: return false;
	}
	terminal_size(&rows, &columns);
	feed_resize(rows, columns);
	return true;
}
