/* SPDX-License-Identifier: ISC */
/*
 * Split virtqueues (specification 2.6), in the memory layout of legacy devices, which is right for modern ones too:
 * descriptors, available ring, and from the next page on the used ring. Free descriptors are chained by `next`.
 * The device reads and writes the rings at any time; indices run freely, modulo 2^16. x86's stores and loads stay in
 * order, but a store may pass a later load: machine_barrier() stands where that matters.
 */
#include "abi/errno.h"
#include "drivers/machine.h"
#include "drivers/virtio.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "lib/string.h"

#define DESC_NEXT       1u
#define DESC_WRITE      2u
#define USED_NO_NOTIFY  1u
#define AVAIL_NO_IRQ    1u
#define RING_INDEX      1 /* words of both rings: flags, index, entries */
#define RING_ENTRIES    2
#define USED_ELEM_WORDS 4

static inline void ordered(void)
{
	__atomic_thread_fence(__ATOMIC_ACQ_REL);
}

static size_t avail_offset(unsigned size)
{
	return size * sizeof(struct virtq_desc);
}

static size_t used_offset(unsigned size)
{
	return ALIGN_UP(avail_offset(size) + (RING_ENTRIES + size + 1) * sizeof(uint16_t), PAGE_SIZE);
}

static size_t total_size(unsigned size)
{
	return used_offset(size) + ALIGN_UP((RING_ENTRIES + USED_ELEM_WORDS * size + 1) * sizeof(uint16_t), PAGE_SIZE);
}

paddr_t virtq_avail_pa(const struct virtq *q)
{
	return q->pa + avail_offset(q->size);
}

paddr_t virtq_used_pa(const struct virtq *q)
{
	return q->pa + used_offset(q->size);
}

static paddr_t alloc(size_t n)
{
	unsigned order = 0;

	while (PAGE_SIZE << order < n)
		order++;
	return page_alloc(order, PAGE_ZERO | PAGE_RESERVE);
}

int virtq_init(struct virtq *q, struct virtio_device *d, unsigned index, unsigned max)
{
	unsigned size = d->ops->queue_max(d, index);

	memset(q, 0, sizeof *q);
	if (size == 0 || (size & (size - 1)) != 0)
		return -ENOENT;
	if (!d->legacy)
		size = MIN(size, max);
	q->pa = alloc(total_size(size));
	q->cookie = kzalloc(size * sizeof *q->cookie);
	if (q->pa == 0 || q->cookie == NULL)
		return -ENOMEM;
	q->dev = d;
	q->index = (uint16_t)index;
	q->size = q->free_count = (uint16_t)size;
	q->event_idx = virtio_has(d, VIRTIO_F_EVENT_IDX);
	q->desc = page_ptr(q->pa);
	q->avail_ring = page_ptr(virtq_avail_pa(q));
	q->used_ring = page_ptr(virtq_used_pa(q));
	for (unsigned i = 0; i + 1 < size; i++)
		q->desc[i].next = (uint16_t)(i + 1);
	return d->ops->queue_enable(d, q);
}

void virtq_add(struct virtq *q, const struct virtq_piece *piece, unsigned out, unsigned in, void *cookie)
{
	uint16_t head = q->free_head, i = head;
	struct virtq_desc *d = &q->desc[head];

	ASSERT(out + in != 0);
	for (unsigned k = 0; k < out + in; k++) {
		d = &q->desc[i];
		d->address = page_addr(piece[k].base);
		d->length = piece[k].length;
		d->flags = (uint16_t)(DESC_NEXT | (k < out ? 0 : DESC_WRITE));
		i = d->next;
	}
	d->flags &= (uint16_t)~DESC_NEXT;
	q->free_head = i;
	q->free_count = (uint16_t)(q->free_count - (out + in));
	q->cookie[head] = cookie;
	q->avail_ring[RING_ENTRIES + (q->avail++ & (q->size - 1))] = head;
}

void virtq_kick(struct virtq *q)
{
	uint16_t old = q->told, event;
	bool wanted;

	if (q->avail == old)
		return;
	ordered();
	q->avail_ring[RING_INDEX] = q->told = q->avail;
	machine_barrier();
	event = q->used_ring[RING_ENTRIES + USED_ELEM_WORDS * q->size];
	wanted = q->event_idx ? (uint16_t)(q->avail - event - 1) < (uint16_t)(q->avail - old)
			      : (q->used_ring[0] & USED_NO_NOTIFY) == 0;
	if (wanted)
		q->dev->ops->notify(q->dev, q->index);
}

void *virtq_take(struct virtq *q, uint32_t *length)
{
	const volatile struct virtq_used_elem *e;
	uint16_t head, last, n = 1;
	void *cookie;

	if (q->used_ring[RING_INDEX] == q->last_used)
		return NULL;
	ordered();
	e = (const volatile void *)&q->used_ring[RING_ENTRIES + USED_ELEM_WORDS * (q->last_used & (q->size - 1))];
	head = last = (uint16_t)(e->id & (q->size - 1u));
	*length = e->length;
	q->last_used++;
	for (; (q->desc[last].flags & DESC_NEXT) != 0 && n < q->size; n++)
		last = q->desc[last].next;
	q->desc[last].next = q->free_head;
	q->free_head = head;
	q->free_count = (uint16_t)(q->free_count + n);
	cookie = q->cookie[head];
	q->cookie[head] = NULL;
	return cookie;
}

bool virtq_want(struct virtq *q, unsigned after)
{
	if (!q->event_idx)
		q->avail_ring[0] = after == 0 ? AVAIL_NO_IRQ : 0;
	else
		q->avail_ring[RING_ENTRIES + q->size] = (uint16_t)(q->last_used + (after == 0 ? -1 : (int)after - 1));
	if (after == 0)
		return false;
	machine_barrier();
	return (uint16_t)(q->used_ring[RING_INDEX] - q->last_used) >= after;
}
