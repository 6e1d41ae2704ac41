/* SPDX-License-Identifier: ISC */
/* /proc/PID and /proc/PID/task/TID: the directories, and the files that are a line or two. */
#include "kernel/vm.h"
#include "kernel/heap.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "proc.h"

struct task *proc_task(uint64_t arg)
{
	struct process *p = proc_process(arg);

	if (proc_extra(arg) != 0)
		return task_find((int)proc_extra(arg));
	return p == NULL || list_empty(&p->tasks) ? NULL : LIST_ENTRY(p->tasks.next, struct task, link);
}

/* Program memory [start, end), at most a page more than Linux's usual limits. */
static int memory(struct text *t, struct process *p, uintptr_t start, uintptr_t end)
{
	size_t n = end > start ? MIN(end - start, 128ul << 10) : 0;
	struct aspace *as = p->as;
	char *buf;
	int err;

	if (n == 0 || as == NULL)
		return 0;
	buf = kmalloc(n);
	if (buf == NULL)
		return -ENOMEM;
	vm_get(as); /* reading may sleep, and the process end meanwhile */
	err = vm_read(as, start, buf, n);
	vm_put(as);
	if (err == 0)
		text_put(t, buf, n);
	kfree(buf);
	return err;
}

static int cmdline(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);

	if (p == NULL)
		return -ESRCH;
	return p->as == NULL ? 0 : memory(t, p, p->as->arg_start, p->as->arg_end);
}

static int environ(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);

	if (p == NULL)
		return -ESRCH;
	return p->as == NULL ? 0 : memory(t, p, p->as->env_start, p->as->env_end);
}

static int auxv(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);

	if (p == NULL)
		return -ESRCH;
	return p->as == NULL ? 0 : memory(t, p, p->as->aux_start, p->as->aux_end);
}

static int comm(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);
	struct task *k = proc_task(arg);

	if (k == NULL && (p == NULL || proc_extra(arg) != 0))
		return -ESRCH;
	text_printf(t, "%s\n", k != NULL ? k->comm : p->comm);
	return 0;
}

static int set_comm(const char *s, size_t n, uint64_t arg)
{
	struct task *k = proc_task(arg);

	if (k == NULL)
		return -ESRCH;
	if (n > 0 && s[n - 1] == '\n')
		n--;
	strlcpy(k->comm, s, MIN(n + 1, sizeof k->comm));
	return 0;
}

static int exe(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);

	if (p == NULL || p->exe == NULL)
		return -ENOENT;
	text_printf(t, "%s", p->exe);
	return 0;
}

static int exe_follow(uint64_t arg, struct dentry **out)
{
	struct process *p = proc_process(arg);
	struct vfs_ctx ctx;

	if (p == NULL || p->exe == NULL)
		return -ENOENT;
	vfs_root_ctx(&ctx);
	return vfs_lookup(&ctx, NULL, p->exe, LOOKUP_FOLLOW, out);
}

static struct dentry *place(uint64_t arg, bool root)
{
	struct process *p = proc_process(arg);

	return p == NULL ? NULL : root ? p->root : p->cwd;
}

static int show_place(struct text *t, struct dentry *d)
{
	char *buf;
	long n;

	if (d == NULL)
		return -ENOENT;
	buf = kmalloc(VFS_PATH_MAX);
	if (buf == NULL)
		return -ENOMEM;
	n = vfs_path(vfs_root(), d, buf, VFS_PATH_MAX);
	if (n >= 0)
		text_put(t, buf, (size_t)n);
	kfree(buf);
	return n < 0 ? (int)n : 0;
}

static int cwd(struct text *t, uint64_t arg)
{
	return show_place(t, place(arg, false));
}

static int root(struct text *t, uint64_t arg)
{
	return show_place(t, place(arg, true));
}

static int go(struct dentry *d, struct dentry **out)
{
	if (d == NULL)
		return -ENOENT;
	*out = dentry_get(d);
	return 0;
}

static int cwd_follow(uint64_t arg, struct dentry **out)
{
	return go(place(arg, false), out);
}

static int root_follow(uint64_t arg, struct dentry **out)
{
	return go(place(arg, true), out);
}

static int cgroup(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "0::/\n");
	return 0;
}

