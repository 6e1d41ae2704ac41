/* SPDX-License-Identifier: ISC */
/* clone and clone3. A thread is made here; a process by linux/fork.c, if that is in the image, else it is -ENOSYS. */
#include "abi/errno.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fork.h"
#include "linux/futex.h"
#include "linux/regs.h"
#include "linux/task.h"

#include <linux/sched.h>

long (*clone_process_hook)(const struct clone_args *a);

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
/* Of a thread, what can be asked for besides; SYSVSEM and DETACHED mean nothing here. */
#define MORE_FLAGS                                                                                                     \
	(CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID |              \
	 CLONE_DETACHED | 0xffu)

/* Frames that a new thread leaves for the others. */
#define FRAMES_LEFT 16u

static void thread_start(void *arg UNUSED)
{
	arch_user_return(arch_trapframe(thread_current()));
}

static long clone_thread(uint64_t flags, uintptr_t sp, uintptr_t parent_tid, uintptr_t child_tid, uintptr_t tls)
{
	struct task *self = task_current(), *t;
	int tid;

	if ((flags & THREAD_FLAGS) != THREAD_FLAGS || (flags & ~(uint64_t)(THREAD_FLAGS | MORE_FLAGS)) != 0)
		return -ENOSYS;
	if (task_total() >= task_limit() || page_available() < FRAMES_LEFT)
		return -EAGAIN;
	futex_watch_exits();
	t = task_create(self->process, thread_start, NULL);
	if (t == NULL)
		return -EAGAIN;
	tid = t->tid;
	strlcpy(t->comm, self->comm, sizeof t->comm);
	t->sigmask = self->sigmask;
	t->nice = self->nice;
	t->thread->slice_ns = self->thread->slice_ns;
	regs_clone(arch_trapframe(t->thread), arch_trapframe(self->thread), sp);
	regs_copy_tls(t, self);
	if ((flags & CLONE_SETTLS) != 0)
		regs_set_tls(t, tls);
	arch_fpu_save(self->thread);
	memcpy(arch_fpu_area(t->thread), arch_fpu_area(self->thread), arch_fpu_size());
	if (((flags & CLONE_PARENT_SETTID) != 0 && put_user(UPTR(parent_tid), tid) != 0) ||
	    ((flags & CLONE_CHILD_SETTID) != 0 && put_user(UPTR(child_tid), tid) != 0)) {
		task_discard(t);
		return -EFAULT;
	}
	if ((flags & CLONE_CHILD_CLEARTID) != 0)
		t->clear_child_tid = child_tid;
	thread_wake(t->thread);
	return tid;
}

static long clone_any(const struct clone_args *a)
{
	if (((a->flags & CLONE_SIGHAND) != 0 && (a->flags & CLONE_VM) == 0) ||
	    ((a->flags & CLONE_THREAD) != 0 && (a->flags & CLONE_SIGHAND) == 0) ||
	    ((a->flags & CLONE_CLEAR_SIGHAND) != 0 && (a->flags & CLONE_SIGHAND) != 0))
		return -EINVAL;
	if ((a->flags & CLONE_THREAD) != 0)
		return clone_thread(a->flags, a->stack, a->parent_tid, a->child_tid, a->tls);
	return clone_process_hook != NULL ? clone_process_hook(a) : -ENOSYS;
}

long sys_clone(unsigned long flags, unsigned long sp, struct uptr parent_tid, struct uptr child_tid, unsigned long tls)
{
	struct clone_args a = {.flags = (uint32_t)flags & ~CSIGNAL,
			       .exit_signal = flags & CSIGNAL,
			       .stack = sp,
			       .parent_tid = parent_tid.addr,
			       .child_tid = child_tid.addr,
			       .pidfd = parent_tid.addr,
			       .tls = tls};

	if ((flags & CLONE_PIDFD) != 0 && (flags & (CLONE_PARENT_SETTID | CLONE_DETACHED)) != 0)
		return -EINVAL;
	return clone_any(&a);
}

long sys_clone3(struct uptr uargs, size_t size)
{
	struct clone_args a = {0};
	uint64_t extra;

	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	if (copy_from_user(&a, uargs, MIN(size, sizeof a)) != 0)
		return -EFAULT;
	for (size_t off = sizeof a; off + sizeof extra <= size; off += sizeof extra) {
		if (get_user(extra, uptr_add(uargs, off)) != 0)
			return -EFAULT;
		if (extra != 0)
			return -E2BIG;
	}
	if ((a.stack == 0) != (a.stack_size == 0) || (a.flags & (CLONE_DETACHED | CSIGNAL)) != 0 ||
	    ((a.flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && a.exit_signal != 0))
		return -EINVAL;
	if (a.set_tid_size != 0 || (a.flags & CLONE_INTO_CGROUP) != 0)
		return -ENOSYS;
	a.stack += a.stack_size;
	return clone_any(&a);
}
