/* SPDX-License-Identifier: ISC */
/*
 * `kiln attach`: what a background image prints, from its log as it grows, and, when it was started with -i, this standard
 * input as messages to its supervisor (control.h). With -t the terminal is the guest's until Ctrl-P Ctrl-Q.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "control.h"
#include "hostlib/cleanup.h"
#include "logfile.h"
#include "terminal.h"

enum { NO_STDIN = OPTION_USER, PROXY };

#define KEY_FIRST  0x10 /* Ctrl-P */
#define KEY_SECOND 0x11 /* Ctrl-Q */
#define LOOK_MS    500 /* where the log cannot be watched */

static const struct option_def options[] = {
    {NO_STDIN, 0, "no-stdin", NULL, "only show what it prints"},
    {PROXY, 0, "sig-proxy", "true|false", "pass signals on, Ctrl-C among them (true), or let them end this command"},
    {0, 0, NULL, NULL, NULL},
};

struct attach {
	struct instance i;
	int control, signals;
	struct logfile_reader log;
	bool input, raw;
	bool key; /* Ctrl-P was pressed */
	bool over, detached;
	int status;
	char message[CONTROL_MAX]; /* that has not gone yet */
	size_t pending;
};

static int help(void)
{
	fputs("usage: kiln attach [options] NAME\n\n"
	      "Shows what a background image prints from now on; one that was started with -i reads this standard "
	      "input, and\n"
	      "with -t has this terminal. Ctrl-P Ctrl-Q leaves it to itself. The exit status is the program's, 0 after "
	      "that.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExample:\n"
	      "  kiln run -dit -n shell -P sandbox busybox sh\n"
	      "  kiln attach shell\n",
	      stdout);
	return 0;
}

/* False: there is no room now. */
static bool send_message(const struct attach *a, const char *text, size_t n)
{
	return send(a->control, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

static void send_input(struct attach *a)
{
	if (send_message(a, a->message, a->pending))
		a->pending = 0;
}

static void send_size(const struct attach *a)
{
	char text[64];
	unsigned rows, columns;

	terminal_size(&rows, &columns);
	snprintf(text, sizeof text, CONTROL_SIZE "%u %u", rows, columns);
	send_message(a, text, strlen(text));
}

/* Takes the keys that leave it out; a Ctrl-P that something else follows is the guest's. */
static size_t look_for_keys(struct attach *a, const char *in, size_t n, char *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n && !a->detached; i++) {
		if (a->key && in[i] == KEY_SECOND) {
			a->detached = true;
			break;
		}
		if (a->key)
			out[k++] = KEY_FIRST;
		a->key = in[i] == KEY_FIRST;
		if (!a->key)
			out[k++] = in[i];
	}
	return k;
}

static void take_input(struct attach *a)
{
	const size_t head = strlen(CONTROL_INPUT);
	char in[CONTROL_MAX / 2];
	ssize_t n = read(0, in, sizeof in);
	size_t k = 0;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		a->input = false; /* the guest's stays open, for the next one */
		return;
	}
	memcpy(a->message, CONTROL_INPUT, head);
	if (a->raw)
		k = look_for_keys(a, in, (size_t)n, a->message + head);
	else
		memcpy(a->message + head, in, k = (size_t)n);
	if (!k)
		return;
	a->pending = head + k;
	send_input(a);
}

static void take_answer(struct attach *a)
{
	char text[CONTROL_MAX + 1];
	ssize_t n = recv(a->control, text, CONTROL_MAX, MSG_DONTWAIT);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	text[n > 0 ? n : 0] = '\0';
	if (n > 0 && sscanf(text, "exit %d", &a->status) != 1)
		return;
	a->over = true;
	if (n <= 0)
		a->status = 137;
}

