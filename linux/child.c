/* SPDX-License-Identifier: ISC */
/*
 * Parents and children: what a process's end, stop or going on means to the others, and how they wait for it.
 *
 * A zombie is freed by whoever waits for it, at once if its parent does not want to know (SIGCHLD ignored, SA_NOCLDWAIT)
 * or if it has none. Orphans go to the nearest ancestor that asked for them, else to process 1, else they have no parent.
 * Processes that the configuration started (`started`) belong to its list (linux/start.c), which frees them.
 */
#include "linux/child.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/pidfd.h"
#include "linux/signal.h"
#include "linux/timespec.h"

#include <asm/param.h>
#include <asm/signal.h>
#include <linux/resource.h>
#include <linux/wait.h>

#define CORE_DUMPED 0x80

#define SET(p, sig) ((p)->action[(sig)-1])

static bool ignores_children(const struct process *parent)
{
	return SET(parent, SIGCHLD).handler == (uint64_t)(uintptr_t)SIG_IGN ||
	       (SET(parent, SIGCHLD).flags & SA_NOCLDWAIT) != 0;
}

static int end_code(const struct process *p)
{
	int status = p->exit_status;

	return (status & 0x7f) == 0 ? CLD_EXITED : (status & CORE_DUMPED) != 0 ? CLD_DUMPED : CLD_KILLED;
}

static int end_value(const struct process *p)
{
	return (p->exit_status & 0x7f) != 0 ? p->exit_status & 0x7f : p->exit_status >> 8 & 0xff;
}

static void tell_parent(struct process *p, int sig, int code, int value)
{
	siginfo_t info = {.si_signo = sig, .si_code = code};
	int lost;

	info.si_pid = p->pid;
	info.si_uid = p->creds.uid;
	info.si_status = value;
	info.si_utime = (__kernel_clock_t)(process_cpu_ns(p) / (NSEC_PER_SEC / HZ));
	lost = signal_send(p->parent, NULL, sig, &info);
	(void)lost; /* no memory for the details: the bit alone arrives */
}

static void tell_stopped(struct process *p, int sig)
{
	struct process *parent = p->parent;

	p->stop_signal = sig;
	p->continued = sig == 0;
	if (parent == NULL)
		return;
	if ((SET(parent, SIGCHLD).flags & SA_NOCLDSTOP) == 0)
		tell_parent(p, SIGCHLD, sig != 0 ? CLD_STOPPED : CLD_CONTINUED, sig != 0 ? sig : SIGCONT);
	wait_wake_all(&parent->wait, 0);
}

/* Process groups that have lost the last one who could continue them are told so, if somebody in them is stopped. */
static void end_orphaned_group(int pgid)
{
	struct process *p;
	bool stopped = false;

	if (!process_group_orphaned(pgid))
		return;
	list_for_each_entry (p, &process_all, all_link)
		stopped |= p->pgid == pgid && p->stopped && p->state == PROCESS_ALIVE;
	if (!stopped)
		return;
	list_for_each_entry (p, &process_all, all_link) {
		if (p->pgid != pgid)
			continue;
		signal_post(p, NULL, SIGHUP);
		signal_post(p, NULL, SIGCONT);
	}
}

static struct process *new_parent(const struct process *p)
{
	struct process *up, *first;

	for (up = p->parent; up != NULL; up = up->parent)
		if (up->subreaper && up->state == PROCESS_ALIVE)
			return up;
	first = process_find(1);
	return first != NULL && first != p && first->state == PROCESS_ALIVE ? first : NULL;
}

/* A zombie that nobody will wait for goes at once. */
static void zombie(struct process *p)
{
	struct process *parent = p->parent;
	bool forget;

	if (p->started)
		return;
	forget = parent == NULL || (p->exit_signal == SIGCHLD && ignores_children(parent));
	if (parent != NULL) {
		if (p->exit_signal != 0 && !(forget && SET(parent, SIGCHLD).handler == (uint64_t)(uintptr_t)SIG_IGN))
			tell_parent(p, p->exit_signal, end_code(p), end_value(p));
		wait_wake_all(&parent->wait, 0);
	}
	if (forget)
		process_free(p);
}

static void give_away(struct process *p)
{
	struct process *c, *next, *to = new_parent(p);

	list_for_each_entry_safe (c, next, &p->children, sibling) {
		list_remove(&c->sibling);
		c->parent = to;
		c->exit_signal = SIGCHLD;
		if (to != NULL)
			list_push_back(&to->children, &c->sibling);
		else
			list_init(&c->sibling);
		if (c->state == PROCESS_ZOMBIE) {
			zombie(c);
			continue;
		}
		if (c->pdeathsig != 0)
			signal_post(c, NULL, (int)c->pdeathsig);
		if (c->pgid != p->pgid)
			end_orphaned_group(c->pgid);
	}
}

void child_release(struct process *p)
{
	struct vfork *v = p->vfork;

	if (v == NULL)
		return;
	p->vfork = NULL;
	v->done = true;
	wait_wake_all(&v->wait, 0);
}

static void ended(struct process *p)
{
	child_release(p);
	give_away(p);
	if (p->parent != NULL)
		end_orphaned_group(p->pgid);
	if (!list_empty(&p->pidfds))
		process_pidfd_hook(p, false);
	zombie(p);
}

/* The largest process that lives, the youngest of several; those that share self's memory count as self. */
static struct process *largest(struct process *self)
{
	struct process *p, *found = self;

	list_for_each_entry (p, &process_all, all_link)
		if (p->state == PROCESS_ALIVE && p->as != NULL && p->as->resident >= found->as->resident &&
		    p->as != self->as)
			found = p;
	return found;
}

static bool make_room(struct process *self)
{
	uint64_t deadline = time_mono() + NSEC_PER_SEC;
	struct process *p = largest(self);
	int pid = p->pid;

	if (p == self)
		return false;
	if ((p->pending.set & SIG_BIT(SIGKILL)) == 0) { /* else it is on its way already */
		log_err("%s (%d): out of memory: it has most, %lu KiB; give the image more with -m",
			LIST_ENTRY(p->tasks.next, struct task, link)->comm, pid, p->as->resident / 1024);
		signal_post(p, NULL, SIGKILL);
	}
	while ((p = process_find(pid)) != NULL && p->as != NULL && time_mono() < deadline)
		thread_yield();
	return true;
}

void child_watch(void)
{
	static const struct process_family_ops ops = {.ended = ended, .stopped = tell_stopped, .make_room = make_room};

	process_family = &ops;
}

/* Waiting. */

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
		r->code = end_code(c);
		r->value = end_value(c);
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
			any = true;
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
