/* SPDX-License-Identifier: ISC */
/*
 * Page frames. RAM comes in ranges; each range carries its own array of struct frame in its first frames, so a machine
 * of 2 MiB pays 6 KiB and no address needs to be known before. Free memory is a binary buddy system: blocks of 2^order
 * frames, aligned to their size, one list per order linked through the frames' records, so free frames themselves are
 * never touched (they stay zero, and in the sandbox not even present).
 *
 * Invariants: the record of a free block's first frame has head set and its order; in all other records head is clear.
 * refs is 0 exactly in free frames. dirty is set once a frame was given out and cleared only when the platform took it
 * back: it says whether a frame that must be zero has to be cleared. dirty_free counts the dirty frames that are free.
 *
 * Large runs that are freed go back to the host (platform_discard) once more than KEEP_DIRTY frames wait for reuse: a
 * frame that is used again at once costs the host nothing.
 */
#include "kernel/page.h"

#include "kernel/log.h"
#include "lib/string.h"
#include "platform/platform.h"

#define ORDERS      19u /* the largest block is 1 GiB */
#define MAX_RANGES  16u
#define NONE        UINT32_MAX
#define DISCARD_MIN 16u /* frames: shorter runs are not worth a host call */
#define KEEP_DIRTY  8192u /* so many frames, or an eighth of all, may wait for reuse before runs are given back */

struct frame {
	uint32_t next; /* free: the list's next block, or NONE; else: references */
	uint32_t prev; /* free: the list's previous block, or NONE; else: the owner's tag */
	uint8_t order; /* of a free block, in its first frame */
	bool head; /* first frame of a free block */
	bool dirty;
	bool used;
};

struct range {
	uint32_t first, end; /* frame numbers */
	struct frame *frames; /* record of `first` */
};

uintptr_t page_direct_base;

static struct range ranges[MAX_RANGES];
static unsigned range_count;
static uint32_t free_list[ORDERS];
static uint32_t order_mask; /* bit o: free_list[o] is not empty */
static size_t total, free_count, dirty_free, reserve;

static const struct range *range_of(uint32_t pfn)
{
	for (unsigned i = 0; i < range_count; i++)
		if (pfn - ranges[i].first < ranges[i].end - ranges[i].first)
			return &ranges[i];
	return NULL;
}

static struct frame *frame_of(uint32_t pfn)
{
	const struct range *r = range_of(pfn);

	ASSERT(r != NULL);
	return &r->frames[pfn - r->first];
}

static uint32_t pfn_of(paddr_t pa)
{
	return pa >> PAGE_SHIFT < NONE ? (uint32_t)(pa >> PAGE_SHIFT) : NONE;
}

static paddr_t pa_of(uint32_t pfn)
{
	return (paddr_t)pfn << PAGE_SHIFT;
}

static void list_add(uint32_t pfn, struct frame *f, unsigned order)
{
	uint32_t next = order_mask & 1u << order ? free_list[order] : NONE;

	f->head = true;
	f->order = (uint8_t)order;
	f->prev = NONE;
	f->next = next;
	if (next != NONE)
		frame_of(next)->prev = pfn;
	free_list[order] = pfn;
	order_mask |= 1u << order;
}

static void list_del(struct frame *f)
{
	unsigned order = f->order;

	f->head = false;
	if (f->next != NONE)
		frame_of(f->next)->prev = f->prev;
	if (f->prev != NONE)
		frame_of(f->prev)->next = f->next;
	else if (f->next != NONE)
		free_list[order] = f->next;
	else
		order_mask &= ~(1u << order);
}

/* Puts a block back, merged with its free buddies. */
static void block_give(const struct range *r, uint32_t pfn, unsigned order)
{
	for (; order + 1 < ORDERS; order++) {
		uint32_t buddy = pfn ^ 1u << order;
		struct frame *b;

		if (buddy < r->first || buddy - r->first >= r->end - r->first)
			break;
		b = &r->frames[buddy - r->first];
		if (!b->head || b->order != order)
			break;
		list_del(b);
		pfn &= ~(1u << order);
	}
	list_add(pfn, &r->frames[pfn - r->first], order);
}

