/* SPDX-License-Identifier: ISC */
/*
 * Linux's view of threads: struct task hangs on a kernel thread (thread->task), struct process is what its tasks share.
 * Every process is in process_all; it lives until its parent has waited for it (or, without a parent, until its last
 * task ended). A task is freed by itself on its way out. Kernel lock.
 */
#ifndef LINUX_TASK_H
#define LINUX_TASK_H

#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "linux/signal.h"

struct aspace;
struct dentry;
struct fd_table;
struct groups;
struct posix_timer;
struct traced;
struct vfork;

#define TASK_COMM_LEN   16
#define PROCESS_RLIMITS 16

struct rlimit_pair { /* the layout of struct rlimit64 */
	uint64_t cur, max;
};

#define PROCESS_ITIMERS 3
struct itimer { /* linux/itimer.c */
	struct ktimer timer;
	struct process *process;
	uint64_t next, interval; /* of real time, or of the process's CPU time */
};

struct creds {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	struct groups *groups; /* a reference; NULL: none */
};

/* What restart_syscall repeats: fn(task) with its arguments in a. */
struct restart_block {
	long (*fn)(struct restart_block *r);
	uint64_t a[4];
};

struct task {
	struct thread *thread;
	struct process *process;
	struct list link; /* process->tasks */
	int tid;
	char comm[TASK_COMM_LEN];
	/* signals */
	uint64_t sigmask;
	uint64_t saved_mask; /* restored after the signal that ended a *suspend, ppoll … */
	bool mask_saved;
	struct sigpending pending;
	uint64_t sig_wait; /* signals that rt_sigtimedwait waits for, else 0 */
	struct sigaltstack_state altstack;
	struct restart_block restart;
	/* ends */
	uintptr_t clear_child_tid;
	uintptr_t robust_list;
	int nice;
	uint64_t call_start; /* --stats */
	struct traced *traced; /* --strace: the call it is in */
	/* x86: what the fault that is being turned into a signal was */
	uint64_t fault_addr, fault_code, fault_vector;
};

enum process_state { PROCESS_ALIVE, PROCESS_EXITING, PROCESS_ZOMBIE };

struct usage { /* what ended tasks, or children that were waited for, took */
	uint64_t cpu_ns, switches;
	size_t resident; /* bytes, the most */
};

struct process {
	int pid, pgid, sid;
	enum process_state state;
	bool started; /* by the configuration, whose list waits for it; it has no parent */
	bool stopped; /* by SIGSTOP and the like */
	int exit_status; /* as wait(2) gives it */
	struct process *parent; /* NULL: none any more, or `started` */
	struct list children, sibling;
	struct list all_link;
	struct wait_queue wait; /* woken when a child, for rc this process, changes state, or a task has ended */
	/* What a parent may wait for besides the end (linux/child.c): the signal of a stop, 0: none, or reported. */
	int stop_signal;
	bool continued;
	int exit_signal; /* to the parent at the end, 0: none */
	bool subreaper; /* orphans below it become its children */
	bool execed; /* since its fork */
	struct vfork *vfork; /* the parent sleeps until we let its memory go */
	struct task *exec_task; /* it is in execve and waits for the end of the others */
	struct list pidfds; /* descriptors that stand for it (linux/pidfd.c) */
	char comm[TASK_COMM_LEN]; /* a zombie's: its last task's */
	int nice; /* of the first task, when that has ended */
	struct list tasks;
	unsigned task_count;
	/* memory */
	struct aspace *as;
	/* files: owned by linux/fd.c and the fs engineer's path code */
	struct fd_table *fds;
	struct dentry *root, *cwd; /* a reference each; NULL until the root file system is there */
	unsigned umask;
	char *exe; /* absolute path of the program */
	/* signals */
	struct sigaction_state action[SIG_COUNT];
	struct sigpending pending; /* shared by all tasks */
	struct wait_queue stop_wait;
	/* time */
	struct itimer itimer[PROCESS_ITIMERS]; /* by ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */
	struct list timers; /* struct posix_timer */
	uint64_t start_ns; /* monotonic */
	struct usage used; /* by tasks that ended */
	struct usage children_used;
	/* the rest */
	struct rlimit_pair rlimit[PROCESS_RLIMITS];
	struct creds creds;
	unsigned dumpable, pdeathsig, no_new_privs;
};

#pragma GCC visibility push(default)
extern struct list process_all;

/* What path names need of a process; registered by the code that resolves them, NULL when none is linked. */
struct process_fs_ops {
	/* Sets root and cwd of a new process: those of `from`, or with NULL the root file system's and workdir (NULL: /). 0 or
	 * -errno. */
	int (*start)(struct process *p, const struct process *from, const char *workdir);
	void (*end)(struct process *p); /* drops them */
};
extern const struct process_fs_ops *process_fs;
/* RLIMIT_CORE of processes that the configuration starts. */
extern uint64_t process_core_limit;
/* What there is to do once processes can have children; NULL until the first one is made (linux/child.c). */
struct process_family_ops {
	/* p is a zombie now: tells who waits, finds other parents for its children. May free p. */
	void (*ended)(struct process *p);
	/* p stopped (by sig), or goes on (0). */
	void (*stopped)(struct process *p, int sig);
	/* No memory is left for p, the current one: true when another process, that had more, was ended instead. */
	bool (*make_room)(struct process *p);
};
extern const struct process_family_ops *process_family;
/* The pidfds' part of a process's end (a zombie), and of its freeing. */
extern void (*process_pidfd_hook)(struct process *p, bool freed);
/* Futexes' part of a task's end (clear_child_tid, robust list); NULL while nobody can be waiting. */
extern void (*task_exit_hook)(struct task *t);
/* POSIX timers' part of a process's end, and of execve. */
extern void (*process_exit_hook)(struct process *p);
/* A session's leader ended (linux/tty); NULL while there are no terminals. */
extern void (*session_end_hook)(struct process *leader);

static inline struct task *task_current(void)
{
	return thread_current()->task;
}
static inline struct process *process_current(void)
{
	return thread_current()->task->process;
}

/* A process without tasks: default limits and signal actions, root's credentials, pid; as, fds, cwd are the caller's to
 * set. NULL: no memory. */
struct process *process_create(struct process *parent) MUST_CHECK;
struct process *process_find(int pid);
/* Frees a process that has no task any more; its resources are gone already. */
void process_free(struct process *p);
/* How many there are, and the most that this machine's memory is thought to be good for. */
unsigned process_count(void);
unsigned process_limit(void);
unsigned task_total(void);
unsigned task_limit(void);
uint64_t task_made(void); /* since boot */
/* True when none of the group's processes has a parent in another group of its session: nobody could continue them. */
bool process_group_orphaned(int pgid);

/* A task of p with a kernel thread that will run fn(arg); thread_wake(t->thread) starts it. tid 0: takes the pid when it
 * is the first task, else a new one. NULL: no memory or too many. */
struct task *task_create(struct process *p, void (*fn)(void *), void *arg) MUST_CHECK;
/* Undoes task_create for a task that never ran. */
void task_discard(struct task *t);
struct task *task_find(int tid);
/* The name of a program that begins: the last part of its path. */
void task_set_comm(struct task *t, const char *path);
/* The current task ends with `code` (8 bits) as exit(2) has it. */
NORETURN void task_exit(int code);
/* The current process ends: all its tasks; status as wait(2) gives it (code << 8, or the signal's number). */
NORETURN void process_exit(int wait_status);
/* CPU time used by all tasks, ns. */
uint64_t process_cpu_ns(struct process *p);
uint64_t task_cpu_ns(struct task *t);
#pragma GCC visibility pop

#endif
