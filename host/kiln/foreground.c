/* SPDX-License-Identifier: ISC */
/*
 * The instance of a run in the foreground. Nobody supervises it: this process, or the tender that it becomes, holds the
 * lock. Its number comes from the kernel with the lock, and is asked for again once there is a pidfd of it, so no signal
 * goes to a process that has the number by chance. The tender cannot remove the directory at its end: whoever looks
 * next does (instance.c).
 */
#include "foreground.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "describe.h"
#include "hostlib/cleanup.h"

#define AFTER_GRACE 5.0 /* its own time runs there, ours begins a little earlier */

static struct instance self;
static pid_t owner;

static void end(void)
{
	struct error ignored;

	if (getpid() == owner)
		instance_remove_own(&self, &ignored);
}

int foreground_begin(struct launch *l, char **words, int count, struct error *err)
{
	AUTO_FREE char *name = l->name ? xstrdup(l->name) : describe_name(words[0]);
	struct error why;
	int fd = -1;

	if (instance_create(&self, name, CLAIM_FOREGROUND | (l->name ? CLAIM_EXACT : 0), &fd, &why) < 0) {
		if (l->name)
			*err = why;
		return l->name ? -1 : 0;
	}
	l->hold_fd = fd;
	owner = getpid();
	atexit(end);
	describe(&self, l, words, count);
	json_object_set_new(self.state, "status", json_string("running"));
	json_object_set_new(self.state, "started", json_integer(time(NULL)));
	json_object_set_new(self.state, "grace", json_real(l->grace));
	return instance_save(&self, err);
}

int foreground_holder(const struct instance *i)
{
	AUTO_INSTANCE struct instance now = {0};
	struct error ignored;
	int fd = i->holder ? (int)syscall(SYS_pidfd_open, i->holder, 0) : -1;

	if (fd < 0 || (instance_open(&now, i->name, &ignored) == 0 && now.holder == i->holder))
		return fd;
	close(fd);
	return -1;
}

bool foreground_ended(int pidfd, double seconds)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int r;

	do
		r = poll(&p, 1, isinf(seconds) ? -1 : (int)(seconds * 1000));
	while (r < 0 && errno == EINTR);
	return r > 0;
}

static int send_signal(const struct instance *i, int pidfd, int sig, struct error *err)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) == 0)
		return 0;
	return error_errno(err, "%s", i->name);
}

int foreground_kill(const struct instance *i, int sig, struct error *err)
{
	AUTO_CLOSE int pidfd = foreground_holder(i);
	int r = pidfd < 0 ? error_set(err, "%s: not running", i->name) : send_signal(i, pidfd, sig, err);

	if (r == 0 && sig == SIGKILL)
		foreground_ended(pidfd, INFINITY);
	return r;
}

int foreground_stop(const struct instance *i, double seconds, struct error *err)
{
	AUTO_CLOSE int pidfd = foreground_holder(i);

	if (pidfd < 0)
		return 0;
	if (seconds < 0)
		seconds = json_real_value(json_object_get(i->state, "grace")) + AFTER_GRACE;
	if (send_signal(i, pidfd, SIGTERM, err) < 0)
		return errno == ESRCH ? 0 : -1;
	return foreground_ended(pidfd, seconds) ? 0 : foreground_kill(i, SIGKILL, err);
}
