/* SPDX-License-Identifier: ISC */
/* The system calls about signals. */
#include "abi/errno.h"
#include "linux/calls.h"
#include "linux/regs.h"
#include "linux/sigqueue.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <linux/signal.h>

#define SIGSET_BYTES 8
#define ALTSTACK_MIN 2048

static bool valid(int sig)
{
	return sig >= 1 && sig <= SIG_COUNT;
}

long sys_rt_sigaction(int sig, struct uptr act, struct uptr old, size_t size)
{
	struct process *p = process_current();
	struct sigaction_state new, was;
	bool set = !uptr_null(act);

	if (size != SIGSET_BYTES || !valid(sig) || (set && (SIG_BIT(sig) & SIG_UNBLOCKABLE) != 0))
		return -EINVAL;
	if (set && get_user(new, act) != 0)
		return -EFAULT;
	was = p->action[sig - 1];
	if (set) {
		new.mask &= ~SIG_UNBLOCKABLE;
		p->action[sig - 1] = new;
		signal_drop_ignored(p, sig);
	}
	return uptr_null(old) ? 0 : put_user(old, was);
}

long sys_rt_sigprocmask(int how, struct uptr set, struct uptr old, size_t size)
{
	struct task *t = task_current();
	uint64_t mask, was = t->sigmask;

	if (size != SIGSET_BYTES)
		return -EINVAL;
	if (!uptr_null(set)) {
		if (get_user(mask, set) != 0)
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK: mask |= was; break;
		case SIG_UNBLOCK: mask = was & ~mask; break;
		case SIG_SETMASK: break;
		default: return -EINVAL;
		}
		signal_set_mask(t, mask);
	}
	return uptr_null(old) ? 0 : put_user(old, was);
}

long sys_rt_sigpending(struct uptr set, size_t size)
{
	struct task *t = task_current();
	uint64_t pending = (t->pending.set | t->process->pending.set) & t->sigmask;

	return size > SIGSET_BYTES ? -EINVAL : copy_to_user(set, &pending, size);
}

long sys_restart_syscall(void)
{
	struct restart_block r = task_current()->restart;

	return r.fn != NULL ? r.fn(&r) : -EINTR;
}

static long suspend(void)
{
	struct wait_queue q = WAIT_QUEUE_INIT(q);
	int err = wait_sleep(&q, TIME_NEVER, WAIT_INTERRUPTIBLE);

	(void)err; /* nobody wakes it but a signal */
	return -ERESTARTNOHAND;
}

long sys_pause(void)
{
	return suspend();
}

long sys_rt_sigsuspend(struct uptr set, size_t size)
{
	uint64_t mask;

	if (size != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(mask, set) != 0)
		return -EFAULT;
	signal_mask_for_call(mask);
	return suspend();
}

long sys_rt_sigtimedwait(struct uptr set, struct uptr uinfo, struct uptr timeout, size_t size)
{
	struct wait_queue q = WAIT_QUEUE_INIT(q);
	struct task *t = task_current();
	uint64_t mask, deadline = TIME_NEVER;
	siginfo_t info;
	int sig, err;

	if (size != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(mask, set) != 0)
		return -EFAULT;
	err = timespec_deadline(timeout, &deadline);
	if (err != 0)
		return err;
	mask &= ~SIG_UNBLOCKABLE;
	for (;;) {
		sig = signal_take(t, mask, &info);
		if (sig != 0)
			break;
		/* An interruption that was for nobody must not end the wait. */
		if (t->thread->interrupt && !signal_waiting(t) && t->process->state == PROCESS_ALIVE &&
		    !t->process->stopped)
			thread_clear_interrupt(t->thread);
		t->sig_wait = mask;
		err = wait_sleep(&q, deadline, WAIT_INTERRUPTIBLE);
		t->sig_wait = 0;
		if (err == -ETIMEDOUT) {
			sig = signal_take(t, mask, &info);
			if (sig == 0)
				return -EAGAIN;
			break;
		}
		if (err != -EINTR)
			return err;
		if (((t->pending.set | t->process->pending.set) & mask) == 0 &&
		    (signal_waiting(t) || t->process->state != PROCESS_ALIVE || t->process->stopped))
			return -EINTR;
	}
	if (!uptr_null(uinfo) && put_user(uinfo, info) != 0)
		return -EFAULT;
	return sig;
}

static siginfo_t info_from_us(int code)
{
	siginfo_t info = {.si_code = code};

	info.si_pid = process_current()->pid;
	info.si_uid = process_current()->creds.uid;
	return info;
}