/* There is nobody to be killed in its stead: the adjustment is always 0. */
static int oom_score_adj(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "0\n");
	return 0;
}

static const struct pseudo task_children[];

static int task_find_tid(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child)
{
	static const struct pseudo dir = {.mode = S_IFDIR | 0555, .children = task_children};
	struct task *k;
	unsigned tid;
	int err = pseudo_number(name, len, &tid);

	if (err != 0)
		return err;
	k = task_find((int)tid);
	if (k == NULL || k->process != proc_process(arg))
		return -ENOENT;
	*e = &dir;
	*child = (uint32_t)arg | (uint64_t)tid << 32;
	return 0;
}

/* Of those whose number is *i or more the one with the least. */
static int list_number(int64_t least, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode)
{
	if (least == INT64_MAX)
		return -ENOENT;
	*i = (unsigned)least;
	fmt_snprintf(name, PSEUDO_NAME_MAX, "%u", *i);
	*mode = S_IFDIR | 0555;
	return 0;
}

static int task_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode)
{
	struct process *p = proc_process(arg);
	int64_t least = INT64_MAX;
	struct task *k;

	if (p == NULL)
		return -ENOENT;
	list_for_each_entry (k, &p->tasks, link)
		if (k->tid >= (int64_t)*i)
			least = MIN(least, (int64_t)k->tid);
	return list_number(least, i, name, mode);
}

#define OF_THREADS                                                                                                     \
	{.name = "auxv", .mode = S_IFREG | 0400, .show = auxv},                                                        \
	    {.name = "cmdline", .mode = S_IFREG | 0444, .show = cmdline},                                              \
	    {.name = "comm", .mode = S_IFREG | 0644, .show = comm, .store = set_comm},                                 \
	    {.name = "environ", .mode = S_IFREG | 0400, .show = environ},                                              \
	    {.name = "maps", .mode = S_IFREG | 0444, .show = proc_maps},                                               \
	    {.name = "stat", .mode = S_IFREG | 0444, .show = proc_stat},                                               \
	    {.name = "statm", .mode = S_IFREG | 0444, .show = proc_statm},                                             \
	{                                                                                                              \
		.name = "status", .mode = S_IFREG | 0444, .show = proc_status                                          \
	}

static const struct pseudo task_children[] = {OF_THREADS, {.name = NULL}};

const struct pseudo proc_pid_children[] = {
    OF_THREADS,
    {.name = "cgroup", .mode = S_IFREG | 0444, .show = cgroup},
    {.name = "cwd", .mode = S_IFLNK | 0777, .show = cwd, .follow = cwd_follow},
    {.name = "exe", .mode = S_IFLNK | 0777, .show = exe, .follow = exe_follow},
    {.name = "fd", .mode = S_IFDIR | 0500, .find = proc_fd_find, .list = proc_fd_list},
    {.name = "fdinfo", .mode = S_IFDIR | 0555, .find = proc_fdinfo_find, .list = proc_fd_list},
    {.name = "limits", .mode = S_IFREG | 0444, .show = proc_limits},
    {.name = "mountinfo", .mode = S_IFREG | 0444, .show = proc_mountinfo},
    {.name = "mounts", .mode = S_IFREG | 0444, .show = proc_mounts},
    {.name = "oom_score_adj", .mode = S_IFREG | 0444, .show = oom_score_adj},
    {.name = "root", .mode = S_IFLNK | 0777, .show = root, .follow = root_follow},
    {.name = "task", .mode = S_IFDIR | 0555, .find = task_find_tid, .list = task_list},
    {.name = NULL},
};

const struct pseudo proc_pid = {.mode = S_IFDIR | 0555, .children = proc_pid_children};

int proc_pid_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child)
{
	unsigned pid;
	int err = pseudo_number(name, len, &pid);

	(void)arg;
	if (err != 0)
		return err;
	if (process_find((int)pid) == NULL)
		return -ENOENT;
	*e = &proc_pid;
	*child = pid;
	return 0;
}

int proc_pid_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode)
{
	int64_t least = INT64_MAX;
	struct process *p;

	(void)arg;
	list_for_each_entry (p, &process_all, all_link)
		if (p->pid >= (int64_t)*i)
			least = MIN(least, (int64_t)p->pid);
	return list_number(least, i, name, mode);
}
