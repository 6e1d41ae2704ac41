/* SPDX-License-Identifier: ISC */
/*
 * Content of files in memory; see data.h. Invariant: the bytes of the last frame behind the size are zero, but for what
 * a mapping writes there. A frame that a mapping still holds is zeroed and kept when a hole is punched, so that file and
 * mapping stay the same memory.
 */
#include "data.h"
#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define SIZE_LIMIT INT64_MAX
#define RUN_MAX    64u
#define FAULT_RUN  4u /* pages given at a fault in a hole */

static char zeros[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))); /* not const: costs nothing in the image */

static uint64_t least(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t ab = MIN(a, b);

	return MIN(ab, c);
}

void quota_put(struct tmpfs_quota *q)
{
	if (--q->refs == 0)
		kfree(q);
}

/* Reads from below into a frame that is zero from byte `done` on: what shows of page `index`. */
static void copy_lower(struct tmpfs_data *d, uint64_t index, char *to, size_t done)
{
	uint64_t pos = index << PAGE_SHIFT;

	while (done < PAGE_SIZE && pos + done < d->lower_size) {
		const void *p;
		ssize_t n = d->lower->ops->peek(d->lower, pos + done, &p);

		if (n <= 0)
			return;
		n = (ssize_t)least((uint64_t)n, PAGE_SIZE - done, d->lower_size - pos - done);
		memcpy(to + done, p, (size_t)n);
		done += (size_t)n;
	}
}

/* Up to `want` contiguous frames within the quota, not counted yet. */
static int frames(struct tmpfs_data *d, size_t want, unsigned flags, paddr_t *pa, size_t *got)
{
	if (d->quota->used >= d->quota->max)
		return -ENOSPC;
	*pa = page_alloc_run(least(want, RUN_MAX, d->quota->max - d->quota->used), got, flags);
	return *pa == 0 ? -ENOSPC : 0;
}

static int put_frame(struct tmpfs_data *d, uint64_t index, paddr_t pa)
{
	if (pages_set(&d->pages, index, pa) != 0)
		return -ENOSPC;
	d->quota->used++;
	return 0;
}

static void free_frames(paddr_t pa, size_t n)
{
	for (size_t i = 0; i < n; i++)
		page_put(pa + (i << PAGE_SHIFT));
}

/* Gives pages [index, index+want), none of which has one, frames that show what is there; or fewer, at least the first. */
static int fill(struct tmpfs_data *d, uint64_t index, size_t want)
{
	size_t got;
	paddr_t pa;
	int err = frames(d, want, PAGE_ZERO, &pa, &got);

	for (size_t i = 0; err == 0 && i < got; i++) {
		paddr_t frame = pa + (i << PAGE_SHIFT);

		if (d->lower != NULL)
			copy_lower(d, index + i, page_ptr(frame), 0);
		if (put_frame(d, index + i, frame) != 0) {
			free_frames(frame, got - i);
			return i > 0 ? 0 : -ENOSPC;
		}
	}
	return err;
}

/* How many of the next `want` pages from index have no frame. */
static size_t missing(const struct tmpfs_data *d, uint64_t index, size_t want)
{
	uint64_t next = pages_next(&d->pages, index);

	return next - index < want ? (size_t)(next - index) : want;
}

/* A mapping gets frames of the file's own even where something lies below: what is written later, by whatever way, must
 * be the same memory. */
static int data_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	struct tmpfs_data *d = CONTAINER_OF(o, struct tmpfs_data, object);
	uint64_t end = (d->size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	if (index >= end)
		return -ENXIO;
	if (write && d->sealed)
		return -EACCES;
	*run = 1;
	*pa = pages_get(&d->pages, index);
	if (*pa == 0) {
		if (fill(d, index, missing(d, index, MIN(end - index, FAULT_RUN))) != 0)
			return d->quota->used >= d->quota->max ? -ENXIO : -ENOMEM;
		*pa = pages_get(&d->pages, index);
	}
	page_get(*pa);
	while (*run < MIN(end - index, RUN_MAX) && pages_get(&d->pages, index + *run) == *pa + (*run << PAGE_SHIFT))
		++*run;
	return 0;
}

static void data_destroy(struct vm_object *o)
{
	struct tmpfs_data *d = CONTAINER_OF(o, struct tmpfs_data, object);

	d->quota->used -= d->pages.count;
	pages_free(&d->pages);
	quota_put(d->quota);
	if (d->lower != NULL)
		inode_put(d->lower);
	kfree((void *)(uintptr_t)o->name);
	kfree(d);
}

static const struct vm_object_ops data_ops = {.page = data_page, .destroy = data_destroy};

struct tmpfs_data *data_create(struct tmpfs_quota *q, struct inode *lower, uint64_t size)
{
	struct tmpfs_data *d = kzalloc(sizeof *d);

