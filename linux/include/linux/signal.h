/* SPDX-License-Identifier: ISC */
/*
 * Signals: sending, masks, and delivery on the way out to a program. A signal waits in a task's or its process's
 * sigpending; sending picks a task that does not block it and interrupts it (thread_interrupt), so that it leaves its
 * sleep and comes to signal_deliver. thread->interrupt is the one flag that says "look".
 */
#ifndef LINUX_SIGNAL_H
#define LINUX_SIGNAL_H

#include <asm/siginfo.h>

#include "lib/list.h"

#define SIG_COUNT       64
#define SIG_BIT(n)      (1ull << ((n)-1))
#define SIG_UNBLOCKABLE (SIG_BIT(9) | SIG_BIT(19)) /* SIGKILL, SIGSTOP */

struct task;
struct process;
struct trapframe;

struct sigpending {
	uint64_t set;
	unsigned count; /* in queue */
	struct list queue; /* struct sigqueue; a standard signal at most once */
};

struct sigaction_state { /* the layout of the kernel's struct sigaction on x86-64 */
	uint64_t handler, flags, restorer, mask;
};

struct sigaltstack_state {
	uintptr_t sp;
	size_t size;
	unsigned flags; /* SS_DISABLE, SS_AUTODISARM */
};

#pragma GCC visibility push(default)
/* Sends; info NULL: a kernel-made SI_KERNEL one. t NULL: to the process. 0 or -EAGAIN (queue full). Ignored signals are
 * dropped. Never blocks. */
int signal_send(struct process *p, struct task *t, int sig, const siginfo_t *info) MUST_CHECK;
/* The same, for callers with nothing to do about a failure. */
void signal_post(struct process *p, struct task *t, int sig);
/* What the current task brings on itself by a call: to it, SI_USER from its own process. */
void signal_own(int sig);
/* A fault of the current task: cannot be blocked or ignored (then the default action ends the process). */
void signal_force(int sig, int code, uintptr_t addr);
/* True when a signal that the current task does not block is waiting. */
bool signal_waiting(struct task *t);

/* Replaces the current mask until the call returns: ppoll, epoll_pwait, sigsuspend. Call it before sleeping; when the
 * call ends with a signal the handler runs first, with the new mask, and the old one comes back afterwards. */
void signal_mask_for_call(uint64_t mask);
/* The call ended without a signal: the old mask at once. (Not after -EINTR, -ERESTART…: then delivery does it.) */
void signal_mask_call_done(void);
/* Sets the mask and looks again at what is pending. */
void signal_set_mask(struct task *t, uint64_t mask);

void signal_pending_init(struct sigpending *p);
void signal_pending_flush(struct sigpending *p);
#pragma GCC visibility pop

#endif
