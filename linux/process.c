/* SPDX-License-Identifier: ISC */
/*
 * Processes and tasks: made here, ended here. Ids count up from 1 and are not reused before they wrap. A process ends
 * when its last task does: its memory and files go then, the struct stays until whoever started it has read the status.
 */
#include "abi/errno.h"
#include "fs/groups.h"
#include "kernel/heap.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/sigqueue.h"
#include "linux/syscall.h"
#include "linux/task.h"

#include <asm/resource.h>
#include <linux/signal.h>
#include <linux/sched.h>

#define ID_MAX         0x3fffff
#define STACK_LIMIT    (8ul << 20)
#define FILES_LIMIT    1024
#define FILES_HARD     4096
#define INFINITY       UINT64_MAX
#define SIGPENDING_MAX 1024
/* Memory a process and a task are thought to need: the limits on their number follow from it. */
#define PROCESS_BYTES (128ul << 10)
#define TASK_BYTES    (64ul << 10)
#define PROCESS_LEAST 32u
#define TASK_LEAST    64u

struct list process_all = LIST_INIT(process_all);
uint64_t process_core_limit;
const struct process_fs_ops *process_fs;
const struct process_family_ops *process_family;
void (*task_exit_hook)(struct task *t);
void (*process_exit_hook)(struct process *p);
void (*process_pidfd_hook)(struct process *p, bool freed);
void (*session_end_hook)(struct process *leader);

static int last_id;
static unsigned processes, tasks;
static uint64_t made;

static bool id_used(int id)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pid == id || p->pgid == id || p->sid == id)
			return true;
	return task_find(id) != NULL;
}

static int id_new(void)
{
	static bool wrapped; /* until then every number is new */

	do {
		wrapped |= last_id == ID_MAX;
		last_id = last_id == ID_MAX ? 1 : last_id + 1;
	} while (wrapped && id_used(last_id));
	return last_id;
}

unsigned process_count(void)
{
	return processes;
}

unsigned process_limit(void)
{
	return MAX((unsigned)(page_total() / PROCESS_BYTES), PROCESS_LEAST);
}

unsigned task_total(void)
{
	return tasks;
}

uint64_t task_made(void)
{
	return made;
}

unsigned task_limit(void)
{
	return MAX((unsigned)(page_total() / TASK_BYTES), TASK_LEAST);
}

static void limits_init(struct process *p)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		p->rlimit[i] = (struct rlimit_pair){INFINITY, INFINITY};
	p->rlimit[RLIMIT_STACK].cur = STACK_LIMIT;
	p->rlimit[RLIMIT_CORE].cur = process_core_limit;
	p->rlimit[RLIMIT_NPROC] = (struct rlimit_pair){task_limit() / 2, task_limit() / 2};
	p->rlimit[RLIMIT_NOFILE] = (struct rlimit_pair){FILES_LIMIT, FILES_HARD};
	p->rlimit[RLIMIT_SIGPENDING] = (struct rlimit_pair){SIGPENDING_MAX, SIGPENDING_MAX};
	p->rlimit[RLIMIT_MEMLOCK] = (struct rlimit_pair){8ul << 20, 8ul << 20};
	p->rlimit[RLIMIT_MSGQUEUE] = (struct rlimit_pair){819200, 819200};
	p->rlimit[RLIMIT_NICE] = (struct rlimit_pair){0, 0};
	p->rlimit[RLIMIT_RTPRIO] = (struct rlimit_pair){0, 0};
}

struct process *process_create(struct process *parent)
{
	struct process *p = kzalloc(sizeof *p);

	if (p == NULL)
		return NULL;
	p->pid = id_new();
	p->pgid = parent != NULL ? parent->pgid : p->pid;
	p->sid = parent != NULL ? parent->sid : p->pid;
	p->parent = parent;
	p->umask = 022;
	p->dumpable = 1;
	p->start_ns = time_mono();
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->tasks);
	list_init(&p->timers);
	list_init(&p->pidfds);
	wait_queue_init(&p->wait);
	wait_queue_init(&p->stop_wait);
	signal_pending_init(&p->pending);
	for (unsigned i = 0; i < PROCESS_ITIMERS; i++)
		timer_init(&p->itimer[i].timer, NULL);
	limits_init(p);
	if (parent != NULL)
		list_push_back(&parent->children, &p->sibling);
	list_push_back(&process_all, &p->all_link);
	processes++;
	return p;
}

void process_free(struct process *p)
{
	if (!list_empty(&p->pidfds))
		process_pidfd_hook(p, true);
	processes--;
	list_remove(&p->sibling);
	list_remove(&p->all_link);
	groups_put(p->creds.groups);
	kfree(p->exe);
	kfree(p);
}

struct process *process_find(int pid)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pid == pid)
			return p;
	return NULL;
}

struct task *task_find(int tid)
{
	struct process *p;
	struct task *t;

