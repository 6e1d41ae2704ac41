/* SPDX-License-Identifier: ISC */
/* Wait queues; a sleeping thread is a wait_entry (and a timer) on its own stack. */
#include "kernel/wait.h"

#include "abi/errno.h"
#include "kernel/thread.h"
#include "kernel/time.h"

struct sleeper {
	struct wait_entry entry;
	struct ktimer timer;
	struct thread *thread;
	bool woken, timed_out;
};

void wait_add(struct wait_queue *q, struct wait_entry *e)
{
	list_push_back(&q->entries, &e->link);
}

void wait_remove(struct wait_entry *e)
{
	if (e->link.next != NULL)
		list_remove(&e->link);
}

void wait_wake(struct wait_queue *q, unsigned n, unsigned events)
{
	struct list *last = q->entries.prev, *p, *next;
	bool more = !list_empty(&q->entries);

	/* An entry may take itself out, and what is added meanwhile waits for the next wake-up. */
	for (p = q->entries.next; more && n > 0; p = next) {
		struct wait_entry *e = LIST_ENTRY(p, struct wait_entry, link);

		next = p->next;
		more = p != last;
		if (e->fn(e, events))
			n--;
	}
}

static bool sleeper_wake(struct wait_entry *e, unsigned events UNUSED)
{
	struct sleeper *s = e->arg;

	list_remove(&e->link);
	s->woken = true;
	thread_wake(s->thread);
	return true;
}

static void sleeper_timeout(struct ktimer *t)
{
	struct sleeper *s = CONTAINER_OF(t, struct sleeper, timer);

	s->timed_out = true;
	thread_wake(s->thread);
}

int wait_sleep(struct wait_queue *q, uint64_t deadline, unsigned flags)
{
	struct sleeper s = {.entry = {.fn = sleeper_wake, .arg = &s}, .thread = thread_current()};
	bool interruptible = (flags & WAIT_INTERRUPTIBLE) != 0;

	if (interruptible && s.thread->interrupt)
		return -EINTR;
	if (deadline != TIME_NEVER) {
		int err;

		if (deadline <= time_mono())
			return -ETIMEDOUT;
		timer_init(&s.timer, sleeper_timeout);
		err = timer_arm(&s.timer, deadline);
		if (err != 0)
			return err;
	}
	wait_add(q, &s.entry);
	while (!s.woken && !s.timed_out && !(interruptible && s.thread->interrupt))
		thread_sleep();
	wait_remove(&s.entry);
	if (deadline != TIME_NEVER)
		timer_cancel(&s.timer);
	return s.woken ? 0 : s.timed_out ? -ETIMEDOUT : -EINTR;
}
