/* SPDX-License-Identifier: ISC */
/* Waiting for children: wait4 and waitid. What a child has to tell is told once, unless WNOWAIT; a zombie is freed by it. */
#include "abi/errno.h"
#include "kernel/uaccess.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/child.h"
#include "linux/pidfd.h"
#include "linux/timespec.h"

#include <asm/signal.h>
#include <linux/resource.h>
#include <linux/wait.h>

struct wanted {
	int which, id; /* P_…, as waitid(2) */
	unsigned options;
};

struct result {
	int pid, code, value, status;
	uint32_t uid;
	struct usage used;
};

static bool matches(const struct process *c, const struct wanted *w)
{
	switch (w->which) {
	case P_PID: return c->pid == w->id;
	case P_PGID: return c->pgid == w->id;
	default: return true;
	}
}

/* A child that was made with another signal than SIGCHLD is waited for on request only. */
static bool eligible(const struct process *c, const struct wanted *w)
{
	return matches(c, w) &&
	       ((w->options & __WALL) != 0 || (c->exit_signal != SIGCHLD) == ((w->options & __WCLONE) != 0));
}

static void add_usage(struct usage *to, const struct usage *u)
{
	to->cpu_ns += u->cpu_ns;
	to->switches += u->switches;
	to->resident = MAX(to->resident, u->resident);
}

static void reap(struct process *c)
{
	add_usage(&c->parent->children_used, &c->used);
	add_usage(&c->parent->children_used, &c->children_used);
	process_free(c);
}

/* What c has to tell: true, and *r; it is told once, unless WNOWAIT. */
static bool report(struct process *c, const struct wanted *w, struct result *r)
{
	bool keep = (w->options & WNOWAIT) != 0;

	*r = (struct result){.pid = c->pid, .uid = c->creds.uid, .used = c->used};
	add_usage(&r->used, &c->children_used);
	if (c->state == PROCESS_ZOMBIE) {
		if ((w->options & WEXITED) == 0)
			return false;
		r->code = child_end_code(c);
		r->value = child_end_value(c);
		r->status = c->exit_status;
		if (!keep)
			reap(c);
		return true;
	}
	r->used.cpu_ns += process_cpu_ns(c) - c->used.cpu_ns;
	if ((w->options & WSTOPPED) != 0 && c->stopped && c->stop_signal != 0) {
		r->code = CLD_STOPPED;
		r->value = c->stop_signal;
		r->status = c->stop_signal << 8 | 0x7f;
		if (!keep)
			c->stop_signal = 0;
		return true;
	}
	if ((w->options & WCONTINUED) != 0 && c->continued) {
		r->code = CLD_CONTINUED;
		r->value = SIGCONT;
		r->status = 0xffff;
		if (!keep)
			c->continued = false;
		return true;
	}
	return false;
}

/* A child's pid, 0 with WNOHANG, or -errno. */
static long wait_for(const struct wanted *w, struct result *r)
{
	struct process *self = process_current(), *c;

	for (;;) {
		bool any = false;

		list_for_each_entry (c, &self->children, sibling) {
			if (!eligible(c, w))
				continue;
			any |= c->state != PROCESS_ZOMBIE || (w->options & WEXITED) != 0;
			if (report(c, w, r))
				return r->pid;
		}
		if (!any)
			return -ECHILD;
		if ((w->options & WNOHANG) != 0)
			return 0;
		if (wait_sleep(&self->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTSYS;
	}
}

static int put_usage(struct uptr to, const struct usage *u)
{
	struct user_timeval tv = timeval_from_ns(u->cpu_ns);
	struct rusage out;

	if (uptr_null(to))
		return 0;
	memset(&out, 0, sizeof out);
	out.ru_utime.tv_sec = tv.sec;
	out.ru_utime.tv_usec = tv.usec;
	out.ru_nvcsw = (long)u->switches;
	out.ru_maxrss = (long)(u->resident / 1024);
	return put_user(to, out);
}

long sys_wait4(int pid, struct uptr status, int options, struct uptr usage)
{
	const unsigned known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
	struct wanted w = {.which = P_ALL, .options = (unsigned)options | WEXITED};
	struct result r;
	long n;

	if (((unsigned)options & ~known) != 0)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid > 0) {
		w.which = P_PID;
		w.id = pid;
	} else if (pid != -1) {
		w.which = P_PGID;
		w.id = pid == 0 ? process_current()->pgid : -pid;
	}
	n = wait_for(&w, &r);
	if (n <= 0)
		return n;
	if ((!uptr_null(status) && put_user(status, r.status) != 0) || put_usage(usage, &r.used) != 0)
		return -EFAULT;
	return n;
}

const struct pidfd_ops *pidfd_hook;

static int waitid_target(struct wanted *w, bool *nonblock)
{
	switch (w->which) {
	case P_ALL: return 0;
	case P_PID: return w->id > 0 ? 0 : -EINVAL;
	case P_PGID:
		if (w->id == 0)
			w->id = process_current()->pgid;
		return w->id > 0 ? 0 : -EINVAL;
	case P_PIDFD:
		if (w->id < 0 || pidfd_hook == NULL)
			return w->id < 0 ? -EINVAL : -EBADF;
		w->id = pidfd_hook->pid(w->id, nonblock);
		w->which = P_PID;
		return w->id > 0 ? 0 : w->id == 0 ? -ECHILD : w->id;
	default: return -EINVAL;
	}
}

long sys_waitid(int which, int id, struct uptr info, int options, struct uptr usage)
{
	const unsigned states = WEXITED | WSTOPPED | WCONTINUED,
		       known = states | WNOHANG | WNOWAIT | __WNOTHREAD | __WCLONE | __WALL;
	struct wanted w = {.which = which, .id = id, .options = (unsigned)options};
	bool nonblock = false;
	siginfo_t out;
	struct result r;
	long n;
	int err;

	if ((w.options & ~known) != 0 || (w.options & states) == 0)
		return -EINVAL;
	err = waitid_target(&w, &nonblock);
	if (err != 0)
		return err;
	nonblock &= (w.options & WNOHANG) == 0;
	w.options |= nonblock ? WNOHANG : 0;
	n = wait_for(&w, &r);
	if (n < 0 || (n == 0 && nonblock))
		return n < 0 ? n : -EAGAIN;
	memset(&out, 0, sizeof out);
	if (n > 0) {
		out.si_signo = SIGCHLD;
		out.si_code = r.code;
		out.si_pid = r.pid;
		out.si_uid = r.uid;
		out.si_status = r.value;
		if (put_usage(usage, &r.used) != 0)
			return -EFAULT;
	}
	/* As on Linux only these fields are written. */
	return uptr_null(info) ? 0 : copy_to_user(info, &out, offsetof(siginfo_t, si_status) + sizeof out.si_status);
}