static void take_signal(struct attach *a)
{
	struct signalfd_siginfo info;
	char text[32];
	int sig;

	if (read(a->signals, &info, sizeof info) != sizeof info)
		return;
	sig = (int)info.ssi_signo;
	if (terminal_took(sig)) {
		if (sig != SIGTSTP)
			send_size(a);
	} else if (sig == SIGHUP) {
		a->detached = true; /* nobody looks any more */
	} else {
		snprintf(text, sizeof text, "kill %d", sig);
		send_message(a, text, strlen(text));
	}
}

static int loop(struct attach *a, int events, struct error *err)
{
	while (!a->over && !a->detached) {
		struct pollfd p[] = {{a->control, (short)(POLLIN | (a->pending ? POLLOUT : 0)), 0},
				     {a->signals, POLLIN, 0},
				     {events, POLLIN, 0},
				     {a->input && !a->pending ? 0 : -1, POLLIN, 0}};

		if (poll(p, 4, events < 0 ? LOOK_MS : -1) < 0 && errno != EINTR)
			return error_errno(err, "poll");
		if (p[2].revents)
			logfile_watched(events);
		if (p[1].revents)
			take_signal(a);
		if (p[0].revents & POLLOUT)
			send_input(a);
		if (p[0].revents & ~POLLOUT)
			take_answer(a);
		if (p[3].revents)
			take_input(a);
		if (logfile_more(&a->log, err) < 0)
			return -1;
	}
	return 0;
}

/* The signals that are ours to deal with. */
static int open_signals(struct attach *a, bool proxy, struct error *err)
{
	static const int passed[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t k = 0; proxy && k < sizeof passed / sizeof *passed; k++)
		sigaddset(&set, passed[k]);
	terminal_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return a->signals < 0 ? error_errno(err, "signalfd") : 0;
}

static int attach(struct attach *a, bool input, bool proxy, struct error *err)
{
	AUTO_CLOSE int events = logfile_watch(&a->i);
	int r;

	a->input = input && json_is_true(json_object_get(a->i.state, "input"));
	a->raw = a->input && json_is_true(json_object_get(a->i.state, "terminal")) && isatty(0);
	a->control = control_send(&a->i, err, "wait");
	if (a->control < 0 || logfile_print(&a->log, &a->i, 0, err) < 0)
		return -1;
	if ((a->raw && terminal_take(err) < 0) || open_signals(a, proxy, err) < 0)
		return -1;
	if (a->raw)
		send_size(a);
	r = loop(a, events, err);
	terminal_give_back();
	if (r == 0 && a->raw && a->detached)
		fprintf(stderr, "\nkiln: %s runs on; kiln attach %s comes back to it\n", a->i.name, a->i.name);
	return r < 0 ? -1 : a->status;
}

int command_attach(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	struct attach a = {.control = -1, .signals = -1, .log.fd = -1};
	bool input = true, proxy = true;
	const char *name = NULL;
	int id, r;

	while ((id = options_next(&o, err)) > 0)
		switch (id) {
		case OPTION_HELP: return help();
		case NO_STDIN: input = false; break;
		case PROXY:
			proxy = !strcmp(o.value, "true");
			if (!proxy && strcmp(o.value, "false") != 0)
				return error_usage(err, "--sig-proxy %s: not true or false", o.value);
			break;
		default:
			if (options_take_word(&o, &name, err) < 0)
				return -1;
		}
	if (options_need_word(id, name, "which one? kiln attach NAME", err) < 0)
		return -1;
	if (instance_open(&a.i, name, err) < 0)
		r = -1;
	else if (instance_foreground(&a.i))
		r = error_set(err, "%s: runs in the foreground, where it was started", name);
	else if (!a.i.alive)
		r = error_set(err, "%s: not running; kiln start %s starts it again", name, name);
	else
		r = attach(&a, input, proxy, err);
	instance_free(&a.i);
	logfile_close(&a.log);
	if (a.control >= 0)
		close(a.control);
	if (a.signals >= 0)
		close(a.signals);
	return r;
}