	if (d == NULL)
		return NULL;
	d->object = (struct vm_object){.ops = &data_ops, .refs = 1};
	d->quota = q;
	q->refs++;
	if (lower != NULL) {
		d->lower = inode_get(lower);
		d->lower_size = MIN(size, lower->size);
	}
	d->size = size;
	return d;
}

static void free_frame(struct tmpfs_data *d, uint64_t index)
{
	page_put(pages_take(&d->pages, index));
	d->quota->used--;
}

/* Puts a frame of which n bytes were written where nothing was when it was taken. Copying from the program may have
 * brought one in (a mapping of this very file): then that one stays. */
static int put_written(struct tmpfs_data *d, uint64_t index, paddr_t pa, size_t n)
{
	paddr_t other = pages_get(&d->pages, index);
	char *p = page_ptr(pa);

	if (other != 0) {
		memcpy(page_ptr(other), p, n);
		page_put(pa);
		return 0;
	}
	memset(p + n, 0, PAGE_SIZE - n);
	if (n < PAGE_SIZE && d->lower != NULL)
		copy_lower(d, index, p, n);
	return put_frame(d, index, pa);
}

/* Whole pages from index on, none of which has a frame: written into new ones, which nobody sees before. */
static ssize_t write_fresh(struct tmpfs_data *d, struct uio *u, uint64_t index)
{
	size_t want = missing(d, index, MIN(u->left >> PAGE_SHIFT, RUN_MAX)), got, left;
	ssize_t done = 0, m;
	paddr_t pa;
	int err = frames(d, want, 0, &pa, &got);

	if (err != 0)
		return err;
	m = uio_get(u, page_ptr(pa), got << PAGE_SHIFT);
	left = m > 0 ? (size_t)m : 0;
	for (; left > 0; got--, index++, pa += PAGE_SIZE) {
		size_t n = MIN(left, PAGE_SIZE);

		if (put_written(d, index, pa, n) != 0) {
			m = -ENOSPC;
			break;
		}
		left -= n;
		done += (ssize_t)n;
	}
	free_frames(pa, got);
	return done > 0 ? done : m;
}

static ssize_t write_part(struct tmpfs_data *d, struct uio *u, uint64_t pos)
{
	uint64_t index = pos >> PAGE_SHIFT;
	size_t off = pos & (PAGE_SIZE - 1);
	paddr_t pa = pages_get(&d->pages, index);
	ssize_t m;

	if (pa == 0) {
		int err = fill(d, index, 1);

		if (err != 0)
			return err;
		pa = pages_get(&d->pages, index);
	}
	page_get(pa);
	m = uio_get(u, (char *)page_ptr(pa) + off, MIN(PAGE_SIZE - off, u->left));
	page_put(pa);
	return m;
}

/* What a shared mapping wrote behind the end must not show when the file gets longer. */
static void clear_behind_end(struct tmpfs_data *d)
{
	uint64_t off = d->size & (PAGE_SIZE - 1);
	paddr_t pa = pages_get(&d->pages, d->size >> PAGE_SHIFT);

	if (off != 0 && pa != 0)
		memset((char *)page_ptr(pa) + off, 0, PAGE_SIZE - off);
}

ssize_t data_write(struct tmpfs_data *d, struct uio *u, uint64_t pos)
{
	ssize_t done = 0;

	if (pos >= SIZE_LIMIT)
		return -EFBIG;
	if (pos > d->size)
		clear_behind_end(d);
	while (u->left > 0 && pos < SIZE_LIMIT) {
		bool whole = (pos & (PAGE_SIZE - 1)) == 0 && u->left >= PAGE_SIZE &&
			     pages_get(&d->pages, pos >> PAGE_SHIFT) == 0;
		ssize_t m = whole ? write_fresh(d, u, pos >> PAGE_SHIFT) : write_part(d, u, pos);

		if (m <= 0)
			return done > 0 ? done : m;
		done += m;
		pos += (uint64_t)m;
		if (pos > d->size)
			d->size = pos;
	}
	return done;
}

ssize_t data_peek(struct tmpfs_data *d, uint64_t pos, const void **p)
{
	size_t off = pos & (PAGE_SIZE - 1), n = PAGE_SIZE - off;
	paddr_t pa;

	if (pos >= d->size)
		return 0;
	n = MIN(n, d->size - pos);
	pa = pages_get(&d->pages, pos >> PAGE_SHIFT);
	if (pa != 0) {
		*p = (const char *)page_ptr(pa) + off;
		return (ssize_t)n;
	}
	if (pos < d->lower_size) {
		ssize_t m = d->lower->ops->peek(d->lower, pos, p);

		/* Not beyond this page: the next one may have a frame. */
		return m <= 0 ? m : (ssize_t)least((uint64_t)m, d->lower_size - pos, n);
	}
	*p = zeros;
	return (ssize_t)n;
}

