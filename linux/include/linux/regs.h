/* SPDX-License-Identifier: ISC */
/* What the personality asks of its CPU-specific part (linux/<cpu>/): registers by meaning, signal frames. */
#ifndef LINUX_REGS_H
#define LINUX_REGS_H

#include "lib/base.h"
#include "linux/signal.h"

struct task;
struct trapframe;

#pragma GCC visibility push(default)
/* A program's first registers. */
void regs_start(struct trapframe *tf, uintptr_t entry, uintptr_t sp);
/* A new thread's: the parent's, returning 0, on another stack (0: the same). */
void regs_clone(struct trapframe *child, const struct trapframe *parent, uintptr_t sp);
void regs_set_tls(struct task *t, uintptr_t tls);
/* A new thread's: its parent's, the current one. */
void regs_copy_tls(struct task *t, struct task *parent);
/* The current thread begins another program: no thread pointer, the CPU's other registers as at a program's start. */
void regs_exec(struct task *t);
uintptr_t regs_ip(const struct trapframe *tf);
uintptr_t regs_sp(const struct trapframe *tf);
uintptr_t regs_fp(const struct trapframe *tf); /* frame pointer */
/* The result of the call that *tf is on its way out of; false: it is not in a call. */
bool regs_call_result(const struct trapframe *tf, long *result);
void regs_set_call_result(struct trapframe *tf, long result);
/* Runs the call again, or restart_syscall. */
void regs_restart_call(struct trapframe *tf);
void regs_restart_block(struct trapframe *tf);
/* Prints them as a crash report does. */
void regs_print(const struct trapframe *tf);

/* Puts a signal frame on the program's stack and enters the handler. mask: what the handler's return restores. 0 or -EFAULT. */
int frame_push(struct trapframe *tf, struct task *t, int sig, const siginfo_t *info, const struct sigaction_state *act,
	       uint64_t mask) MUST_CHECK;
#pragma GCC visibility pop

#endif
