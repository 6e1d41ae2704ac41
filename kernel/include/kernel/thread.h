/* SPDX-License-Identifier: ISC */
/*
 * Threads and the scheduler. One flat, round-robin run queue; a thread in a program's code is preempted at the end of
 * its time slice, a thread in the kernel only gives way where it sleeps or yields. The kernel runs with interrupts off
 * (pc) or deferred (sandbox); they are taken in program code and in the idle loop, so no code here locks against them.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include "lib/list.h"
#include "arch/context.h"

struct aspace;
struct task;

enum thread_state { THREAD_RUNNABLE, THREAD_SLEEPING, THREAD_DEAD };

#define THREAD_STACK_SIZE 16384ul /* with struct thread's trapframe at its top; see arch/context.h */

#define THREAD_SLICE_NS 10000000ull /* unless somebody sets another */

struct thread {
	struct list run_link; /* run queue or nothing */
	enum thread_state state;
	bool interrupt; /* thread_interrupt was called; cleared by the personality (thread_clear_interrupt) */
	void *kstack; /* lowest address */
	struct aspace *as; /* NULL for kernel threads: they run on whatever is active */
	struct task *task; /* the personality's, NULL for kernel threads */
	struct arch_thread arch;
	uint64_t run_ns; /* CPU time used, up to the last switch */
	uint64_t switches;
	uint64_t slice_ns; /* how long it may run before another's turn */
	const char *name;
	void (*fn)(void *); /* what it runs first */
	void *arg;
};

/* In need_resched, for the way out alone: the current thread's trapframe is not what its entry made, all of it counts. Whoever
 * writes to a frame of the current thread during a call, but for the result, sets it. */
#define RESCHED_FRAME 8

/* Per-CPU state; reached only through this_cpu(). need_resched and events are looked at on the way out to a program. */
struct cpu {
	struct thread *current;
	struct thread *idle;
	uint64_t slice_end; /* monotonic ns at which the current thread's slice ends */
	volatile int need_resched;
	volatile int events; /* set by deferred interrupts: call kernel_events() */
	uint64_t switch_ns; /* time of the last switch */
	struct arch_cpu arch;
};

#pragma GCC visibility push(default)
extern struct cpu cpu_boot;
static inline struct cpu *this_cpu(void)
{
	return &cpu_boot; /* one CPU so far; the only place that knows */
}
static inline struct thread *thread_current(void)
{
	return this_cpu()->current;
}

/* A kernel thread that runs fn(arg) and ends when fn returns. NULL: no memory. Not yet runnable: thread_wake starts it. */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg) MUST_CHECK;
/* Frees one that was never woken. */
void thread_discard(struct thread *t);
void thread_wake(struct thread *t); /* SLEEPING -> RUNNABLE; harmless otherwise */
void thread_yield(void);
void thread_sleep(void); /* current: SLEEPING, switch away; the caller arranged a wake-up */
NORETURN void thread_exit(void); /* current; the idle thread frees stack and struct */
/* Makes an interruptible sleep (present or next) return -EINTR until thread_clear_interrupt. */
void thread_interrupt(struct thread *t);
void thread_clear_interrupt(struct thread *t);
uint64_t thread_run_ns(struct thread *t); /* CPU time, the running slice included */
/* Preemption point, called by arch code on the way out to a program when need_resched or events is set; it then asks
 * personality_pending. While both are zero personality_pending is false, so that a short way out need not ask. */
void sched_user_return(void);
unsigned sched_runnable(void); /* length of the run queue, for /proc/loadavg */

uint64_t sched_switches(void); /* since boot */

/* From the platform: its timer came, or was used for something else (platform_wait's deadline); it is not armed now. One
 * that keeps what platform_timer_arm said until that time, and comes not more than 1 ms early, need not call it. */
void sched_timer_fired(void);

/* Deferred interrupts: asks the platform's devices, runs due timers, may set need_resched. Does not block. */
void kernel_events(void);
/* The platform's boot code ends here, on the boot stack, with memory ranges added and `platform` calls working. */
NORETURN void kernel_main(void);
/* The end of the image, for layers that do not see the platform: returns never. status: 0 to 255. In a thread; what the
 * programs left on its way (kernel_exit_hook, may sleep, bounded) goes out first. */
NORETURN void kernel_exit(int status);
extern void (*kernel_exit_hook)(void);
#pragma GCC visibility pop

#endif
