/* SPDX-License-Identifier: ISC */
/*
 * One-shot timers in a binary heap: heap[0] is the earliest, every armed timer knows its place. The array starts static
 * and doubles; it never shrinks.
 */
#include "kernel/time.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "sched.h"

#define HEAP_STATIC 16

static struct ktimer *heap_static[HEAP_STATIC];
static struct ktimer **heap = heap_static;
static unsigned count, capacity = HEAP_STATIC;

static void place(unsigned i, struct ktimer *t)
{
	heap[i] = t;
	t->heap_index = (int)i;
}

static void sift_up(unsigned i, struct ktimer *t)
{
	while (i > 0 && heap[(i - 1) / 2]->deadline > t->deadline) {
		place(i, heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(i, t);
}

static void sift_down(unsigned i, struct ktimer *t)
{
	for (;;) {
		unsigned child = 2 * i + 1;

		if (child + 1 < count && heap[child + 1]->deadline < heap[child]->deadline)
			child++;
		if (child >= count || heap[child]->deadline >= t->deadline)
			break;
		place(i, heap[child]);
		i = child;
	}
	place(i, t);
}

static int grow(void)
{
	struct ktimer **bigger = kmalloc(2 * capacity * sizeof *bigger);

	if (bigger == NULL)
		return -ENOMEM;
	memcpy(bigger, heap, count * sizeof *bigger);
	if (heap != heap_static)
		kfree(heap);
	heap = bigger;
	capacity *= 2;
	return 0;
}

void timer_init(struct ktimer *t, void (*fn)(struct ktimer *))
{
	t->deadline = TIME_NEVER;
	t->fn = fn;
	t->heap_index = -1;
}

bool timer_cancel(struct ktimer *t)
{
	int i = t->heap_index;
	struct ktimer *last;

	if (i < 0)
		return false;
	last = heap[--count];
	if (last != t) {
		sift_down((unsigned)i, last);
		sift_up((unsigned)last->heap_index, last);
	}
	t->heap_index = -1;
	t->deadline = TIME_NEVER;
	return true;
}

int timer_arm(struct ktimer *t, uint64_t deadline)
{
	timer_cancel(t);
	if (count == capacity && grow() != 0)
		return -ENOMEM;
	t->deadline = deadline;
	sift_up(count++, t);
	if (t->heap_index == 0)
		sched_timer_changed(deadline);
	return 0;
}

uint64_t timer_next(void)
{
	return count == 0 ? TIME_NEVER : heap[0]->deadline;
}

void timer_run(void)
{
	uint64_t now;

	if (count == 0)
		return;
	now = time_mono();
	while (count > 0 && heap[0]->deadline <= now) {
		struct ktimer *t = heap[0];

		timer_cancel(t);
		t->fn(t);
	}
}
