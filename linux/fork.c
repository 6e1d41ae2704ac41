/* SPDX-License-Identifier: ISC */
/*
 * New processes: fork, vfork, and clone without CLONE_THREAD. A child has a copy of what its parent has, or with the
 * CLONE_ flags the same address space or descriptors. It is made whole before it becomes known to anybody: what fails
 * leaves no trace.
 */
#include "linux/fork.h"

#include "abi/errno.h"
#include "fs/groups.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/child.h"
#include "linux/fd.h"
#include "linux/pidfd.h"
#include "linux/regs.h"

#include <asm/resource.h>
#include <asm/signal.h>
#include <linux/sched.h>

#define NAMESPACES                                                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |   \
	 CLONE_NEWTIME)
/* What processes cannot share here: -ENOSYS. */
#define UNSHARED (CLONE_FS | CLONE_SIGHAND)
/* Frames that a fork leaves for the others. */
#define FRAMES_LEFT 32u

static int check(const struct clone_args *a)
{
	const uint64_t known = CLONE_VM | CLONE_FILES | CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | CLONE_SYSVSEM |
			       CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED |
			       CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND | CLONE_PIDFD;
	const struct process *self = process_current();

	if ((a->flags & NAMESPACES) != 0 || a->exit_signal > SIG_COUNT ||
	    ((a->flags & CLONE_PARENT) != 0 && self->parent == NULL))
		return -EINVAL;
	if ((a->flags & UNSHARED) != 0 || (a->flags & ~known) != 0 ||
	    ((a->flags & CLONE_PIDFD) != 0 && pidfd_hook == NULL))
		return -ENOSYS;
	return 0;
}

/* Processes of the current user. */
static uint64_t count_own(uint32_t uid)
{
	struct process *p;
	uint64_t n = 0;

	list_for_each_entry (p, &process_all, all_link)
		if (p->creds.uid == uid)
			n += MAX(p->task_count, 1u);
	return n;
}

static int check_limits(const struct process *self)
{
	if (process_count() >= process_limit() || task_total() >= task_limit())
		return -EAGAIN;
	if (self->creds.uid != 0 && self->creds.euid != 0 &&
	    count_own(self->creds.uid) >= self->rlimit[RLIMIT_NPROC].cur)
		return -EAGAIN;
	return page_available() < FRAMES_LEFT ? -ENOMEM : 0;
}

static void inherit(struct process *c, const struct process *p, bool clear_handlers)
{
	c->umask = p->umask;
	memcpy(c->action, p->action, sizeof c->action);
	for (unsigned i = 0; i < SIG_COUNT && clear_handlers; i++)
		if (c->action[i].handler != (uint64_t)(uintptr_t)SIG_IGN)
			memset(&c->action[i], 0, sizeof c->action[i]);
	memcpy(c->rlimit, p->rlimit, sizeof c->rlimit);
	c->creds = p->creds;
	groups_get(c->creds.groups);
	c->dumpable = p->dumpable;
	c->no_new_privs = p->no_new_privs;
}

/* Memory, files, places; what was done is undone by discard. */
static int copy(struct process *c, struct process *p, uint64_t flags)
{
	int err = 0;

	c->exe = p->exe == NULL ? NULL : kstrdup(p->exe);
	if (c->exe == NULL && p->exe != NULL)
		return -ENOMEM;
	if ((flags & CLONE_FILES) != 0)
		fd_table_get(c->fds = p->fds);
	else
		c->fds = fd_table_copy(p->fds);
	if (c->fds == NULL)
		return -ENOMEM;
	if (process_fs != NULL)
		err = process_fs->start(c, p, NULL);
	if (err != 0)
		return err;
	if ((flags & CLONE_VM) == 0)
		return vm_fork(p->as, &c->as);
	vm_prepare_forks();
	vm_get(c->as = p->as);
	return 0;
}

static void discard(struct process *c)
{
	if (c->as != NULL)
		vm_put(c->as);
	if (c->root != NULL)
		process_fs->end(c);
	if (c->fds != NULL)
		fd_table_discard(c->fds);
	process_free(c);
}

static void thread_start(void *arg UNUSED)
{
	arch_user_return(arch_trapframe(thread_current()));
}

static struct task *first_task(struct process *c, const struct clone_args *a)
{
	struct task *self = task_current(), *t = task_create(c, thread_start, NULL);

