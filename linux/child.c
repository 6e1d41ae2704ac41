/* SPDX-License-Identifier: ISC */
/*
 * Parents and children: what a process's end, stop or going on means to the others. How they wait for it: reap.c.
 *
 * A zombie is freed by whoever waits for it, at once if its parent does not want to know (SIGCHLD ignored, SA_NOCLDWAIT)
 * or if it has none. Orphans go to the nearest ancestor that asked for them, else to process 1, else they have no parent.
 * Processes that the configuration started (`started`) belong to its list (linux/start.c), which frees them.
 */
#include "linux/child.h"

#include "abi/errno.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "linux/signal.h"

#include <asm/param.h>
#include <asm/signal.h>

#define CORE_DUMPED 0x80
#define ROOM_NS     (5 * NSEC_PER_SEC) /* for a killed process to let its memory go */

static const struct sigaction_state *on_child(const struct process *parent)
{
	return &parent->action[SIGCHLD - 1];
}

static bool ignores_children(const struct process *parent)
{
	return on_child(parent)->handler == (uint64_t)(uintptr_t)SIG_IGN ||
	       (on_child(parent)->flags & SA_NOCLDWAIT) != 0;
}

int child_end_code(const struct process *p)
{
	int status = p->exit_status;

	return (status & 0x7f) == 0 ? CLD_EXITED : (status & CORE_DUMPED) != 0 ? CLD_DUMPED : CLD_KILLED;
}

int child_end_value(const struct process *p)
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
	if ((on_child(parent)->flags & SA_NOCLDSTOP) == 0)
		tell_parent(p, SIGCHLD, sig != 0 ? CLD_STOPPED : CLD_CONTINUED, sig != 0 ? sig : SIGCONT);
	wait_wake_all(&parent->wait, 0);
}

/* c has lost its parent, or is lost to it: if that was the last one who could continue c's process group, it is told so, if
 * somebody in it is stopped. */
static void end_orphaned_group(const struct process *c, const struct process *parent)
{
	struct process *p;
	int pgid = c->pgid;
	bool stopped = false;

	if (parent->pgid == pgid || parent->sid != c->sid || !process_group_orphaned(pgid))
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
		if (p->exit_signal != 0 && !(forget && on_child(parent)->handler == (uint64_t)(uintptr_t)SIG_IGN))
			tell_parent(p, p->exit_signal, child_end_code(p), child_end_value(p));
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
		end_orphaned_group(c, p);
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
		end_orphaned_group(p, p->parent);
	if (!list_empty(&p->pidfds))
		process_pidfd_hook(p, false);
	zombie(p);
}

static bool is_dying(const struct process *p)
{
	return p->state == PROCESS_EXITING || (p->pending.set & SIG_BIT(SIGKILL)) != 0;
}

/*
 * Who is to make room for self: one that is about to go anyway, else the largest, the youngest of several; but self if that
 * is not clearly larger, as a parent should not die for its child's copies. For self's own children as large is enough. One
 * that shares self's memory counts as self.
 */
static struct process *victim(struct process *self)
{
	size_t have = self->as->resident, least = list_empty(&self->children) ? have + have / 8 : have - 1;
	struct process *p, *found = self;

	list_for_each_entry (p, &process_all, all_link) { /* in the order in which they were made */
		if (p->as == NULL || p->as == self->as)
			continue;
		if (is_dying(p))
			return p;
		if (p->as->resident > least && (found == self || p->as->resident >= found->as->resident))
			found = p;
	}
	return found;
}

static bool make_room(struct process *self)
{
	uint64_t deadline = time_mono() + ROOM_NS;
	struct process *p = victim(self);
	int pid = p->pid;

	if (p == self)
		return false;
	if (!is_dying(p)) {
		log_err("%s (%d): out of memory: it has most, %lu KiB; give the image more with -m",
			LIST_ENTRY(p->tasks.next, struct task, link)->comm, pid, p->as->resident / 1024);
		signal_post(p, NULL, SIGKILL);
	}
	while ((p = process_find(pid)) != NULL && p->as != NULL && !is_dying(self) && time_mono() < deadline)
		thread_yield();
	return p == NULL || p->as == NULL;
}

void child_watch(void)
{
	static const struct process_family_ops ops = {.ended = ended, .stopped = tell_stopped, .make_room = make_room};

	process_family = &ops;
}
