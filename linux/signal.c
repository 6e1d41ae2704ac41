/* SPDX-License-Identifier: ISC */
/*
 * Sending signals. Pending ones are a bit set and a queue of details; a bit without an entry is one for which there was
 * no memory. Whoever may take a new signal is interrupted: its thread wakes and looks on its way out (sigdeliver.c).
 */
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/personality.h"
#include "linux/sigqueue.h"
#include "linux/task.h"

#include <asm/resource.h>
#include <asm/signal.h>

#define STOP_SIGNALS (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define REALTIME_MIN 32

bool signal_all_come;
struct wait_queue signal_arrived = WAIT_QUEUE_INIT(signal_arrived);
void (*signal_timer_taken)(const siginfo_t *info);

void signal_pending_init(struct sigpending *p)
{
	p->set = 0;
	p->count = 0;
	list_init(&p->queue);
}

static void remove_set(struct sigpending *p, uint64_t set)
{
	struct sigqueue *q, *next;

	if ((p->set & set) == 0)
		return;
	p->set &= ~set;
	list_for_each_entry_safe (q, next, &p->queue, link) {
		if ((SIG_BIT(q->info.si_signo) & set) != 0) {
			list_remove(&q->link);
			p->count--;
			kfree(q);
		}
	}
}

void signal_pending_flush(struct sigpending *p)
{
	remove_set(p, UINT64_MAX);
}

static void remove_everywhere(struct process *p, uint64_t set)
{
	struct task *t;

	remove_set(&p->pending, set);
	list_for_each_entry (t, &p->tasks, link)
		remove_set(&t->pending, set);
}

bool signal_default_ignored(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

bool signal_default_stops(int sig)
{
	return (STOP_SIGNALS & SIG_BIT(sig)) != 0;
}

static bool ignored(struct process *p, int sig)
{
	uint64_t handler = p->action[sig - 1].handler;

	return !signal_all_come &&
	       (handler == (uint64_t)(uintptr_t)SIG_IGN || (handler == 0 && signal_default_ignored(sig)));
}

void signal_drop_ignored(struct process *p, int sig)
{
	if (ignored(p, sig))
		remove_everywhere(p, SIG_BIT(sig));
}

static bool wants(struct task *t, int sig)
{
	return (t->sigmask & SIG_BIT(sig)) == 0 || (t->sig_wait & SIG_BIT(sig)) != 0;
}

static void interrupt_one(struct process *p, int sig)
{
	struct task *t;

	/* The current one first: no switch is needed. */
	if (thread_current()->task != NULL && process_current() == p && wants(task_current(), sig)) {
		thread_interrupt(thread_current());
		return;
	}
	list_for_each_entry (t, &p->tasks, link) {
		if (wants(t, sig)) {
			thread_interrupt(t->thread);
			return;
		}
	}
}

void signal_retarget(struct process *p, uint64_t set)
{
	set &= p->pending.set;
	for (int sig = 1; set != 0; sig++, set >>= 1)
		if ((set & 1) != 0)
			interrupt_one(p, sig);
}

static void resume(struct process *p, int sig)
{
	if (!p->stopped)
		return;
	p->stopped = false;
	p->stop_signal = 0;
	wait_wake_all(&p->stop_wait, 0);
	if (sig == SIGCONT && process_family != NULL)
		process_family->stopped(p, 0);
}

/* The limit holds for each queue: what a program can make the kernel keep is bounded by its threads. */
static bool queue_full(const struct process *p, const struct sigpending *to)
{
	return to->count >= p->rlimit[RLIMIT_SIGPENDING].cur;
}

int signal_send(struct process *p, struct task *t, int sig, const siginfo_t *info)
{
	struct sigpending *to;
	struct sigqueue *q;
	bool blocked;

	if (p->state != PROCESS_ALIVE || (p->pending.set & SIG_BIT(SIGKILL)) != 0)
		return 0; /* a stop would keep it from dying */
	if (sig == SIGKILL)
		t = NULL;
	to = t != NULL ? &t->pending : &p->pending;
	if (sig == SIGCONT || sig == SIGKILL) {
		remove_everywhere(p, STOP_SIGNALS);
		resume(p, sig);
	} else if (signal_default_stops(sig)) {
		remove_everywhere(p, SIG_BIT(SIGCONT));
	}
	blocked = t != NULL && ((t->sigmask | t->sig_wait) & SIG_BIT(sig)) != 0;
	if (t == NULL && ignored(p, sig)) {
		struct task *each;

		list_for_each_entry (each, &p->tasks, link)
			blocked |= ((each->sigmask | each->sig_wait) & SIG_BIT(sig)) != 0;
	}
	if (ignored(p, sig) && !blocked)
		return 0;
	if (sig < REALTIME_MIN && (to->set & SIG_BIT(sig)) != 0)
		return 0;
	q = queue_full(p, to) ? NULL : kmalloc(sizeof *q);
	if (q == NULL && sig >= REALTIME_MIN && info != NULL && info->si_code != SI_USER)
		return -EAGAIN;
	if (q != NULL) {
		if (info != NULL)
			q->info = *info;
		else
			q->info = (siginfo_t){.si_code = SI_KERNEL};
		q->info.si_signo = sig;
		list_push_back(&to->queue, &q->link);
		to->count++;
	}
	to->set |= SIG_BIT(sig);
	wait_wake_all(&signal_arrived, 0);
	if (t == NULL)
		interrupt_one(p, sig);
	else if (wants(t, sig))
		thread_interrupt(t->thread);
	return 0;
}

void signal_post(struct process *p, struct task *t, int sig)
{
	int lost = signal_send(p, t, sig, NULL);

	(void)lost;
}

void signal_own(int sig)
{
	struct process *p = process_current();
	int lost = signal_send(p, task_current(), sig, &(siginfo_t){.si_pid = p->pid, .si_uid = p->creds.uid});

	(void)lost;
}

void personality_host_signal(int sig)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		signal_post(p, NULL, sig);
}