	if (t == NULL)
		return NULL;
	strlcpy(t->comm, self->comm, sizeof t->comm);
	t->sigmask = self->sigmask;
	t->nice = self->nice;
	t->thread->slice_ns = self->thread->slice_ns;
	if ((a->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
		t->altstack = self->altstack;
	regs_clone(arch_trapframe(t->thread), arch_trapframe(self->thread), a->stack);
	regs_copy_tls(t, self);
	if ((a->flags & CLONE_SETTLS) != 0)
		regs_set_tls(t, a->tls);
	arch_fpu_save(self->thread);
	memcpy(arch_fpu_area(t->thread), arch_fpu_area(self->thread), arch_fpu_size());
	if ((a->flags & CLONE_CHILD_CLEARTID) != 0)
		t->clear_child_tid = a->child_tid;
	return t;
}

/* As on Linux a bad address is not told to anybody. */
static void put_tids(const struct task *t, const struct clone_args *a)
{
	int lost = 0;

	if ((a->flags & CLONE_CHILD_SETTID) != 0 && a->child_tid < UINTPTR_MAX - sizeof t->tid)
		lost = vm_write(t->process->as, a->child_tid, &t->tid, sizeof t->tid);
	if ((a->flags & CLONE_PARENT_SETTID) != 0)
		lost = put_user(UPTR(a->parent_tid), t->tid);
	(void)lost;
}

static int put_pidfd(struct process *c, uintptr_t to)
{
	int fd = pidfd_hook->create(c, 0), err, lost;

	if (fd < 0)
		return fd;
	err = put_user(UPTR(to), fd);
	if (err != 0) {
		lost = fd_close(fd);
		(void)lost; /* of a file that was just made */
	}
	return err;
}

static bool killed(const struct task *t)
{
	const struct process *p = t->process;

	return (p->pending.set & SIG_BIT(SIGKILL)) != 0 || p->state != PROCESS_ALIVE ||
	       (p->exec_task != NULL && p->exec_task != t);
}

/* Sleeps until the child has let our memory go. Other signals than a kill wait. */
static void wait_vfork(struct process *c)
{
	struct task *self = task_current();
	struct vfork *v = c->vfork;
	bool interrupted = false;

	thread_wake(LIST_ENTRY(c->tasks.next, struct task, link)->thread);
	while (!v->done && !killed(self)) {
		interrupted |= self->thread->interrupt;
		thread_clear_interrupt(self->thread);
		if (wait_sleep(&v->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			interrupted = true;
	}
	if (!v->done)
		c->vfork = NULL;
	if (interrupted)
		thread_interrupt(self->thread);
}

static long clone_process(const struct clone_args *a)
{
	struct process *self = process_current(), *c;
	struct task *t = NULL;
	struct vfork v = {.done = false};
	int err = check(a), pid;

	if (err == 0)
		err = check_limits(self);
	if (err != 0)
		return err;
	child_watch();
	c = process_create((a->flags & CLONE_PARENT) != 0 ? self->parent : self);
	if (c == NULL)
		return -ENOMEM;
	c->pgid = self->pgid;
	c->sid = self->sid;
	c->exit_signal = (int)a->exit_signal;
	if ((a->flags & CLONE_PARENT) != 0)
		c->exit_signal = self->exit_signal;
	inherit(c, self, (a->flags & CLONE_CLEAR_SIGHAND) != 0);
	err = copy(c, self, a->flags);
	if (err == 0) {
		t = first_task(c, a);
		err = t == NULL ? -ENOMEM : 0;
	}
	if (err == 0 && (a->flags & CLONE_PIDFD) != 0) {
		err = put_pidfd(c, a->pidfd);
		if (err != 0)
			task_discard(t);
	}
	if (err != 0) {
		discard(c);
		return err;
	}
	put_tids(t, a);
	pid = c->pid;
	if ((a->flags & CLONE_VFORK) == 0) {
		thread_wake(t->thread);
		return pid;
	}
	wait_queue_init(&v.wait);
	c->vfork = &v;
	wait_vfork(c);
	return pid;
}

long sys_fork(void)
{
	const struct clone_args a = {.exit_signal = SIGCHLD};

	return clone_process(&a);
}

long sys_vfork(void)
{
	const struct clone_args a = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};

	return clone_process(&a);
}

static void fork_init(void)
{
	clone_process_hook = clone_process;
}
INIT(INIT_LATE, fork_init);
