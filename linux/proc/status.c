/* SPDX-License-Identifier: ISC */
/* /proc/PID/{status,stat,statm,limits}: a process in numbers. */
#include <linux/resource.h>

#include "fs/groups.h"
#include "kernel/time.h"
#include "kernel/vm.h"
#include "linux/fd.h"
#include "proc.h"

#define TICKS(ns) ((unsigned long)((ns) / (NSEC_PER_SEC / 100)))

static char state_of(const struct process *p, const struct task *k)
{
	if (p->state == PROCESS_ZOMBIE || k == NULL)
		return 'Z';
	if (p->stopped)
		return 'T';
	return k->thread->state == THREAD_RUNNABLE ? 'R' : 'S';
}

static const char *state_name(char c)
{
	return c == 'R' ? "running" : c == 'S' ? "sleeping" : c == 'T' ? "stopped" : "zombie";
}

/* Signals whose action is SIG_IGN (1), or a handler (2). */
static uint64_t actions(const struct process *p, unsigned kind)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < SIG_COUNT; i++)
		if (kind == 1 ? p->action[i].handler == 1 : p->action[i].handler > 1)
			set |= 1ull << i;
	return set;
}

int proc_status(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);
	struct task *k = proc_task(arg);
	const struct creds *c;
	char state;

	if (p == NULL)
		return -ESRCH;
	c = &p->creds;
	state = state_of(p, k);
	text_printf(
	    t, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
	    k != NULL ? k->comm : p->comm, p->umask, state, state_name(state), p->pid, k != NULL ? k->tid : p->pid,
	    p->parent != NULL ? p->parent->pid : 0);
	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t%d\nGroups:\t", c->uid, c->euid, c->suid,
		    c->fsuid, c->gid, c->egid, c->sgid, c->fsgid, p->fds != NULL ? fd_table_end(p->fds) : 0);
	for (unsigned i = 0; c->groups != NULL && i < c->groups->count; i++)
		text_printf(t, "%u ", c->groups->id[i]);
	text_printf(t, "\n");
	if (p->as != NULL)
		text_printf(t, "VmSize:\t%8lu kB\nVmRSS:\t%8lu kB\n", p->as->mapped >> 10, p->as->resident >> 10);
	text_printf(t, "Threads:\t%u\n", p->task_count);
	text_printf(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		    k != NULL ? k->pending.set : 0, p->pending.set, k != NULL ? k->sigmask : 0, actions(p, 1),
		    actions(p, 2));
	text_printf(t, "NoNewPrivs:\t%u\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed_list:\t0\n",
		    p->no_new_privs);
	if (k != NULL)
		text_printf(t, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n", k->thread->switches);
	return 0;
}

int proc_stat(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);
	struct task *k = proc_task(arg);
	const struct aspace *as;
	uint64_t cpu;

	if (p == NULL)
		return -ESRCH;
	as = p->as;
	cpu = proc_extra(arg) != 0 && k != NULL ? task_cpu_ns(k) : process_cpu_ns(p);
	text_printf(t, "%d (%s) %c %d %d %d 0 -1 0 0 0 0 0 %lu 0 0 0 20 0 %u 0 %lu %lu %lu ",
		    k != NULL ? k->tid : p->pid, k != NULL ? k->comm : p->comm, state_of(p, k),
		    p->parent != NULL ? p->parent->pid : 0, p->pgid, p->sid, TICKS(cpu), p->task_count,
		    TICKS(p->start_ns), as != NULL ? as->mapped : 0, as != NULL ? as->resident >> PAGE_SHIFT : 0);
	/* rsslim, code addresses (unknown), stack, registers, signals … exit_code */
	text_printf(t, "%lu 1 1 %lu 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 %lu %lu %lu %lu %lu 0\n",
		    p->rlimit[RLIMIT_RSS].cur, as != NULL ? as->stack_top : 0, as != NULL ? as->brk_start : 0,
		    as != NULL ? as->arg_start : 0, as != NULL ? as->arg_end : 0, as != NULL ? as->env_start : 0,
		    as != NULL ? as->env_end : 0);
	return 0;
}

int proc_statm(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);
	unsigned long shared = 0, text = 0, data = 0;

	if (p == NULL)
		return -ESRCH;
	if (p->as == NULL) {
		text_printf(t, "0 0 0 0 0 0 0\n");
		return 0;
	}
	for (struct vma *v = vm_first(p->as, 0); v != NULL; v = vm_next(p->as, v)) {
		unsigned long n = (v->end - v->start) >> PAGE_SHIFT;

		if ((v->prot & VM_EXEC) != 0)
			text += n;
		else if ((v->prot & VM_WRITE) != 0)
			data += n;
	}
	text_printf(t, "%lu %lu %lu %lu 0 %lu 0\n", p->as->mapped >> PAGE_SHIFT, p->as->resident >> PAGE_SHIFT, shared,
		    text, data);
	return 0;
}

int proc_limits(struct text *t, uint64_t arg)
{
	static const struct {
		const char *name, *unit;
	} limits[PROCESS_RLIMITS] = {
	    {"Max cpu time", "seconds"},    {"Max file size", "bytes"},      {"Max data size", "bytes"},
	    {"Max stack size", "bytes"},    {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
	    {"Max processes", "processes"}, {"Max open files", "files"},     {"Max locked memory", "bytes"},
	    {"Max address space", "bytes"}, {"Max file locks", "locks"},     {"Max pending signals", "signals"},
	    {"Max msgqueue size", "bytes"}, {"Max nice priority", ""},       {"Max realtime priority", ""},
	    {"Max realtime timeout", "us"},
	};
	struct process *p = proc_process(arg);

	if (p == NULL)
		return -ESRCH;
	text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < PROCESS_RLIMITS; i++) {
		const uint64_t value[2] = {p->rlimit[i].cur, p->rlimit[i].max};

		text_printf(t, "%-25s ", limits[i].name);
		for (unsigned k = 0; k < 2; k++) {
			if (value[k] == UINT64_MAX)
				text_printf(t, "%-20s ", "unlimited");
			else
				text_printf(t, "%-20lu ", value[k]);
		}
		text_printf(t, "%-10s\n", limits[i].unit);
	}
	return 0;
}
