/* SPDX-License-Identifier: ISC */
/*
 * The ring is looked for in the pages that the guest has touched (SEEK_DATA), until one is there that holds the magic and its
 * own address; then it is emptied as it fills. The guest may write anything into its memory: sizes are checked, and the
 * data is copied before it is looked at.
 */
#include "trace.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"

#define PAGE       4096u
#define LOOK_NS    2000000 /* between two looks */
#define QUICK_NS   50000
#define RECORD_MAX 65536u
#define RAW_MAX    (4ull << 30) /* of records: a guest does not fill the disk */

uint64_t trace_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* The size of the ring's data, or 0: there is none. What is in the guest's memory may change at any time. */
static uint64_t ring_size(const struct trace *t, uint64_t pa, const struct trace_ring *r)
{
	uint64_t size = __atomic_load_n(&r->size, __ATOMIC_RELAXED);

	if (__atomic_load_n(&r->magic, __ATOMIC_ACQUIRE) != (TRACE_MAGIC | TRACE_MAGIC_HIGH) || r->pa != pa ||
	    size < PAGE || size & (size - 1) || size > t->bytes || pa + TRACE_DATA + size > t->bytes)
		return 0;
	return size;
}

static void find(struct trace *t)
{
	off_t at = 0, end;

	while ((at = lseek(t->memory, at, SEEK_DATA)) >= 0) {
		end = lseek(t->memory, at, SEEK_HOLE);
		for (uint64_t pa = (uint64_t)at; pa + PAGE <= (uint64_t)end; pa += PAGE) {
			struct trace_ring *r = (struct trace_ring *)(void *)(t->map + pa);

			t->size = ring_size(t, pa, r);
			if (t->size) {
				__atomic_store_n(&t->ring, r, __ATOMIC_RELEASE);
				return;
			}
		}
		at = end;
	}
}

/* When the guest's time and ours were seen nearest to each other. */
static void sync_clocks(struct trace *t, const uint8_t *p, uint64_t n)
{
	uint64_t at = 0, now = trace_now();
	const struct trace_record *r;

	while ((r = trace_next(p, n, &at))) {
		const struct trace_mark *m = (const struct trace_mark *)(const void *)r;
		int64_t offset;

		if (r->type != TRACE_MARK || r->size < sizeof *m || !m->ns)
			continue;
		offset = (int64_t)(now - m->ns);
		if (!t->synced || offset < t->offset)
			t->offset = offset;
		t->synced = true;
	}
}

static void take_cores(struct trace *t, const uint8_t *p, uint64_t n)
{
	const struct trace_record *r;
	uint64_t at = 0;

	while ((r = trace_next(p, n, &at)))
		if (r->type == TRACE_CORE && r->size >= sizeof(struct trace_core))
			trace_core(t, (const struct trace_core *)(const void *)r);
}

/* The records go on as far as there is room for them. */
static void keep(struct trace *t, const uint8_t *p, uint64_t n)
{
	if (t->full)
		return;
	errno = EFBIG;
	if (n <= RAW_MAX - t->kept && file_write_fd(t->raw, p, n) == 0)
		t->kept += n;
	else
		t->full = errno;
}

static void drain(struct trace *t)
{
	const uint8_t *data = (const uint8_t *)t->ring + TRACE_DATA;
	uint64_t n = __atomic_load_n(&t->ring->head, __ATOMIC_ACQUIRE) - t->tail, off, first;
	AUTO_FREE uint8_t *copy = NULL;

	t->lost = t->ring->lost;
	if (!n || n > t->size)
		return;
	off = t->tail & (t->size - 1);
	first = n < t->size - off ? n : t->size - off;
	copy = xmalloc(n);
	memcpy(copy, data + off, first);
	memcpy(copy + first, data, n - first);
	t->tail += n;
	__atomic_store_n(&t->ring->tail, t->tail, __ATOMIC_RELEASE);
	sync_clocks(t, copy, n);
	take_cores(t, copy, n);
	keep(t, copy, n);
}

static void *look(void *arg)
{
	struct trace *t = arg;

	for (;;) {
		bool last = t->stop;

		if (!t->ring)
			find(t);
		if (t->ring)
			drain(t);
		if (last)
			return NULL;
		nanosleep(&(struct timespec){0, t->quick ? QUICK_NS : LOOK_NS}, NULL);
	}
}

int trace_start(struct trace *t, uint64_t bytes, struct error *err)
{
	FILE *raw = tmpfile();
	int e;

	if (!raw)
		return error_errno(err, "cannot make a temporary file");
	t->raw = dup(fileno(raw));
	fclose(raw);
	t->bytes = bytes;
	t->memory = memfd_create("kiln-guest", MFD_ALLOW_SEALING);
	if (t->raw < 0 || t->memory < 0 || ftruncate(t->memory, (off_t)bytes) < 0)
		return error_errno(err, "cannot make a memory file");
	t->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, t->memory, 0);
	if (t->map == MAP_FAILED) {
		t->map = NULL;
		return error_errno(err, "cannot see the guest's memory");
	}
	e = pthread_create(&t->thread, NULL, look, t);
	if (e) {
		errno = e;
		return error_errno(err, "cannot start a thread");
	}
	t->running = true;
	return 0;
}

void trace_stop(struct trace *t)
{
	if (!t->running)
		return;
	t->stop = true;
	pthread_join(t->thread, NULL);
	t->running = false;
}

void trace_free(struct trace *t)
{
	trace_stop(t);
	if (t->map)
		munmap(t->map, t->bytes);
	if (t->memory >= 0)
		close(t->memory);
	if (t->raw >= 0)
		close(t->raw);
}

const struct trace_record *trace_next(const uint8_t *raw, uint64_t size, uint64_t *at)
{
	const struct trace_record *r = (const struct trace_record *)(const void *)(raw + *at);

	if (size - *at < sizeof *r || r->size < sizeof *r || r->size % 8 || r->size > RECORD_MAX ||
	    r->size > size - *at)
		return NULL;
	*at += r->size;
	return r;
}
