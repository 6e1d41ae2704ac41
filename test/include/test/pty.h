/* SPDX-License-Identifier: ISC */
/*
 * A pseudo terminal, seen from both sides: `type` is the user's keys, `shown` what the user sees, `line` what the program reads.
 * Input and echo come a moment later on Linux: what is expected is waited for, however long it takes; that nothing more
 * comes is looked at for a moment only.
 */
#ifndef TEST_PTY_H
#define TEST_PTY_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "test/tap.h"
#include "test/wait.h"

#define QUIET_MS 60

static int master, slave;
static struct termios usual;

static inline void open_pair(void)
{
	if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
		abort();
	tcgetattr(slave, &usual);
	fcntl(master, F_SETFL, O_NONBLOCK);
}

static inline void close_pair(void)
{
	close(slave);
	close(master);
}

static inline void set(const struct termios *t)
{
	if (tcsetattr(slave, TCSAFLUSH, t) != 0)
		abort();
	tcflush(master, TCIFLUSH);
}

/* What the user sees: until `want` is there, then until nothing more comes. */
static inline const char *shown(const char *want)
{
	static char buf[20000];
	size_t n = 0;
	struct pollfd p = {master, POLLIN, 0};
	int wait = *want ? PATIENCE_MS : QUIET_MS;

	while (n < sizeof buf - 1 && poll(&p, 1, wait) == 1 && (p.revents & POLLIN) != 0) {
		ssize_t k = read(master, buf + n, sizeof buf - 1 - n);

		if (k <= 0)
			break;
		n += (size_t)k;
		buf[n] = '\0';
		if (strstr(buf, want))
			wait = 15;
	}
	buf[n] = '\0';
	return buf;
}

static inline bool shows(const char *want)
{
	const char *s = shown(want);

	if (!strcmp(s, want))
		return true;
	tap_note("sees \"%s\"", s);
	return false;
}

static inline void type(const char *s)
{
	if (write(master, s, strlen(s)) != (ssize_t)strlen(s))
		tap_note("short write to the master: %s", strerror(errno));
}

static inline bool can_read(int bytes)
{
	int n = 0;

	return ioctl(slave, FIONREAD, &n) == 0 && n == bytes;
}

/* One read: "EOF" at the end, "EAGAIN" when there is nothing, which counts only when that is what is wanted. */
static inline const char *line(const char *want)
{
	static char buf[8192];
	struct pollfd p = {slave, POLLIN, 0};
	ssize_t n;

	if (poll(&p, 1, strcmp(want, "EAGAIN") ? PATIENCE_MS : QUIET_MS) != 1)
		return "EAGAIN";
	n = read(slave, buf, sizeof buf - 1);
	if (n <= 0)
		return n == 0 ? "EOF" : strerror(errno);
	buf[n] = '\0';
	return buf;
}

static inline bool reads(const char *want)
{
	return !strcmp(line(want), want);
}

/* Types, and compares what the program reads and what the user sees. */
static inline void edit(const char *name, const char *keys, const char *read, const char *seen)
{
	const char *s, *l;

	type(keys);
	s = strdup(shown(seen));
	l = line(read);
	if (!tap_ok(strcmp(l, read) == 0 && strcmp(s, seen) == 0, "%s", name)) {
		for (const char *c = l; *c; c++)
			printf("%s%02x", c == l ? "# reads " : " ", (unsigned char)*c);
		for (const char *c = s; *c; c++)
			printf("%s%02x", c == s ? "\n# sees " : " ", (unsigned char)*c);
		printf("\n");
	}
	tcflush(slave, TCIFLUSH);
}

#endif
