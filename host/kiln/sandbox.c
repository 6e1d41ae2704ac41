/* SPDX-License-Identifier: ISC */
/* Runs an image in the sandbox: this process becomes the tender, unless it must wait with a timeout. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/console.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "launch.h"
#include "terminal.h"
#include "trace.h"

#define USER_FD 200u /* the first user-mode network's socket, as kiln-slirp leaves it to the tender */

/* kiln-slirp plays the network of an interface and then becomes the command that follows. */
static void add_user(const struct launch *l, struct strv *argv, unsigned i, bool publish)
{
	const char *addr = network_static(l->config, l->net.nic[i].name);
	AUTO_FREE char *net = network_played(l, i);

	strv_addf(argv, "%s/kiln-slirp", file_libdir());
	strv_addf(argv, "--fd=%u", USER_FD + i);
	strv_addf(argv, "--network=%s", net);
	if (addr)
		strv_addf(argv, "--guest=%.*s", (int)strcspn(addr, "/"), addr);
	if (l->net.nic[i].loopback == LOOPBACK_YES)
		strv_add(argv, "--host-loopback");
	for (unsigned k = 0; publish && k < l->net.publishes; k++) {
		const struct publish *p = &l->net.publish[k];

		strv_add(argv, "-p");
		strv_addf(argv, "%s:%s:%u:%u", p->udp ? "udp" : "tcp", p->host_addr, p->host_port, p->port);
	}
}

/* Input goes through a pipe, framed (abi/console.h). */
static bool framed(const struct launch *l)
{
	return l->raw || l->remote;
}

bool sandbox_supervised(const struct launch *l)
{
	return l->timeout > 0 || l->trace || framed(l);
}

static void build_argv(const struct launch *l, struct strv *argv)
{
	bool published = false;
	unsigned rows, columns;

	for (unsigned i = 0; i < l->net.nics; i++) {
		if (l->net.nic[i].kind != NIC_USER)
			continue;
		add_user(l, argv, i, !published);
		published = true;
	}
	debugger_wrap(l, argv, -1);
	strv_addf(argv, "%s/kiln-tender", file_libdir());
	strv_add(argv, "-m");
	strv_addf(argv, "%lluK", (unsigned long long)(l->memory >> 10));
	if (l->config_path) {
		strv_add(argv, "--config");
		strv_add(argv, l->config_path);
	}
	if (l->trace) {
		strv_add(argv, "--memory-fd");
		strv_addf(argv, "%d", l->trace->memory);
	}
	if (l->sample) {
		strv_add(argv, "--sample");
		strv_addf(argv, "%u", l->sample);
	}
	if (l->raw) {
		terminal_size(&rows, &columns);
		strv_add(argv, "--console");
		strv_addf(argv, "%u,%u,%u", CONSOLE_RAW_TTY, rows, columns);
	} else if (framed(l)) {
		strv_add(argv, "--console");
		strv_addf(argv, "%u", CONSOLE_FRAMED);
	}
	/* Nobody outside is there to end it. */
	if (!sandbox_supervised(l) && isfinite(l->grace)) {
		strv_add(argv, "--grace");
		strv_addf(argv, "%.0f", l->grace * 1000);
	}
	if (!sandbox_supervised(l) && l->hold_fd >= 0) {
		strv_add(argv, "--hold");
		strv_addf(argv, "%d", l->hold_fd);
	}
	if (l->record_fd >= 0) {
		strv_add(argv, "--started");
		strv_addf(argv, "%d", l->record_fd);
	}
	for (unsigned i = 0; i < l->net.nics; i++) {
		const struct nic *nic = &l->net.nic[i];

		if (nic->kind == NIC_NONE)
			continue;
		strv_add(argv, "--net");
		if (nic->kind == NIC_TAP)
			strv_addf(argv, "%s=tap:%s", nic->name, nic->tap);
		else if (nic->kind == NIC_USER)
			strv_addf(argv, "%s=socket:%u", nic->name, USER_FD + i);
		else
			strv_addf(argv, "%s=fd:%d", nic->name, nic->fd);
	}
	strv_add(argv, l->image_path);
}

static bool ask(pid_t child, int sig, bool from_terminal)
{
	return from_terminal || kill(child, sig) == 0;
}

static bool ask_by_feed(pid_t child, int sig, bool from_terminal)
{
	(void)child, (void)from_terminal;
	return feed_signal(sig);
}

static int open_input(const struct launch *l, int *in, struct error *err)
{
	if (!framed(l))
		return 0;
	*in = feed_open(err);
	return *in < 0 ? -1 : l->raw && !l->remote ? terminal_take(err) : 0;
}

static int run_supervised(const struct launch *l, char *const *argv, int in, struct error *err)
{
	AUTO_CLOSE int pipe = -1;
	struct process_files files = {.in = in, .out = -1, .err = -1, .own_group = l->raw};
	int status = 0, signal = 0;
	enum supervise_end end;
	pid_t pid;

	if (open_input(l, &pipe, err) < 0)
		return -1;
	if (framed(l))
		files.in = pipe;
	supervise_prepare();
	pid = process_start(argv, &files, err);
	if (pid < 0 || (framed(l) && feed_start(l, err) < 0))
		return -1;
	end = supervise(l, pid, l->raw ? ask_by_feed : ask, &status, &signal);
	terminal_give_back();
	if (end == END_TIMEOUT) {
		fprintf(stderr, "kiln: stopped after %g seconds (--timeout)\n", l->timeout);
		return STATUS_TIMEOUT;
	}
	if (end == END_SIGNAL && WIFSIGNALED(status))
		return 128 + signal;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int sandbox_run(const struct launch *l, struct error *err)
{
	AUTO_STRV struct strv argv = {0};
	AUTO_CLOSE int null = -1;

	if (l->qemu_args.n)
		return error_usage(err, "-g: there is no QEMU in the sandbox");
	build_argv(l, &argv);
	if (l->dry_run) {
		launch_print(argv.v);
		return 0;
	}
	if (network_check_taps(&l->net, err) < 0)
		return -1;
	if (!l->input)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (sandbox_supervised(l))
		return run_supervised(l, argv.v, null, err);
	if (null >= 0)
		dup2(null, 0);
	if (l->hold_fd >= 0)
		fcntl(l->hold_fd, F_SETFD, 0);
	execv(argv.v[0], argv.v);
	return error_errno(err, "cannot execute %s", argv.v[0]);
}