	list_for_each_entry (p, &process_all, all_link)
		list_for_each_entry (t, &p->tasks, link)
			if (t->tid == tid)
				return t;
	return NULL;
}

struct task *task_create(struct process *p, void (*fn)(void *), void *arg)
{
	struct task *t = kzalloc(sizeof *t);

	if (t == NULL)
		return NULL;
	t->thread = thread_create("task", fn, arg);
	if (t->thread == NULL) {
		kfree(t);
		return NULL;
	}
	t->thread->task = t;
	t->thread->as = p->as;
	t->process = p;
	t->tid = p->task_count == 0 ? p->pid : id_new();
	t->altstack.flags = SS_DISABLE;
	signal_pending_init(&t->pending);
	list_push_back(&p->tasks, &t->link);
	p->task_count++;
	tasks++;
	made++;
	return t;
}

void task_set_comm(struct task *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	strlcpy(t->comm, slash != NULL ? slash + 1 : path, sizeof t->comm);
}

void task_discard(struct task *t)
{
	list_remove(&t->link);
	t->process->task_count--;
	tasks--;
	thread_discard(t->thread);
	kfree(t);
}

bool process_group_orphaned(int pgid)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pgid == pgid && p->state != PROCESS_ZOMBIE && p->parent != NULL && p->parent->pgid != pgid &&
		    p->parent->sid == p->sid)
			return false;
	return true;
}

static void process_end(struct process *p)
{
	p->state = PROCESS_EXITING; /* no more signals while its files are closed */
	if (process_exit_hook != NULL)
		process_exit_hook(p);
	if (session_end_hook != NULL && p->pid == p->sid)
		session_end_hook(p);
	for (unsigned i = 0; i < PROCESS_ITIMERS; i++)
		timer_cancel(&p->itimer[i].timer);
	signal_pending_flush(&p->pending);
	if (p->fds != NULL)
		fd_table_put(p->fds);
	p->fds = NULL;
	if (process_fs != NULL)
		process_fs->end(p);
	thread_current()->as = NULL;
	if (p->as != NULL) {
		p->used.resident = MAX(p->used.resident, p->as->resident);
		vm_put(p->as);
	}
	p->as = NULL;
	p->state = PROCESS_ZOMBIE;
	wait_wake_all(&p->wait, 0);
	if (process_family != NULL)
		process_family->ended(p);
}

NORETURN void task_exit(int code)
{
	struct task *t = task_current();
	struct process *p = t->process;
	struct syscall_watcher *w;
	bool last;

	if (task_exit_hook != NULL)
		task_exit_hook(t);
	if (p->state == PROCESS_ALIVE)
		p->exit_status = (code & 0xff) << 8; /* stands if it is the last one */
	list_for_each_entry (w, &syscall_watchers, link)
		if (w->exited != NULL)
			w->exited(t, p->state == PROCESS_ALIVE ? (code & 0xff) << 8 : p->exit_status);
	p->used.cpu_ns += task_cpu_ns(t);
	p->used.switches += t->thread->switches;
	if (t->tid == p->pid)
		p->nice = t->nice;
	signal_pending_flush(&t->pending);
	list_remove(&t->link);
	tasks--;
	last = --p->task_count == 0;
	if (last) {
		memcpy(p->comm, t->comm, sizeof p->comm);
		process_end(p);
	} else if (p->exec_task != NULL) {
		wait_wake_all(&p->wait, 0);
	}
	thread_current()->task = NULL;
	thread_current()->as = NULL;
	if (!last) /* what this one should have taken */
		signal_retarget(p, p->pending.set);
	kfree(t);
	thread_exit();
}

NORETURN void process_exit(int wait_status)
{
	struct process *p = process_current();
	struct task *t;

	if (p->state == PROCESS_ALIVE) {
		p->state = PROCESS_EXITING;
		p->exit_status = wait_status;
		list_for_each_entry (t, &p->tasks, link)
			thread_interrupt(t->thread);
		wait_wake_all(&p->stop_wait, 0);
	}
	task_exit(0);
}

uint64_t task_cpu_ns(struct task *t)
{
	return thread_run_ns(t->thread);
}

uint64_t process_cpu_ns(struct process *p)
{
	uint64_t ns = p->used.cpu_ns;
	struct task *t;

	list_for_each_entry (t, &p->tasks, link)
		ns += task_cpu_ns(t);
	return ns;
}

long sys_exit(int code)
{
	task_exit(code);
}

long sys_exit_group(int code)
{
	process_exit((code & 0xff) << 8);
}

long sys_getpid(void)
{
	return process_current()->pid;
}

long sys_gettid(void)
{
	return task_current()->tid;
}

long sys_getppid(void)
{
	struct process *parent = process_current()->parent;

	return parent != NULL ? parent->pid : 0;
}

long sys_set_tid_address(struct uptr tid)
{
	struct task *t = task_current();

	t->clear_child_tid = tid.addr;
	return t->tid;
}
