/* SPDX-License-Identifier: ISC */
/* Processes and tasks for a debugger, and the places where it wants to stop by itself; see kernel/debug.h. */
#include "kernel/debug.h"

#include "linux/task.h"

DEBUG_ADDRESS("processes", process_all);
/* A program is in memory; arguments: its first frame, where it begins. */
DEBUG_ADDRESS("on_exec", regs_start);
/* A fault ends the program; arguments: its registers, the signal, what is known of it. */
DEBUG_ADDRESS("on_crash", crash_report);

void linux_debug(void);

void linux_debug(void)
{
	DEBUG_FIELD("task.thread", struct task, thread);
	DEBUG_FIELD("task.link", struct task, link);
	DEBUG_FIELD("task.tid", struct task, tid);
	DEBUG_FIELD("task.comm", struct task, comm);
	DEBUG_FIELD("task.process", struct task, process);
	DEBUG_FIELD("process.link", struct process, all_link);
	DEBUG_FIELD("process.pid", struct process, pid);
	DEBUG_FIELD("process.tasks", struct process, tasks);
	DEBUG_FIELD("process.as", struct process, as);
	DEBUG_FIELD("process.exe", struct process, exe);
}
