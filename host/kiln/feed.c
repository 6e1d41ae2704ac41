/* SPDX-License-Identifier: ISC */
/*
 * The guest's input, framed (abi/console.h), goes to QEMU through a pipe: a thread reads standard input, the main thread
 * puts in Ctrl-C. Each write is at most PIPE_BUF, so the two do not mix. In the background input comes as messages
 * (control.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/console.h"
#include "control.h"
#include "hostlib/file.h"
#include "launch.h"

#define FILL 16

static int to_guest = -1;

static int give(const unsigned char *in, size_t n)
{
	unsigned char out[PIPE_BUF];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (in[i] == CONSOLE_ESC)
			out[k++] = CONSOLE_ESC;
		out[k++] = in[i];
	}
	return file_write_fd(to_guest, out, k);
}

static void *relay(void *unused)
{
	unsigned char in[PIPE_BUF / 2];
	struct pollfd terminal = {.fd = 0, .events = POLLIN};
	ssize_t n;

	(void)unused;
	while ((n = read(0, in, sizeof in)) != 0) {
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		/* QEMU makes its standard output non-blocking, which a terminal shares with our input. */
		if (n < 0) {
			poll(&terminal, 1, -1);
			continue;
		}
		if (give(in, (size_t)n) < 0)
			return NULL;
	}
	file_write_fd(to_guest, (const unsigned char[]){CONSOLE_ESC, CONSOLE_END}, 2);
	return NULL;
}

/* Whoever attaches comes and goes: there is no end of it. */
static void *relay_messages(void *unused)
{
	unsigned rows, columns;
	char in[CONTROL_MAX + 1];
	ssize_t n;

	_Static_assert(CONTROL_MAX * 2 <= PIPE_BUF, "escaped, it goes in one write");
	(void)unused;
	while ((n = recv(0, in, CONTROL_MAX, 0)) > 0 || (n < 0 && errno == EINTR)) {
		in[n > 0 ? n : 0] = '\0';
		if (!strncmp(in, CONTROL_INPUT, strlen(CONTROL_INPUT)))
			give((unsigned char *)in + strlen(CONTROL_INPUT), (size_t)n - strlen(CONTROL_INPUT));
		else if (sscanf(in, CONTROL_SIZE "%u %u", &rows, &columns) == 2)
			feed_resize(rows, columns);
	}
	return NULL;
}

int feed_open(struct error *err)
{
	unsigned char start[FILL + 2];
	int fd[2];

	for (int i = 0; i < FILL; i++)
		start[i] = CONSOLE_FILL;
	start[FILL] = CONSOLE_ESC;
	start[FILL + 1] = CONSOLE_START;
	if (pipe2(fd, O_CLOEXEC) < 0 || file_write_fd(fd[1], start, sizeof start) < 0)
		return error_errno(err, "cannot make a pipe");
	signal(SIGPIPE, SIG_IGN); /* a machine may end before its input does */
	to_guest = fd[1];
	return fd[0];
}

static void *watch_readers(void *unused)
{
	struct pollfd p[2] = {{.fd = 1}, {.fd = 2}};

	(void)unused;
	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			file_write_fd(to_guest, (const unsigned char[]){CONSOLE_ESC, (unsigned char)(CONSOLE_GONE + i)},
				      2);
			p[i].fd = -1;
		}
	}
	return NULL;
}

static bool has_reader(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int feed_watch(struct error *err)
{
	pthread_t thread;

	if (!has_reader(1) && !has_reader(2))
		return 0;
	errno = pthread_create(&thread, NULL, watch_readers, NULL);
	return errno ? error_errno(err, "cannot start a thread") : 0;
}

int feed_start(const struct launch *l, struct error *err)
{
	pthread_t thread;

	if (!l->input) {
		file_write_fd(to_guest, (const unsigned char[]){CONSOLE_ESC, CONSOLE_END}, 2);
		return 0;
	}
	errno = pthread_create(&thread, NULL, l->remote ? relay_messages : relay, NULL);
	return errno ? error_errno(err, "cannot start a thread") : 0;
}

static bool send_word(const unsigned char *word, size_t n)
{
	struct pollfd p = {.fd = to_guest, .events = POLLOUT};

	return to_guest >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && file_write_fd(to_guest, word, n) == 0;
}

void feed_resize(unsigned rows, unsigned columns)
{
	const unsigned char word[] = {CONSOLE_ESC,
				      CONSOLE_SIZE,
				      (unsigned char)rows,
				      (unsigned char)(rows >> 8),
				      (unsigned char)columns,
				      (unsigned char)(columns >> 8)};

	_Static_assert(sizeof word == 2 + CONSOLE_SIZE_BYTES, "abi/console.h");
	send_word(word, sizeof word);
}

bool feed_signal(int sig)
{
	const unsigned char word[] = {CONSOLE_ESC, CONSOLE_SIGNAL, (unsigned char)sig};

	return send_word(word, sizeof word);
}
