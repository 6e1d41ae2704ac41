/* SPDX-License-Identifier: ISC */
/* The scheduling calls: one CPU, one policy. What asks for another policy or CPU is refused. */
#include "abi/errno.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <linux/sched.h>

#define CPU_MASK_BYTES 8u
#define SLICE_NS       (10 * 1000 * 1000)

static struct task *find(int tid)
{
	return tid == 0 ? task_current() : task_find(tid);
}

long sys_sched_yield(void)
{
	thread_yield();
	return 0;
}

long sys_sched_getaffinity(int tid, size_t size, struct uptr mask)
{
	uint64_t cpus = 1;

	if (size < CPU_MASK_BYTES || size % sizeof cpus != 0)
		return -EINVAL;
	if (find(tid) == NULL)
		return -ESRCH;
	return put_user(mask, cpus) != 0 ? -EFAULT : (long)CPU_MASK_BYTES;
}

long sys_sched_setaffinity(int tid, size_t size, struct uptr mask)
{
	uint64_t cpus = 0;

	if (copy_from_user(&cpus, mask, MIN(size, sizeof cpus)) != 0)
		return -EFAULT;
	if (find(tid) == NULL)
		return -ESRCH;
	return (cpus & 1) != 0 ? 0 : -EINVAL;
}

long sys_getcpu(struct uptr cpu, struct uptr node, struct uptr cache UNUSED)
{
	unsigned zero = 0;

	if (!uptr_null(cpu) && put_user(cpu, zero) != 0)
		return -EFAULT;
	return !uptr_null(node) && put_user(node, zero) != 0 ? -EFAULT : 0;
}

long sys_sched_getscheduler(int tid)
{
	return tid < 0 ? -EINVAL : find(tid) == NULL ? -ESRCH : SCHED_NORMAL;
}

long sys_sched_getparam(int tid, struct uptr param)
{
	int priority = 0;

	if (tid < 0 || uptr_null(param))
		return -EINVAL;
	return find(tid) == NULL ? -ESRCH : put_user(param, priority);
}

long sys_sched_setscheduler(int tid, int policy, struct uptr param)
{
	int priority;

	if (tid < 0 || uptr_null(param))
		return -EINVAL;
	if (find(tid) == NULL)
		return -ESRCH;
	if (get_user(priority, param) != 0)
		return -EFAULT;
	switch (policy & ~SCHED_RESET_ON_FORK) {
	case SCHED_NORMAL:
	case SCHED_BATCH: return priority == 0 ? 0 : -EINVAL;
	case SCHED_FIFO:
	case SCHED_RR: return priority >= 1 && priority <= 99 ? -EPERM : -EINVAL;
	default: return -EINVAL;
	}
}

long sys_sched_setparam(int tid, struct uptr param)
{
	return sys_sched_setscheduler(tid, SCHED_NORMAL, param);
}

static long limit(int policy, int realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR: return realtime;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE: return 0;
	default: return -EINVAL;
	}
}

long sys_sched_get_priority_max(int policy)
{
	return limit(policy, 99);
}

long sys_sched_get_priority_min(int policy)
{
	return limit(policy, 1);
}

long sys_sched_rr_get_interval(int tid, struct uptr interval)
{
	struct user_timespec ts = timespec_from_ns(SLICE_NS);

	if (tid < 0)
		return -EINVAL;
	return find(tid) == NULL ? -ESRCH : put_user(interval, ts);
}
