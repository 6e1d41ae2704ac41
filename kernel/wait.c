/* SPDX-License-Identifier: ISC */
/* Wait queues; a sleeping thread is a wait_entry (and a timer) on its own stack. */
#include "kernel/wait.h"

#include "abi/errno.h"
#include "kernel/thread.h"
#include "kernel/time.h"

struct sleeper {
	struct wait_entry entry;
	struct thread *thread;
	bool woken;
};

struct alarm {
	struct ktimer timer;
	struct thread *thread;
	bool rang;
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

static void alarm_ring(struct ktimer *t)
{
	struct alarm *a = CONTAINER_OF(t, struct alarm, timer);

	a->rang = true;
	thread_wake(a->thread);
}

int wait_flag(const bool *done, uint64_t deadline, unsigned flags)
{
	struct alarm a = {.thread = thread_current()};
	bool interruptible = (flags & WAIT_INTERRUPTIBLE) != 0;

	if (READ_ONCE(*done))
		return 0;
	if (interruptible && a.thread->interrupt)
		return -EINTR;
	if (deadline != TIME_NEVER) {
		int err;

		if (deadline <= time_mono())
			return -ETIMEDOUT;
		timer_init(&a.timer, alarm_ring);
		err = timer_arm(&a.timer, deadline);
		if (err != 0)
			return err;
	}
	while (!READ_ONCE(*done) && !READ_ONCE(a.rang) && !(interruptible && READ_ONCE(a.thread->interrupt)))
		thread_sleep();
	if (deadline != TIME_NEVER)
		timer_cancel(&a.timer);
	return READ_ONCE(*done) ? 0 : a.rang ? -ETIMEDOUT : -EINTR;
}

static bool sleeper_wake(struct wait_entry *e, unsigned events UNUSED)
{
	struct sleeper *s = e->arg;

	list_remove(&e->link);
	s->woken = true;
	thread_wake(s->thread);
	return true;
}

int wait_sleep(struct wait_queue *q, uint64_t deadline, unsigned flags)
{
	struct sleeper s = {.entry = {.fn = sleeper_wake, .arg = &s}, .thread = thread_current()};
	int err;

	wait_add(q, &s.entry);
	err = wait_flag(&s.woken, deadline, flags);
	wait_remove(&s.entry);
	return err;
}
