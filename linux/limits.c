/* SPDX-License-Identifier: ISC */
/* Resource limits and usage. Kept per process; those that something here enforces are read where they are enforced. */
#include "abi/errno.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <asm/param.h>
#include <linux/resource.h>

#define FILES_CEILING (1u << 20) /* RLIMIT_NOFILE goes no higher, as fs.nr_open on Linux */

static int set_limit(struct process *p, unsigned which, const struct rlimit_pair *new)
{
	struct rlimit_pair *slot = &p->rlimit[which];

	if (new->cur > new->max)
		return -EINVAL;
	if (which == RLIMIT_NOFILE && new->max > FILES_CEILING)
		return -EPERM;
	if (new->max > slot->max && p->creds.euid != 0)
		return -EPERM;
	*slot = *new;
	if (which == RLIMIT_AS && p->as != NULL)
		p->as->limit = new->cur;
	if (which == RLIMIT_STACK && p->as != NULL)
		p->as->stack_limit = new->cur;
	return 0;
}

long sys_prlimit64(int pid, unsigned which, struct uptr new, struct uptr old)
{
	struct process *p = pid == 0 ? process_current() : process_find(pid);
	struct rlimit_pair v, was;
	int err;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (p == NULL)
		return -ESRCH;
	if (p != process_current() && process_current()->creds.euid != 0 &&
	    process_current()->creds.uid != p->creds.uid)
		return -EPERM;
	if (!uptr_null(new) && get_user(v, new) != 0)
		return -EFAULT;
	was = p->rlimit[which];
	if (!uptr_null(new)) {
		err = set_limit(p, which, &v);
		if (err != 0)
			return err;
	}
	return uptr_null(old) ? 0 : put_user(old, was);
}

long sys_getrlimit(unsigned which, struct uptr limit)
{
	return sys_prlimit64(0, which, UPTR(0), limit);
}

long sys_setrlimit(unsigned which, struct uptr limit)
{
	return uptr_null(limit) ? -EFAULT : sys_prlimit64(0, which, limit, UPTR(0));
}

/* The processor time that the scheduler counted is not split: it is all the program's own. */
long sys_getrusage(int who, struct uptr usage)
{
	struct process *p = process_current();
	struct rusage u;
	struct user_timeval tv;
	uint64_t ns = 0, switches = 0;
	size_t resident = p->as == NULL ? 0 : MAX(p->as->resident, p->used.resident);
	struct task *t;

	switch (who) {
	case RUSAGE_SELF:
		ns = process_cpu_ns(p);
		switches = p->used.switches;
		list_for_each_entry (t, &p->tasks, link)
			switches += t->thread->switches;
		break;
	case RUSAGE_THREAD:
		ns = task_cpu_ns(task_current());
		switches = thread_current()->switches;
		break;
	case RUSAGE_CHILDREN:
		ns = p->children_used.cpu_ns;
		switches = p->children_used.switches;
		resident = p->children_used.resident;
		break;
	default: return -EINVAL;
	}
	memset(&u, 0, sizeof u);
	tv = timeval_from_ns(ns);
	u.ru_utime.tv_sec = tv.sec;
	u.ru_utime.tv_usec = tv.usec;
	u.ru_nvcsw = (long)switches;
	u.ru_maxrss = (long)(resident / 1024);
	return put_user(usage, u);
}

long sys_times(struct uptr buf)
{
	struct process *p = process_current();
	struct {
		int64_t user, system, children_user, children_system;
	} t = {.user = (int64_t)(process_cpu_ns(p) / (NSEC_PER_SEC / HZ)),
	       .children_user = (int64_t)(p->children_used.cpu_ns / (NSEC_PER_SEC / HZ))};

	if (!uptr_null(buf) && put_user(buf, t) != 0)
		return -EFAULT;
	return (long)(time_mono() / (NSEC_PER_SEC / HZ));
}
