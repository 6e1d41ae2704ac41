/* SPDX-License-Identifier: ISC */
/*
 * Wait queues. A wait_entry is called when its queue is woken: threads use wait_event below; poll and epoll hang their
 * own callbacks there. There is no lost wake-up to think about: the kernel is not preemptible and one CPU at a time is
 * in it, so a condition checked before wait_sleep still holds when the thread sleeps.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include "lib/list.h"

struct wait_queue {
	struct list entries;
};

struct wait_entry {
	struct list link;
	/* `events`: what happened, POLL* bits (0 = unspecified). Must not block. Returns true when it used the wake-up
	 * up (counts towards wait_wake's n); false lets the next one have it. */
	bool (*fn)(struct wait_entry *e, unsigned events);
	void *arg;
};

#define WAIT_QUEUE_INIT(q)                                                                                             \
	{                                                                                                              \
		LIST_INIT((q).entries)                                                                                 \
	}

enum wait_flags { WAIT_INTERRUPTIBLE = 1 };

#pragma GCC visibility push(default)
static inline void wait_queue_init(struct wait_queue *q)
{
	list_init(&q->entries);
}
void wait_add(struct wait_queue *q, struct wait_entry *e);
void wait_remove(struct wait_entry *e); /* harmless when not queued */
/* Calls entries, oldest first, until n of them said true. */
void wait_wake(struct wait_queue *q, unsigned n, unsigned events);
static inline void wait_wake_all(struct wait_queue *q, unsigned events)
{
	if (!list_empty(&q->entries))
		wait_wake(q, UINT32_MAX, events);
}

/*
 * Sleeps on q until woken. Returns 0 when woken (check the condition again), -ETIMEDOUT at `deadline` (monotonic,
 * TIME_NEVER for none), -EINTR when flags has WAIT_INTERRUPTIBLE and thread_interrupt() was called (pending is
 * looked at before sleeping too).
 */
int wait_sleep(struct wait_queue *q, uint64_t deadline, unsigned flags) MUST_CHECK;
/* The same for a flag that somebody sets before thread_wake of this thread; 0 as soon as it is set. */
int wait_flag(const bool *done, uint64_t deadline, unsigned flags) MUST_CHECK;
#pragma GCC visibility pop

/* Waits until cond; the value is 0 or the error of wait_sleep. */
#define wait_event(q, cond, deadline, flags)                                                                           \
	({                                                                                                             \
		int wait_err_ = 0;                                                                                     \
		while (!(cond)) {                                                                                      \
			wait_err_ = wait_sleep((q), (deadline), (flags));                                              \
			if (wait_err_ != 0)                                                                            \
				break;                                                                                 \
		}                                                                                                      \
		wait_err_ != 0 && (cond) ? 0 : wait_err_;                                                              \
	})

#endif
