/* SPDX-License-Identifier: ISC */
/*
 * Job control: controlling terminals, the foreground process group, hanging up. A terminal knows its session by number,
 * so that processes need not know theirs: fork and setsid have nothing to do. Source: credentials(7), tty_ioctl(2).
 */
#include <asm/ioctls.h>
#include <linux/signal.h>

#include "abi/errno.h"
#include "kernel/init.h"
#include "linux/signal.h"
#include "linux/task.h"
#include "linux/tty.h"

extern struct list tty_all;

static struct tty *of_session(int sid, bool hung_up)
{
	struct tty *t;

	list_for_each_entry (t, &tty_all, link)
		if (t->sid == sid && sid != 0 && (hung_up || !t->hung_up))
			return t;
	return NULL;
}

struct tty *tty_controlling(void)
{
	return of_session(process_current()->sid, false);
}

static void signal_group(int pgid, int sig)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pgid == pgid)
			signal_post(p, NULL, sig);
}

void tty_signal(const struct tty *t, int sig)
{
	if (t->pgrp != 0)
		signal_group(t->pgrp, sig);
}

int tty_job_check(struct tty *t, int sig)
{
	struct process *p = process_current();

	if (t->hung_up || t->pgrp == 0 || t->sid != p->sid || t->pgrp == p->pgid)
		return 0;
	if ((task_current()->sigmask & SIG_BIT(sig)) != 0 || p->action[sig - 1].handler == (uint64_t)(uintptr_t)SIG_IGN)
		return sig == SIGTTIN ? -EIO : 0;
	if (process_group_orphaned(p->pgid))
		return -EIO;
	signal_group(p->pgid, sig);
	return -ERESTARTSYS;
}

/* leader NULL: the current process, if it is one that has no terminal, and nobody has this one. */
void tty_acquire(struct tty *t, struct process *leader)
{
	if (leader == NULL) {
		leader = process_current();
		if (leader->pid != leader->sid || t->sid != 0 || of_session(leader->sid, false) != NULL)
			return;
	}
	t->sid = leader->sid;
	t->pgrp = leader->pgid;
	t->boot = false;
}

static void give_up(struct tty *t)
{
	t->sid = t->pgrp = 0;
	t->boot = false;
}

void tty_hang_up(struct tty *t)
{
	struct process *p = t->sid != 0 ? process_find(t->sid) : NULL;

	if (t->hung_up)
		return;
	t->hung_up = true;
	t->head = t->line = t->tail;
	if (t->boot)
		tty_signal(t, SIGHUP);
	else if (p != NULL) {
		signal_post(p, NULL, SIGHUP);
		signal_post(p, NULL, SIGCONT);
	}
	wait_wake_all(&t->wait, 0);
}

/* A session without its leader has no terminal; what ran in the foreground is told. */
static void session_ended(struct process *leader)
{
	struct tty *t = of_session(leader->sid, true);

	if (t == NULL || t->boot)
		return;
	tty_signal(t, SIGHUP);
	if (t->hung_up)
		tty_signal(t, SIGCONT);
	give_up(t);
}

static long set_controlling(struct tty *t, uintptr_t steal)
{
	struct process *p = process_current();

	if (p->pid == p->sid && t->sid == p->sid)
		return 0;
	if (p->pid != p->sid || tty_controlling() != NULL || (t->sid != 0 && (steal != 1 || p->creds.euid != 0)))
		return -EPERM;
	tty_acquire(t, p);
	return 0;
}

static long leave(struct tty *t)
{
	struct process *p = process_current();

	if (t->sid != p->sid)
		return -ENOTTY;
	/* One process alone cannot be without its session's. */
	if (p->pid != p->sid)
		return -EPERM;
	tty_signal(t, SIGHUP);
	tty_signal(t, SIGCONT);
	give_up(t);
	return 0;
}

static long set_foreground(struct tty *t, uintptr_t arg)
{
	struct process *p;
	int pgrp, err = tty_job_check(t, SIGTTOU);
	bool found = false;

	if (err != 0)
		return err == -EIO ? -ENOTTY : err;
	if (t->sid != process_current()->sid)
		return -ENOTTY;
	if (get_user(pgrp, UPTR(arg)) != 0)
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	list_for_each_entry (p, &process_all, all_link) {
		if (p->pgid != pgrp)
			continue;
		if (p->sid != t->sid)
			return -EPERM;
		found = true;
	}
	if (!found)
		return -ESRCH;
	t->pgrp = pgrp;
	return 0;
}

long tty_job_ioctl(struct tty *t, unsigned cmd, uintptr_t arg, bool slave)
{
	if (slave && (cmd == TIOCGPGRP || cmd == TIOCGSID) && t->sid != process_current()->sid)
		return -ENOTTY;
	switch (cmd) {
	case TIOCGPGRP: return put_user(UPTR(arg), t->pgrp);
	case TIOCGSID: return t->sid == 0 ? -ENOTTY : put_user(UPTR(arg), t->sid);
	case TIOCSPGRP: return set_foreground(t, arg);
	case TIOCSCTTY: return slave ? set_controlling(t, arg) : -EIO;
	case TIOCNOTTY: return leave(t);
	}
	return -ENOTTY;
}

static void job_init(void)
{
	session_end_hook = session_ended;
}
INIT(INIT_FS, job_init);
