/* SPDX-License-Identifier: ISC */
/* kiln-debug: starts a machine (its command line comes from kiln run) and lets debuggers in, one after the other. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "debug.h"
#include "hostlib/options.h"

#define STATUS_MACHINE 125

const struct machine *machine;
pid_t machine_pid;
struct settings settings = {.record = -1};

enum { IMAGE = OPTION_USER, SYMBOLS, PROGRAM, ROOT, PORT, SOCKET, STOP, RECORD };

static const struct option_def defs[] = {
    {IMAGE, 0, "image", "FILE", "the image that the command starts"},
    {SYMBOLS, 0, "symbols", "FILE", "its symbols (kiln bake --debug); without them there is one thread"},
    {PROGRAM, 0, "program", "FILE", "what kiln gdb shall load"},
    {ROOT, 0, "root", "DIR", "where it finds libraries"},
    {PORT, 0, "port", "PORT", "gdb connects to 127.0.0.1:PORT"},
    {SOCKET, 0, "socket", "PATH", "or to this socket, and the machine ends with it"},
    {STOP, 0, "stop", "entry|program", "stop at the image's or the program's first instruction"},
    {RECORD, 0, "record", "FD", "where QEMU writes the exit status"},
    {0, 0, NULL, NULL, NULL},
};

static int help(void)
{
	printf("usage: kiln-debug [options] -- COMMAND...\n\nRuns QEMU or kiln-tender for a debugger; kiln run -D and "
	       "kiln "
	       "gdb start it.\n\n");
	options_help(defs, stdout);
	return 0;
}

static int take(int id, const char *value, struct error *err)
{
	switch (id) {
	case IMAGE: settings.image = value; return 0;
	case SYMBOLS: settings.symbols = value; return 0;
	case PROGRAM: settings.program = value; return 0;
	case ROOT: settings.root = value; return 0;
	case PORT: settings.port = (unsigned)atoi(value); return 0;
	case SOCKET:
		settings.socket = value;
		settings.once = true;
		return 0;
	case RECORD: settings.record = atoi(value); return 0;
	case STOP:
		settings.where = !strcmp(value, "entry") ? WAIT_AT_ENTRY : WAIT_AT_PROGRAM;
		return !strcmp(value, "entry") || !strcmp(value, "program") ? 0 : error_usage(err, "--stop %s", value);
	default: return error_usage(err, "which command?");
	}
}

static void remove_socket(void)
{
	unlink(settings.socket);
}

/* Whether nobody listens there: whoever did was killed. */
static bool is_left_behind(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	bool left = lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
		    connect(fd, (const struct sockaddr *)un, sizeof *un) < 0 && errno == ECONNREFUSED;

	close(fd);
	return left;
}

static int bind_socket(int fd, const struct sockaddr_un *un)
{
	if (is_left_behind(un))
		unlink(un->sun_path);
	if (bind(fd, (const struct sockaddr *)un, sizeof *un) < 0)
		return -1;
	atexit(remove_socket);
	return 0;
}

static int listen_on(struct error *err)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)settings.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, one = 1, r;

	fd = socket(settings.socket ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	if (settings.socket) {
		if (strlen(settings.socket) >= sizeof un.sun_path)
			return error_set(err, "%s: too long a name for a socket", settings.socket);
		strcpy(un.sun_path, settings.socket);
		r = bind_socket(fd, &un);
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		r = bind(fd, (struct sockaddr *)&in, sizeof in);
	}
	if (r < 0 || listen(fd, 1) < 0)
		return settings.socket ? error_errno(err, "%s", settings.socket)
				       : error_errno(err, "-D %u", settings.port);
	return fd;
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct error *err)
{
	bool sandbox = false;
	struct stop s;

	if (kernel_image(&sandbox, err) < 0)
		return -1;
	if ((sandbox ? ptrace_start(&kernel_base, err) : qemu_start(kernel_entry, err)) < 0)
		return -1;
	if (settings.symbols && !kernel_load(err))
		return -1;
	if (settings.where != WAIT_AT_PROGRAM)
		return 0;
	if (!kernel_on_exec)
		return error_set(err, "no symbols of the image, so the program's start is not known");
	if (run_to_program(&s))
		return 0;
	err->status = s.kind == STOP_EXIT ? s.status : STATUS_MACHINE;
	return error_set(err, "the image ended before its program began");
}

/* The machine stands and nobody looks: false when somebody wants an end instead. */
static bool wait_caller(int listener)
{
	struct pollfd p[2] = {{.fd = listener, .events = POLLIN}, {.fd = run_signal_fd, .events = POLLIN}};

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		if (p[1].revents && run_signals())
			return false;
		if (p[0].revents)
			return true;
	}
}

static int serve(int listener)
{
	bool stands = settings.where != RUN_AT_ONCE;
	struct stop s = {.kind = STOP_TRAP};
	int fd;

	for (;;) {
		if (!stands && run_alone(listener, &s))
			return s.status;
		if (stands && !wait_caller(listener))
			break;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		switch (server_serve(fd, &s)) {
		case SERVER_END: return s.status;
		case SERVER_RUN: stands = false; break;
		case SERVER_SAME: break;
		}
	}
	machine->end();
	return STATUS_KILLED;
}

int main(int argc, char **argv)
{
	struct options o = OPTIONS_INIT(defs, argc, argv);
	struct error err = {.status = STATUS_MACHINE};
	int id, listener = -1, status = -1;

	while ((id = options_next(&o, &err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (id == OPTION_WORD) {
			settings.command = options_rest(&o);
			break;
		}
		if (take(id, o.value, &err) < 0)
			break;
	}
	if (settings.command && settings.image && (settings.port || settings.socket)) {
		run_signal_fd = watch_signals();
		listener = listen_on(&err);
		if (listener >= 0 && start(&err) == 0)
			status = serve(listener);
	} else if (id >= 0 && !*err.text) {
		error_usage(&err, "--image, --port or --socket, and a command; kiln run -D gives them");
	}
	if (status >= 0)
		return status;
	if (*err.text)
		fprintf(stderr, "kiln: %s\n", err.text);
	if (machine)
		machine->end();
	return err.status;
}