void signal_force(int sig, int code, uintptr_t addr)
{
	struct task *t = task_current();
	struct sigaction_state *act = &t->process->action[sig - 1];
	siginfo_t info = {.si_signo = sig, .si_code = code};
	int lost;

	info.si_addr = (void *)addr;
	if ((t->sigmask & SIG_BIT(sig)) != 0 || act->handler == (uint64_t)(uintptr_t)SIG_IGN) {
		act->handler = 0;
		t->sigmask &= ~SIG_BIT(sig);
	}
	lost = signal_send(t->process, t, sig, &info);
	(void)lost;
}

bool signal_waiting(struct task *t)
{
	return ((t->pending.set | t->process->pending.set) & ~t->sigmask) != 0;
}

/* Signals that a fault causes come before others. */
static int first(uint64_t set)
{
	const uint64_t faults =
	    SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGFPE) | SIG_BIT(SIGSYS);

	if ((set & SIG_BIT(SIGKILL)) != 0)
		return SIGKILL;
	return __builtin_ctzll((set & faults) != 0 ? set & faults : set) + 1;
}

static int take(struct sigpending *p, uint64_t set, siginfo_t *info)
{
	struct sigqueue *q, *next;
	bool found = false;
	int sig;

	set &= p->set;
	if (set == 0)
		return 0;
	sig = first(set);
	*info = (siginfo_t){.si_signo = sig, .si_code = SI_USER};
	p->set &= ~SIG_BIT(sig);
	list_for_each_entry_safe (q, next, &p->queue, link) {
		if (q->info.si_signo != sig)
			continue;
		if (found) {
			p->set |= SIG_BIT(sig);
			break;
		}
		found = true;
		*info = q->info;
		list_remove(&q->link);
		p->count--;
		kfree(q);
	}
	return sig;
}

int signal_take(struct task *t, uint64_t set, siginfo_t *info)
{
	struct sigpending *all = &t->process->pending;
	int sig = (all->set & set & SIG_BIT(SIGKILL)) != 0 ? 0 : take(&t->pending, set, info);

	if (sig == 0)
		sig = take(all, set, info);
	if (sig != 0 && info->si_code == SI_TIMER && signal_timer_taken != NULL)
		signal_timer_taken(info);
	return sig;
}

void signal_set_mask(struct task *t, uint64_t mask)
{
	uint64_t newly = mask & ~t->sigmask;

	t->sigmask = mask & ~SIG_UNBLOCKABLE;
	if (signal_waiting(t))
		thread_interrupt(t->thread);
	if ((newly & t->process->pending.set) != 0)
		signal_retarget(t->process, newly);
}

void signal_mask_for_call(uint64_t mask)
{
	struct task *t = task_current();

	t->saved_mask = t->sigmask;
	t->mask_saved = true;
	signal_set_mask(t, mask);
}

void signal_mask_call_done(void)
{
	struct task *t = task_current();

	if (t->mask_saved) {
		t->mask_saved = false;
		signal_set_mask(t, t->saved_mask);
	}
}
