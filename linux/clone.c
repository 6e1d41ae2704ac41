/* SPDX-License-Identifier: ISC */
/* Threads: clone and clone3 with what a thread shares. What would make another process is -ENOSYS. */
#include "abi/errno.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/futex.h"
#include "linux/regs.h"
#include "linux/task.h"

#include <linux/sched.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
/* Of a thread, what can be asked for besides; SYSVSEM and DETACHED mean nothing here. */
#define MORE_FLAGS                                                                                                     \
	(CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID |              \
	 CLONE_DETACHED | 0xffu)

static void thread_start(void *arg UNUSED)
{
	arch_user_return(arch_trapframe(thread_current()));
}

static long clone_thread(uint64_t flags, uintptr_t sp, uintptr_t parent_tid, uintptr_t child_tid, uintptr_t tls)
{
	struct task *self = task_current(), *t;
	int tid;

	if (((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0) ||
	    ((flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0))
		return -EINVAL;
	if ((flags & THREAD_FLAGS) != THREAD_FLAGS || (flags & ~(uint64_t)(THREAD_FLAGS | MORE_FLAGS)) != 0)
		return -ENOSYS;
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
	regs_set_tls(t, (flags & CLONE_SETTLS) != 0 ? tls : regs_tls(self));
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

long sys_clone(unsigned long flags, unsigned long sp, struct uptr parent_tid, struct uptr child_tid, unsigned long tls)
{
	return clone_thread(flags, sp, parent_tid.addr, child_tid.addr, tls);
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
	if ((a.stack == 0) != (a.stack_size == 0) || (a.flags & (CLONE_DETACHED | 0xff)) != 0)
		return -EINVAL;
	if (a.set_tid_size != 0)
		return -ENOSYS;
	return clone_thread(a.flags, a.stack + a.stack_size, a.parent_tid, a.child_tid, a.tls);
}
