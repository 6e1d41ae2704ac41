/* SPDX-License-Identifier: ISC */
/* Says what its terminal is like: the size at first and whenever it changes, the lines and, raw, the bytes that are typed. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t resized, interrupted, stopped, terminated, hung_up;

static void on(int sig)
{
	resized |= sig == SIGWINCH;
	interrupted |= sig == SIGINT;
	stopped |= sig == SIGTSTP;
	terminated |= sig == SIGTERM;
	hung_up |= sig == SIGHUP;
}

static void size(void)
{
	struct winsize w = {0};

	ioctl(0, TIOCGWINSZ, &w);
	printf("size %u %u\n", w.ws_row, w.ws_col);
}

static int tell(void)
{
	if (resized)
		resized = 0, size();
	if (interrupted)
		interrupted = 0, printf("interrupted\n");
	if (stopped)
		stopped = 0, printf("asked to stop\n");
	if (terminated)
		return 7;
	return hung_up ? 8 : 0;
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGWINCH, SIGINT, SIGTSTP, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on};
	struct pollfd input = {0, POLLIN, 0};
	struct termios t;
	sigset_t none, all;
	char buf[100];
	ssize_t n;
	int end;

	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		if (argc < 2 || strcmp(argv[1], "deaf") != 0)
			sigaction(signals[i], &sa, NULL);
	/* They come while we wait, and only then. */
	sigemptyset(&none);
	sigfillset(&all);
	if (argc < 2)
		sigprocmask(SIG_SETMASK, &all, NULL);
	setbuf(stdout, NULL);
	printf("terminal %d%d%d\n", isatty(0), isatty(1), isatty(2));
	printf("foreground %d, session %d\n", tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0));
	size();
	for (;;) {
		n = ppoll(&input, 1, NULL, &none);
		end = tell();
		if (end)
			return end;
		if (n < 0)
			continue;
		n = read(0, buf, sizeof buf - 1);
		if (n <= 0)
			return n < 0;
		buf[n] = '\0';
		if (strcmp(buf, "raw\n") == 0) {
			tcgetattr(0, &t);
			cfmakeraw(&t);
			tcsetattr(0, TCSAFLUSH, &t);
			printf("raw\r\n");
			continue;
		}
		for (ssize_t i = 0; i < n; i++)
			printf("%02x.", (unsigned char)buf[i]);
		printf("\r\n");
	}
}
