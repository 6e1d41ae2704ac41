/* SPDX-License-Identifier: ISC */
/* Entries on the files' wait queues: the first few on the caller's stack, more in chunks. */
#include "linux/poller.h"
#include <linux/poll.h>

#include "kernel/heap.h"
#include "kernel/thread.h"
#include "linux/timespec.h"

#define CHUNK 60u

struct poller_chunk {
	struct poller_chunk *next;
	unsigned used;
	struct poller_entry entry[CHUNK];
};

static bool wake(struct wait_entry *e, unsigned events)
{
	struct poller *p = CONTAINER_OF(e, struct poller_entry, wait)->poller;
	bool news = !p->woken;

	(void)events;
	p->woken = true;
	thread_wake(p->thread);
	return news;
}

static struct poller_entry *take(struct poller *p)
{
	struct poller_chunk *c = p->more;

	if (p->used < POLLER_FAST)
		return &p->first[p->used++];
	if (c == NULL || c->used == CHUNK) {
		c = kmalloc(sizeof *c);
		if (c == NULL)
			return NULL;
		c->used = 0;
		c->next = p->more;
		p->more = c;
	}
	return &c->entry[c->used++];
}

static void add(struct poll_table *pt, struct wait_queue *q)
{
	struct poller *p = CONTAINER_OF(pt, struct poller, table);
	struct poller_entry *e = take(p);

	if (e == NULL) {
		p->failed = true;
		return;
	}
	e->wait.fn = wake;
	e->poller = p;
	wait_add(q, &e->wait);
}

void poller_begin(struct poller *p)
{
	p->table.add = add;
	p->thread = thread_current();
	p->woken = p->failed = false;
	p->used = 0;
	p->more = NULL;
}

void poller_end(struct poller *p)
{
	for (unsigned i = 0; i < p->used; i++)
		wait_remove(&p->first[i].wait);
	while (p->more != NULL) {
		struct poller_chunk *c = p->more;

		for (unsigned i = 0; i < c->used; i++)
			wait_remove(&c->entry[i].wait);
		p->more = c->next;
		kfree(c);
	}
}

int poller_wait(struct poller *p, uint64_t deadline)
{
	int err = p->failed ? -ENOMEM : wait_flag(&p->woken, deadline, WAIT_INTERRUPTIBLE);

	p->woken = false;
	return err;
}

unsigned poller_look(struct file *f)
{
	struct poll_table none = {NULL};

	return f->ops->poll != NULL ? f->ops->poll(f, &none) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

int poller_deadline(struct uptr timeout, bool usec, uint64_t *deadline)
{
	struct user_timeval tv;

	if (!usec || uptr_null(timeout))
		return timespec_deadline(timeout, deadline);
	if (get_user(tv, timeout) != 0)
		return -EFAULT;
	if (tv.sec < 0 || tv.usec < 0)
		return -EINVAL;
	if ((uint64_t)tv.sec >= TIME_NEVER / NSEC_PER_SEC - 1 || tv.usec >= (int64_t)NSEC_PER_SEC)
		*deadline = TIME_NEVER;
	else
		*deadline = time_add(time_mono(), (uint64_t)tv.sec * NSEC_PER_SEC + (uint64_t)tv.usec * 1000);
	return 0;
}

/* A timeout that cannot be written stays: the call itself did what it was asked to. */
void poller_left(struct uptr timeout, bool usec, uint64_t deadline)
{
	uint64_t now = time_mono(), left = deadline > now ? deadline - now : 0;

	if (uptr_null(timeout) || deadline == TIME_NEVER)
		return;
	if ((usec ? put_user(timeout, timeval_from_ns(left)) : put_user(timeout, timespec_from_ns(left))) != 0)
		return;
}