/* Any run of frames as the blocks it consists of; never frame 0, which holds records if it is RAM at all. */
static void run_give(const struct range *r, uint32_t pfn, size_t n)
{
	while (n > 0) {
		unsigned order = MIN((unsigned)__builtin_ctz(pfn), ORDERS - 1);

		while (1ul << order > n)
			order--;
		block_give(r, pfn, order);
		pfn += 1u << order;
		n -= 1ul << order;
	}
}

/* The lowest frames of the first block of at least 2^order; the rest goes back in halves, so that the next allocation
 * continues where this one ended. There must be one. */
static uint32_t block_take(unsigned order)
{
	unsigned o = (unsigned)__builtin_ctz(order_mask >> order) + order;
	uint32_t pfn = free_list[o];
	const struct range *r = range_of(pfn);

	list_del(&r->frames[pfn - r->first]);
	while (o > order) {
		uint32_t upper = pfn + (1u << --o);

		list_add(upper, &r->frames[upper - r->first], o);
	}
	return pfn;
}

void page_add_range(paddr_t start, paddr_t end, bool zero)
{
	uint32_t first = pfn_of(start + PAGE_SIZE - 1), last = pfn_of(end), n = last - first, records;
	struct range *r = &ranges[range_count];

	if (first >= last || n < 2)
		return;
	if (range_count == MAX_RANGES) {
		log_warn("memory at %#lx is left unused: too many ranges", (unsigned long)start);
		return;
	}
	records = (uint32_t)((n * sizeof(struct frame) + PAGE_SIZE - 1) >> PAGE_SHIFT);
	r->first = first;
	r->end = last;
	r->frames = page_ptr(pa_of(first));
	range_count++;
	if (!zero) {
		memset(r->frames, 0, n * sizeof(struct frame));
		for (uint32_t i = 0; i < n; i++)
			r->frames[i].dirty = true;
	}
	for (uint32_t i = 0; i < records; i++)
		r->frames[i] = (struct frame){.next = 1, .dirty = true, .used = true};
	total += n;
	free_count += n - records;
	dirty_free += zero ? 0 : n - records;
	reserve = MIN(total / 64 + 8, 1024ul);
	run_give(r, first + records, n - records);
}

/* Frames that leave the free lists: one reference each, cleared if asked for. */
static paddr_t frames_start(uint32_t pfn, size_t n, unsigned flags)
{
	struct frame *f = frame_of(pfn);
	size_t dirty = 0;

	for (size_t i = 0; i < n; i++) {
		if (f[i].dirty) {
			dirty++;
			if (flags & PAGE_ZERO)
				memset(page_ptr(pa_of(pfn + (uint32_t)i)), 0, PAGE_SIZE);
		}
		f[i] = (struct frame){.next = 1, .dirty = true, .used = true};
	}
	free_count -= n;
	dirty_free -= dirty;
	return pa_of(pfn);
}

size_t page_available(void)
{
	return free_count > reserve ? free_count - reserve : 0;
}

static size_t allowed(unsigned flags)
{
	return flags & PAGE_RESERVE ? free_count : page_available();
}

paddr_t page_alloc(unsigned order, unsigned flags)
{
	if (order >= ORDERS || order_mask >> order == 0 || 1ul << order > allowed(flags))
		return 0;
	return frames_start(block_take(order), 1ul << order, flags);
}

/* The order of the smallest block that holds n frames. */
static unsigned order_for(size_t n)
{
	return n == 1 ? 0 : 64 - (unsigned)__builtin_clzl(n - 1);
}

paddr_t page_alloc_run(size_t want, size_t *got, unsigned flags)
{
	size_t most = MIN(want, allowed(flags));
	unsigned order;
	uint32_t pfn;

	if (most == 0)
		return 0;
	order = order_for(most);
	if (order >= ORDERS || order_mask >> order == 0)
		order = 31 - (unsigned)__builtin_clz(order_mask);
	pfn = block_take(order);
	*got = MIN(most, 1ul << order);
	if (*got < 1ul << order)
		run_give(range_of(pfn), pfn + (uint32_t)*got, (1ul << order) - *got);
	return frames_start(pfn, *got, flags);
}

