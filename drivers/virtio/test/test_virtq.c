/* SPDX-License-Identifier: ISC */
// USES: drivers/virtio/virtq.c
/* Split virtqueues against a device in the same process: chains, wrap-around, and who is told when. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/machine.h"
#include "drivers/virtio.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "test/tap.h"

void machine_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#define SIZE 8u

static unsigned notified, device_max = SIZE;
static uint16_t device_seen; /* available chains that the device has taken */
static struct virtio_device dev;

uintptr_t page_direct_base;

paddr_t page_alloc(unsigned order, unsigned flags)
{
	void *p = aligned_alloc(PAGE_SIZE, PAGE_SIZE << order);

	(void)flags;
	memset(p, 0, PAGE_SIZE << order);
	return (uintptr_t)p;
}

void *kzalloc(size_t n)
{
	return calloc(1, n);
}

NORETURN void panic(const char *f, ...)
{
	puts(f);
	abort();
}

bool virtio_has(const struct virtio_device *d, unsigned feature)
{
	return (d->features & 1ull << feature) != 0;
}

static unsigned queue_max(struct virtio_device *d, unsigned index)
{
	(void)d;
	return index == 0 ? device_max : 0;
}

static int queue_enable(struct virtio_device *d, const struct virtq *q)
{
	(void)d, (void)q;
	return 0;
}

static void notify(struct virtio_device *d, unsigned index)
{
	(void)d, (void)index;
	notified++;
}

static const struct virtio_transport ops = {.queue_max = queue_max, .queue_enable = queue_enable, .notify = notify};

static volatile uint16_t *avail(struct virtq *q)
{
	return page_ptr(virtq_avail_pa(q));
}

static volatile uint16_t *used(struct virtq *q)
{
	return page_ptr(virtq_used_pa(q));
}

/* The device's side: takes a chain, gives it back with `length` bytes written; the chain's length, 0: there is none. */
static unsigned device_run(struct virtq *q, uint32_t length)
{
	uint16_t head, i, at = used(q)[1];
	volatile struct virtq_used_elem *e = (volatile void *)(used(q) + 2);
	unsigned n = 1;

	if (device_seen == avail(q)[1])
		return 0;
	head = i = avail(q)[2 + device_seen++ % q->size];
	for (; (q->desc[i].flags & 1) != 0; n++)
		i = q->desc[i].next;
	e[at % q->size].id = head;
	e[at % q->size].length = length;
	used(q)[1] = (uint16_t)(at + 1);
	return n;
}

static void fresh(struct virtq *q, uint64_t features)
{
	dev = (struct virtio_device){.ops = &ops, .features = features};
	device_seen = 0;
	notified = 0;
	if (virtq_init(q, &dev, 0, SIZE) != 0)
		abort();
}

static void drop(struct virtq *q)
{
	free(page_ptr(q->pa));
	free(q->cookie);
}

static void test_chains(struct virtq *q)
{
	struct virtq_piece p[3] = {{&dev, 10}, {&ops, 20}, {&notified, 30}};
	uint32_t length;
	int a, b;
	bool ok = true;

	virtq_add(q, p, 1, 2, &a);
	tap_ok(q->free_count == SIZE - 3, "a chain takes a descriptor a piece");
	tap_ok(device_run(q, 1) == 0, "the device does not see it before the kick");
	virtq_kick(q);
	tap_ok(notified == 1, "the kick notifies");
	virtq_kick(q);
	tap_ok(notified == 1, "once");
	virtq_add(q, p, 1, 0, &b);
	virtq_kick(q);
	tap_ok(q->desc[0].address == (uintptr_t)&dev && q->desc[0].length == 10 && q->desc[0].flags == 1 &&
		   q->desc[1].flags == 3 && q->desc[2].flags == 2 && q->desc[2].length == 30,
	       "the descriptors say what is read and what is written");
	tap_ok(virtq_take(q, &length) == NULL, "nothing is done yet");
	tap_ok(device_run(q, 50) == 3 && device_run(q, 0) == 1, "the device takes both");
	tap_ok(virtq_take(q, &length) == &a && length == 50, "the first comes back with its length");
	tap_ok(virtq_take(q, &length) == &b && q->free_count == SIZE, "then the other, and all descriptors are free");
	for (unsigned i = 0; i < 70000; i++) {
		virtq_add(q, p, i % 2, 1 + i % 2, i % 3 == 0 ? &a : &b);
		virtq_kick(q);
		ok &= device_run(q, i) == 1 + 2 * (i % 2) && virtq_take(q, &length) == (i % 3 == 0 ? &a : &b) &&
		      length == i;
	}
	tap_ok(ok && q->free_count == SIZE, "indices go round");
}

static void test_event_index(struct virtq *q)
{
	struct virtq_piece p = {&dev, 1};
	uint32_t length;

	used(q)[2 + 4 * SIZE] = 1; /* the device wants to hear of the chain after the next */
	virtq_add(q, &p, 1, 0, q);
	virtq_kick(q);
	tap_ok(notified == 0, "a device that does not want to be told is not");
	virtq_add(q, &p, 1, 0, q);
	virtq_kick(q);
	tap_ok(notified == 1, "it is told of the one that it asked for");
	tap_ok(!virtq_want(q, 1) && avail(q)[2 + SIZE] == 0, "an interrupt is wanted at the next");
	tap_ok(!virtq_want(q, 2) && avail(q)[2 + SIZE] == 1, "at the second");
	device_run(q, 0);
	tap_ok(!virtq_want(q, 2), "one is not two");
	tap_ok(virtq_want(q, 1), "one is there already");
	device_run(q, 0);
	virtq_take(q, &length);
	virtq_take(q, &length);
	tap_ok(!virtq_want(q, 0) && (uint16_t)(avail(q)[2 + SIZE] - q->last_used) == 0xffff, "none is wanted");
}

int main(void)
{
	struct virtq q;

	fresh(&q, 0);
	test_chains(&q);
	virtq_want(&q, 0);
	tap_ok(avail(&q)[0] == 1, "without event index a flag says that no interrupt is wanted");
	drop(&q);
	fresh(&q, 1ull << VIRTIO_F_EVENT_IDX);
	test_event_index(&q);
	drop(&q);
	tap_ok(virtq_init(&q, &dev, 1, SIZE) == -ENOENT, "a queue that the device does not have");
	device_max = 6;
	tap_ok(virtq_init(&q, &dev, 0, SIZE) == -ENOENT, "a size that is no power of two is refused");
	device_max = 256;
	fresh(&q, 0);
	tap_ok(q.size == SIZE, "a large queue is cut");
	drop(&q);
	dev.legacy = true;
	tap_ok(virtq_init(&q, &dev, 0, SIZE) == 0 && q.size == 256, "but not a legacy device's");
	tap_ok(virtq_avail_pa(&q) == q.pa + 4096 && virtq_used_pa(&q) == q.pa + 8192, "which has the old layout");
	drop(&q);
	return tap_end();
}
