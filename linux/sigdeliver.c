/* SPDX-License-Identifier: ISC */
/*
 * Delivery, on the way out to the program: default actions, handlers, restarted calls. All that wants a thread's
 * attention sets thread->interrupt; here it is cleared first, so that what comes meanwhile is looked at again.
 */
#include "abi/errno.h"
#include "kernel/personality.h"
#include "linux/regs.h"
#include "linux/sigqueue.h"
#include "linux/syscall.h"
#include "linux/task.h"

#include <asm/signal.h>

#define CORE_SIGNALS                                                                                                   \
	(SIG_BIT(SIGQUIT) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGABRT) | SIG_BIT(SIGBUS) |                  \
	 SIG_BIT(SIGFPE) | SIG_BIT(SIGSEGV) | SIG_BIT(SIGXCPU) | SIG_BIT(SIGXFSZ) | SIG_BIT(SIGSYS))

#define WAIT_CORE 0x80 /* WCOREDUMP */

bool (*core_dump_hook)(const struct trapframe *tf, int sig, const siginfo_t *info);

bool personality_pending(void)
{
	return thread_current()->interrupt;
}

/* The process ends, or another thread of it is in execve. */
static bool doomed(const struct task *t)
{
	const struct process *p = t->process;

	return p->state != PROCESS_ALIVE || (p->exec_task != NULL && p->exec_task != t);
}

static void stay_stopped(struct process *p)
{
	int err = wait_event(&p->stop_wait, !p->stopped || doomed(task_current()), TIME_NEVER, 0);

	(void)err; /* neither a deadline nor interruptible */
}

static void stop(struct process *p, int sig)
{
	struct task *t;

	/* Whoever could continue it must be there: but for SIGSTOP, a group that nobody looks after does not stop. */
	if (sig != SIGSTOP && process_group_orphaned(p->pgid))
		return;
	p->stopped = true;
	if (process_family != NULL)
		process_family->stopped(p, sig);
	list_for_each_entry (t, &p->tasks, link)
		thread_interrupt(t->thread);
	stay_stopped(p);
}

NORETURN static void terminate(struct trapframe *tf, int sig, const siginfo_t *info)
{
	if ((CORE_SIGNALS & SIG_BIT(sig)) != 0 && sig != SIGQUIT)
		crash_report(tf, sig, info);
	if ((CORE_SIGNALS & SIG_BIT(sig)) != 0 && core_dump_hook != NULL && core_dump_hook(tf, sig, info))
		sig |= WAIT_CORE;
	process_exit(sig);
}

/* What becomes of an interrupted call when a handler runs (act) or none does (NULL). */
static void finish_call(struct trapframe *tf, const struct sigaction_state *act)
{
	long r;

	if (!regs_call_result(tf, &r))
		return;
	switch (r) {
	case -ERESTARTSYS:
		if (act != NULL && (act->flags & SA_RESTART) == 0)
			regs_set_call_result(tf, -EINTR);
		else
			regs_restart_call(tf);
		break;
	case -ERESTARTNOHAND:
		if (act != NULL)
			regs_set_call_result(tf, -EINTR);
		else
			regs_restart_call(tf);
		break;
	case -ERESTART_RESTARTBLOCK:
		if (act != NULL)
			regs_set_call_result(tf, -EINTR);
		else
			regs_restart_block(tf);
		break;
	}
}

static void handle(struct trapframe *tf, struct task *t, int sig, const siginfo_t *info)
{
	struct sigaction_state *slot = &t->process->action[sig - 1], act = *slot;
	uint64_t old = t->mask_saved ? t->saved_mask : t->sigmask;

	finish_call(tf, &act);
	if ((act.flags & SA_RESETHAND) != 0)
		slot->handler = 0;
	if (frame_push(tf, t, sig, info, &act, old) != 0) {
		/* No room for the frame: as Linux, SIGSEGV, and if that was it, by default. */
		if (sig == SIGSEGV)
			slot->handler = 0;
		signal_force(SIGSEGV, SI_KERNEL, 0);
		return;
	}
	t->mask_saved = false;
	signal_set_mask(t, t->sigmask | act.mask | ((act.flags & SA_NODEFER) != 0 ? 0 : SIG_BIT(sig)));
}

/* True when a handler was entered or the state changed so that the rest must be looked at again. */
static bool deliver_one(struct trapframe *tf, struct task *t)
{
	struct process *p = t->process;
	struct syscall_watcher *w;
	siginfo_t info;
	uint64_t handler;
	int sig = signal_take(t, ~t->sigmask, &info);

	if (sig == 0)
		return false;
	handler = p->action[sig - 1].handler;
	list_for_each_entry (w, &syscall_watchers, link)
		if (w->signal != NULL)
			w->signal(t, sig, &info);
	if (handler == (uint64_t)(uintptr_t)SIG_IGN || (handler == 0 && signal_default_ignored(sig)))
		return true;
	if (handler != 0)
		handle(tf, t, sig, &info);
	else if (signal_default_stops(sig))
		stop(p, sig);
	else
		terminate(tf, sig, &info);
	return true;
}

void personality_return(struct trapframe *tf)
{
	struct task *t = task_current();
	struct process *p = t->process;

	do {
		thread_clear_interrupt(t->thread);
		if (doomed(t))
			task_exit(0);
		if (p->stopped)
			stay_stopped(p);
		while (deliver_one(tf, t))
			if (doomed(t))
				task_exit(0);
		finish_call(tf, NULL);
		signal_mask_call_done();
	} while (t->thread->interrupt);
}
