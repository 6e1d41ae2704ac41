/* SPDX-License-Identifier: ISC */
/* The scheduling calls: one CPU, one policy. What asks for another policy or CPU is refused. */
#include "abi/errno.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <linux/resource.h>
#include <linux/sched.h>

#define CPU_MASK_BYTES 8u
#define NICE_RANGE     20 /* nice goes from -20 to 19 */

/* A process is there until somebody has waited for it, whether its first task is or not. */
static bool exists(int tid)
{
	return tid == 0 || task_find(tid) != NULL || process_find(tid) != NULL;
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
	if (!exists(tid))
		return -ESRCH;
	return put_user(mask, cpus) != 0 ? -EFAULT : (long)CPU_MASK_BYTES;
}

long sys_sched_setaffinity(int tid, size_t size, struct uptr mask)
{
	uint64_t cpus = 0;

	if (copy_from_user(&cpus, mask, MIN(size, sizeof cpus)) != 0)
		return -EFAULT;
	if (!exists(tid))
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
	return tid < 0 ? -EINVAL : !exists(tid) ? -ESRCH : SCHED_NORMAL;
}

long sys_sched_getparam(int tid, struct uptr param)
{
	int priority = 0;

	if (tid < 0 || uptr_null(param))
		return -EINVAL;
	return !exists(tid) ? -ESRCH : put_user(param, priority);
}

long sys_sched_setscheduler(int tid, int policy, struct uptr param)
{
	int priority;

	if (tid < 0 || uptr_null(param))
		return -EINVAL;
	if (!exists(tid))
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
	struct task *t = tid == 0 ? task_current() : task_find(tid);
	struct user_timespec ts;

	if (tid < 0)
		return -EINVAL;
	if (!exists(tid))
		return -ESRCH;
	ts = timespec_from_ns(t == NULL ? THREAD_SLICE_NS : t->thread->slice_ns);
	return put_user(interval, ts);
}

/* nice is the length of a thread's turn: 20 to 1 twentieths of the common one for 0 to 19, up to twice as long below 0. */
static void set_nice(struct task *t, int nice)
{
	t->nice = nice;
	t->thread->slice_ns = THREAD_SLICE_NS / NICE_RANGE * (uint64_t)(NICE_RANGE - nice);
}

static bool meant(const struct process *p, int tid, int which, int who)
{
	switch (which) {
	case PRIO_PROCESS: return tid == (who != 0 ? who : task_current()->tid);
	case PRIO_PGRP: return p->pgid == (who != 0 ? who : process_current()->pgid);
	default: return p->creds.uid == (who != 0 ? (uint32_t)who : process_current()->creds.uid);
	}
}

/* Sets nice (or only looks, for NICE_RANGE) of t, or of p's first task that has ended; *best: the lowest so far, as 20 - nice. */
static int each(struct process *p, struct task *t, int nice, long *best)
{
	int was = t != NULL ? t->nice : p->nice, now = nice < NICE_RANGE ? nice : was;

	if (nice < was && process_current()->creds.euid != 0)
		return -EACCES;
	if (t != NULL)
		set_nice(t, now);
	else
		p->nice = now;
	*best = MAX(*best, (long)(NICE_RANGE - now));
	return 0;
}

static long each_meant(int which, int who, int nice)
{
	long best = -ESRCH;
	struct process *p;
	struct task *t;
	int err = 0;

	list_for_each_entry (p, &process_all, all_link) {
		bool first = false;

		list_for_each_entry (t, &p->tasks, link) {
			first |= t->tid == p->pid;
			if (err == 0 && meant(p, t->tid, which, who))
				err = each(p, t, nice, &best);
		}
		if (!first && err == 0 && meant(p, p->pid, which, who))
			err = each(p, NULL, nice, &best);
	}
	return err != 0 ? err : best;
}

long sys_getpriority(int which, int who)
{
	return which < PRIO_PROCESS || which > PRIO_USER ? -EINVAL : each_meant(which, who, NICE_RANGE);
}

long sys_setpriority(int which, int who, int nice)
{
	long r;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	r = each_meant(which, who, MAX(-NICE_RANGE, MIN(nice, NICE_RANGE - 1)));
	return r < 0 ? r : 0;
}
