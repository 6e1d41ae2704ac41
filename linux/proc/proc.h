/* SPDX-License-Identifier: ISC */
/* What the parts of /proc share. The arg of entries below /proc/PID: the pid, and in the upper half a descriptor's
 * number plus one or a thread's tid. */
#ifndef PROC_H
#define PROC_H

#include "fs/pseudo.h"
#include "linux/task.h"

extern const struct pseudo proc_net_children[], proc_pid_children[], proc_task_dir, proc_fd_children[],
    proc_sys_children[];
extern const struct pseudo proc_pid;

/* proc_pid.c: PID directories, for the root's find and list. */
int proc_pid_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child);
int proc_pid_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode);
/* net.c; more: what netproc has, ended by an entry without a name, NULL without it */
#pragma GCC visibility push(default)
extern const struct pseudo *proc_net_more;
#pragma GCC visibility pop
int proc_net_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child);
int proc_net_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode);
/* proc_fd.c */
int proc_fd_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child);
int proc_fdinfo_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child);
int proc_fd_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode);
/* maps.c, status.c, mounts.c */
int proc_maps(struct text *t, uint64_t arg);
int proc_smaps_rollup(struct text *t, uint64_t arg);
int proc_status(struct text *t, uint64_t arg);
int proc_stat(struct text *t, uint64_t arg);
int proc_statm(struct text *t, uint64_t arg);
int proc_limits(struct text *t, uint64_t arg);
int proc_mounts(struct text *t, uint64_t arg);
int proc_mountinfo(struct text *t, uint64_t arg);
/* The CPU's description, /proc/cpuinfo (linux/ARCH/cpuinfo.c). */
void cpuinfo_show(struct text *t);

static inline struct process *proc_process(uint64_t arg)
{
	return process_find((int)(uint32_t)arg);
}

static inline unsigned proc_extra(uint64_t arg)
{
	return (unsigned)(arg >> 32);
}

/* The thread that an entry is about: PID/task/TID's, or the process's first. */
struct task *proc_task(uint64_t arg);

#endif