ssize_t data_read(struct tmpfs_data *d, struct uio *u, uint64_t pos)
{
	ssize_t done = 0;

	while (u->left > 0) {
		const void *p;
		ssize_t n = data_peek(d, pos, &p);
		paddr_t pa = pages_get(&d->pages, pos >> PAGE_SHIFT);

		if (n > 0) {
			if (pa != 0)
				page_get(pa);
			n = uio_put(u, p, MIN((size_t)n, u->left));
			if (pa != 0)
				page_put(pa);
		}
		if (n <= 0)
			return done > 0 ? done : n;
		pos += (uint64_t)n;
		done += n;
	}
	return done;
}

static void drop_frame(struct tmpfs_data *d, uint64_t index)
{
	paddr_t pa = pages_get(&d->pages, index);

	if (page_refs(pa) > 1) {
		memset(page_ptr(pa), 0, PAGE_SIZE);
		return;
	}
	free_frame(d, index);
}

/* Zeroes [from, to) of one page that has something to show. */
static int zero_part(struct tmpfs_data *d, uint64_t from, uint64_t to)
{
	uint64_t index = from >> PAGE_SHIFT;

	if (from == to)
		return 0;
	if (pages_get(&d->pages, index) == 0) {
		if (from >= d->lower_size)
			return 0;
		if (fill(d, index, 1) != 0)
			return -ENOSPC;
	}
	memset((char *)page_ptr(pages_get(&d->pages, index)) + (from & (PAGE_SIZE - 1)), 0, to - from);
	return 0;
}

int data_truncate(struct tmpfs_data *d, uint64_t size)
{
	uint64_t first = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	if (size > SIZE_LIMIT)
		return -EFBIG;
	if (size < d->size) {
		if (d->lower_size > size)
			d->lower_size = size;
		if (d->object.refs > 1)
			vm_object_unmap(&d->object, first, UINT64_MAX);
		for (uint64_t i = pages_next(&d->pages, first); i != PAGES_NONE; i = pages_next(&d->pages, i + 1))
			drop_frame(d, i);
		if (pages_get(&d->pages, size >> PAGE_SHIFT) != 0 && zero_part(d, size, ALIGN_UP(size, PAGE_SIZE)) != 0)
			return -ENOSPC;
	} else {
		clear_behind_end(d);
	}
	d->size = size;
	return 0;
}

int data_punch(struct tmpfs_data *d, uint64_t off, uint64_t len)
{
	uint64_t end = MIN(off + len, d->size), head = MIN(ALIGN_UP(off, PAGE_SIZE), end), tail;

	if (off >= end)
		return 0;
	tail = MAX(ALIGN_DOWN(end, PAGE_SIZE), head);
	if (zero_part(d, off, head) != 0 || zero_part(d, tail, end) != 0)
		return -ENOSPC;
	for (uint64_t i = head >> PAGE_SHIFT; i < tail >> PAGE_SHIFT; i++) {
		if ((i << PAGE_SHIFT) < d->lower_size) {
			int err = zero_part(d, i << PAGE_SHIFT, (i + 1) << PAGE_SHIFT);

			if (err != 0)
				return err;
			continue;
		}
		i = pages_next(&d->pages, i);
		if (i >= tail >> PAGE_SHIFT)
			break;
		drop_frame(d, i);
	}
	return 0;
}

int data_allocate(struct tmpfs_data *d, uint64_t off, uint64_t len)
{
	uint64_t end = (off + len + PAGE_SIZE - 1) >> PAGE_SHIFT;

	for (uint64_t i = off >> PAGE_SHIFT; i < end; i++) {
		size_t want = missing(d, i, MIN(end - i, RUN_MAX));
		int err = want > 0 ? fill(d, i, want) : 0;

		if (err != 0)
			return err;
	}
	return 0;
}

uint64_t data_seek(struct tmpfs_data *d, uint64_t off, bool hole)
{
	if (hole) {
		while (off < d->size && (off < d->lower_size || pages_get(&d->pages, off >> PAGE_SHIFT) != 0))
			off = ALIGN_DOWN(off, PAGE_SIZE) + PAGE_SIZE;
	} else if (off >= d->lower_size && pages_get(&d->pages, off >> PAGE_SHIFT) == 0) {
		uint64_t next = pages_next(&d->pages, off >> PAGE_SHIFT);

		off = next == PAGES_NONE ? d->size : next << PAGE_SHIFT;
	}
	return MIN(off, d->size);
}

uint64_t data_frames(const struct tmpfs_data *d)
{
	return d->pages.count + ((d->lower_size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}
