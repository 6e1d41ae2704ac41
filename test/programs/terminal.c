/* SPDX-License-Identifier: ISC */
/*
 * Plays a user: terminal COMMAND ARG... runs the command on a pseudo terminal of its own (24 rows, 80 columns) and does what
 * standard input says, one line each. The first thing that does not come true ends it, with a line about it.
 *
 *	see TEXT	waits until the terminal has shown this, behind what was seen before; \n \r \t \e \OOO \\ are known
 *	type TEXT
 *	resize ROWS COLUMNS
 *	settings raw|cooked	waits until the terminal's are
 *	kill NUMBER	the command gets a signal
 *	stopped	waits until it is
 *	status NUMBER	waits for its end: as a shell would say
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 60000 /* ms */

static int terminal;
static pid_t child;
static char shown[1 << 16];
static size_t have, seen;

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void look(int ms)
{
	struct pollfd p = {terminal, POLLIN, 0};
	ssize_t n;

	if (poll(&p, 1, ms) != 1)
		return;
	n = read(terminal, shown + have, sizeof shown - 1 - have);
	if (n > 0)
		have += (size_t)n;
	else
		usleep(10000);
	shown[have] = '\0';
}

static const char *unescaped(char *s)
{
	char *to = s, *from = s;

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		switch (*from) {
		case 'n': *to++ = '\n', from++; break;
		case 'r': *to++ = '\r', from++; break;
		case 't': *to++ = '\t', from++; break;
		case 'e': *to++ = '\033', from++; break;
		case '\\': *to++ = '\\', from++; break;
		default: *to++ = (char)strtol((char[]){from[0], from[1], from[2], 0}, NULL, 8), from += 3;
		}
	}
	*to = '\0';
	return s;
}

static void failed(const char *what)
{
	printf("terminal: %s\nterminal: shown since:", what);
	for (size_t i = seen; i < have; i++)
		printf(shown[i] >= ' ' && shown[i] < 127 ? "%c" : "\\%03o", (unsigned char)shown[i]);
	printf("\n");
	kill(child, SIGKILL);
	exit(1);
}

static int see(const char *text)
{
	const char *at;

	look(50);
	at = strstr(shown + seen, text);
	if (at == NULL)
		return 0;
	seen = (size_t)(at - shown) + strlen(text);
	return 1;
}

static int settings(const char *want)
{
	struct termios t;

	look(50);
	return tcgetattr(terminal, &t) == 0 && (strcmp(want, "raw") == 0) == !(t.c_lflag & (ICANON | ECHO | ISIG));
}

static int stopped(const char *unused)
{
	siginfo_t info = {0};

	(void)unused;
	look(50);
	return waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

static int ended(const char *want)
{
	static int status = -1;
	int s;

	look(50);
	if (status < 0 && waitpid(child, &s, WNOHANG) == child)
		status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	if (status >= 0 && status != atoi(want)) {
		char text[60];

		snprintf(text, sizeof text, "the status is %d, not %s", status, want);
		failed(text);
	}
	return status >= 0;
}

static void wait_for(int (*what)(const char *), const char *arg, const char *line)
{
	long end = now() + PATIENCE;

	while (!what(arg))
		if (now() > end)
			failed(line);
}

static void obey(char *line)
{
	char *arg = strchr(line, ' '), *copy = strdup(line);
	struct winsize w = {0};

	if (arg != NULL)
		*arg++ = '\0';
	else
		arg = line + strlen(line);
	if (strcmp(line, "see") == 0)
		wait_for(see, unescaped(arg), copy);
	else if (strcmp(line, "type") == 0) {
		unescaped(arg);
		if (write(terminal, arg, strlen(arg)) < 0)
			failed(copy);
	} else if (strcmp(line, "resize") == 0 && sscanf(arg, "%hu %hu", &w.ws_row, &w.ws_col) == 2)
		ioctl(terminal, TIOCSWINSZ, &w);
	else if (strcmp(line, "settings") == 0)
		wait_for(settings, arg, copy);
	else if (strcmp(line, "kill") == 0)
		kill(child, atoi(arg));
	else if (strcmp(line, "stopped") == 0)
		wait_for(stopped, arg, copy);
	else if (strcmp(line, "status") == 0)
		wait_for(ended, arg, copy);
	else
		failed(copy);
	free(copy);
}

int main(int argc, char **argv)
{
	struct winsize w = {.ws_row = 24, .ws_col = 80};
	char line[4096];
	int hold;

	if (argc < 2)
		return 2;
	child = forkpty(&terminal, NULL, NULL, &w);
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0)
		return 1;
	/* Settings can be asked for as long as somebody has it open. */
	hold = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	fcntl(hold, F_SETFD, FD_CLOEXEC);
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			obey(line);
	}
	kill(child, SIGKILL);
	return 0;
}
