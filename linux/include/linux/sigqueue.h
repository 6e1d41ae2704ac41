/* SPDX-License-Identifier: ISC */
/* What the signal files tell each other. */
#ifndef LINUX_SIGQUEUE_H
#define LINUX_SIGQUEUE_H

#include "kernel/wait.h"
#include "linux/signal.h"

struct sigqueue {
	struct list link;
	siginfo_t info;
};

#pragma GCC visibility push(default)
/* Takes the next signal of `set` that is pending for t: its number, or 0. */
int signal_take(struct task *t, uint64_t set, siginfo_t *info);
/* Woken whenever a signal has become pending for anybody. */
extern struct wait_queue signal_arrived;
/* Told of every SI_TIMER signal that is taken; set by the POSIX timers. */
extern void (*signal_timer_taken)(const siginfo_t *info);
/* Signals that are ignored are delivered too, so that --strace sees them; nothing is done about them then. */
extern bool signal_all_come;
bool signal_default_ignored(int sig);
bool signal_default_stops(int sig);
/* sig's action changed: forgets pending ones that are ignored now. */
void signal_drop_ignored(struct process *p, int sig);
/* The current task does not take these (any more): pending ones of the process go to another task. */
void signal_retarget(struct process *p, uint64_t set);
/* Writes a core file of the current process; NULL: that is not in this image. False: none was written. */
extern bool (*core_dump_hook)(const struct trapframe *tf, int sig, const siginfo_t *info);
/* Prints signal, registers and a backtrace of the current task. */
void crash_report(const struct trapframe *tf, int sig, const siginfo_t *info);
#pragma GCC visibility pop

#endif