static bool may_signal(const struct process *to, int sig)
{
	const struct process *self = process_current();
	const struct creds *c = &self->creds, *k = &to->creds;

	return c->euid == 0 || to == self || c->euid == k->uid || c->euid == k->suid || c->uid == k->uid ||
	       c->uid == k->suid || (sig == SIGCONT && to->sid == self->sid);
}

static int check(const struct process *p, int sig)
{
	return sig != 0 && !valid(sig) ? -EINVAL : may_signal(p, sig) ? 0 : -EPERM;
}

static long send_to(struct process *p, struct task *t, int sig, const siginfo_t *info)
{
	int err = check(p, sig);

	return err != 0 || sig == 0 ? err : signal_send(p, t, sig, info);
}

/* -1 means all but the first process and the sender. */
static bool meant(const struct process *p, int pid)
{
	const struct process *self = process_current();

	if (pid > 0)
		return p->pid == pid;
	if (pid == -1)
		return p != self && p->pid != 1;
	return p->pgid == (pid == 0 ? self->pgid : -pid);
}

long sys_kill(int pid, int sig)
{
	siginfo_t info = info_from_us(SI_USER);
	struct process *p;
	long r = -ESRCH, one;

	if (pid == INT32_MIN)
		return -ESRCH;
	list_for_each_entry (p, &process_all, all_link) {
		if (!meant(p, pid))
			continue;
		one = send_to(p, NULL, sig, &info);
		if (r != 0)
			r = one;
	}
	return r;
}

static long kill_task(int tgid, int tid, int sig, const siginfo_t *info)
{
	struct process *p;
	struct task *t;

	if (tid <= 0 || tgid == 0 || tgid < -1)
		return -EINVAL;
	t = task_current()->tid == tid ? task_current() : task_find(tid);
	p = t != NULL ? t->process : process_find(tid); /* its first task has ended, and takes nothing any more */
	if (p == NULL || (tgid != -1 && p->pid != tgid))
		return -ESRCH;
	return t != NULL ? send_to(p, t, sig, info) : check(p, sig);
}

long sys_tkill(int tid, int sig)
{
	siginfo_t info = info_from_us(SI_TKILL);

	return kill_task(-1, tid, sig, &info);
}

long sys_tgkill(int tgid, int tid, int sig)
{
	siginfo_t info = info_from_us(SI_TKILL);

	return tgid <= 0 ? -EINVAL : kill_task(tgid, tid, sig, &info);
}

/* Only to itself may a process pretend that the kernel or kill(2) sent it. */
static int get_info(siginfo_t *info, struct uptr uinfo, int sig, int pid)
{
	if (get_user(*info, uinfo) != 0)
		return -EFAULT;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && pid != process_current()->pid)
		return -EPERM;
	info->si_signo = sig;
	return 0;
}

long sys_rt_sigqueueinfo(int pid, int sig, struct uptr uinfo)
{
	siginfo_t info;
	struct process *p = process_find(pid);
	int err = get_info(&info, uinfo, sig, pid);

	if (err != 0)
		return err;
	return p == NULL ? -ESRCH : send_to(p, NULL, sig, &info);
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, struct uptr uinfo)
{
	siginfo_t info;
	int err = get_info(&info, uinfo, sig, tgid);

	if (err != 0)
		return err;
	return tgid <= 0 ? -EINVAL : kill_task(tgid, tid, sig, &info);
}

static bool on_altstack(struct task *t, uintptr_t sp)
{
	return (t->altstack.flags & (SS_DISABLE | SS_AUTODISARM)) == 0 && sp > t->altstack.sp &&
	       sp - t->altstack.sp <= t->altstack.size;
}

long sys_sigaltstack(struct uptr new, struct uptr old)
{
	struct task *t = task_current();
	bool inside = on_altstack(t, regs_sp(arch_trapframe(t->thread)));
	stack_t in, out = {.ss_sp = (void *)t->altstack.sp, .ss_size = t->altstack.size};

	out.ss_flags = (int)t->altstack.flags | (inside ? SS_ONSTACK : 0);
	if (!uptr_null(new)) {
		unsigned mode;

		if (get_user(in, new) != 0)
			return -EFAULT;
		mode = (unsigned)in.ss_flags & ~SS_AUTODISARM;
		if (inside)
			return -EPERM;
		if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
			return -EINVAL;
		if (mode == SS_DISABLE)
			t->altstack = (struct sigaltstack_state){.flags = SS_DISABLE};
		else if (in.ss_size < ALTSTACK_MIN)
			return -ENOMEM;
		else
			t->altstack = (struct sigaltstack_state){(uintptr_t)in.ss_sp, in.ss_size,
								 (unsigned)in.ss_flags & SS_AUTODISARM};
	}
	return uptr_null(old) ? 0 : put_user(old, out);
}