paddr_t page_alloc_exact(size_t n, unsigned flags)
{
	if (n == 0 || n > allowed(flags) || order_for(n) >= ORDERS || order_mask >> order_for(n) == 0)
		return 0;
	return page_alloc_run(n, &n, flags); /* there is such a block */
}

paddr_t page_alloc_at(paddr_t pa, size_t n, unsigned flags)
{
	uint32_t pfn = pfn_of(pa), head, end;
	const struct range *r = range_of(pfn);

	if (r == NULL || r->frames[pfn - r->first].used || n > allowed(flags))
		return 0;
	for (unsigned order = 0; order < ORDERS; order++) {
		struct frame *f;

		head = pfn & ~((1u << order) - 1);
		end = head + (1u << order);
		if (head < r->first)
			return 0;
		f = &r->frames[head - r->first];
		if (!f->head || f->order != order)
			continue;
		if (n > end - pfn)
			return 0;
		list_del(f);
		run_give(r, head, pfn - head);
		run_give(r, pfn + (uint32_t)n, end - pfn - n);
		return frames_start(pfn, n, flags);
	}
	return 0;
}

void page_get_run(paddr_t pa, size_t n)
{
	uint32_t pfn = pfn_of(pa);
	const struct range *r = range_of(pfn);

	if (r == NULL)
		return;
	for (struct frame *f = &r->frames[pfn - r->first]; n > 0; f++, n--) {
		ASSERT(f->used);
		f->next++;
	}
}

/* Frames whose last reference is gone: given to the host if there is enough to reuse, and to the free lists. */
static void frames_end(const struct range *r, uint32_t pfn, size_t n)
{
	struct frame *f = &r->frames[pfn - r->first];
	bool clean = n >= DISCARD_MIN && dirty_free > MAX(total / 8, (size_t)KEEP_DIRTY) &&
		     platform_discard(pa_of(pfn), n * PAGE_SIZE);

	for (size_t i = 0; i < n; i++)
		f[i] = (struct frame){.dirty = !clean};
	free_count += n;
	dirty_free += clean ? 0 : n;
	run_give(r, pfn, n);
}

void page_put_run(paddr_t pa, size_t n)
{
	uint32_t pfn = pfn_of(pa), end = pfn + (uint32_t)n, start = pfn;
	const struct range *r = range_of(pfn);

	if (r == NULL)
		return;
	for (; pfn < end; pfn++) {
		struct frame *f = &r->frames[pfn - r->first];

		ASSERT(f->used);
		if (--f->next == 0)
			continue;
		if (start < pfn)
			frames_end(r, start, pfn - start);
		start = pfn + 1;
	}
	if (start < end)
		frames_end(r, start, end - start);
}

void page_get(paddr_t pa)
{
	page_get_run(pa, 1);
}

void page_put(paddr_t pa)
{
	page_put_run(pa, 1);
}

static struct frame *used_frame(paddr_t pa)
{
	uint32_t pfn = pfn_of(pa);
	const struct range *r = range_of(pfn);
	struct frame *f = r == NULL ? NULL : &r->frames[pfn - r->first];

	return f != NULL && f->used ? f : NULL;
}

unsigned page_refs(paddr_t pa)
{
	const struct frame *f = used_frame(pa);

	return f == NULL ? 0 : f->next;
}

void page_set_tag(paddr_t pa, uint32_t tag)
{
	struct frame *f = used_frame(pa);

	ASSERT(f != NULL);
	f->prev = tag;
}

uint32_t page_tag(paddr_t pa)
{
	const struct frame *f = used_frame(pa);

	ASSERT(f != NULL);
	return f->prev;
}

size_t page_total(void)
{
	return total << PAGE_SHIFT;
}

size_t page_free(void)
{
	return free_count << PAGE_SHIFT;
}
