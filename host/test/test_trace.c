/* SPDX-License-Identifier: ISC */
// USES: host/kiln/trace.c host/kiln/core.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -pthread
/* A guest that means no good: its ring and its core files (abi/trace.h) take nothing of the host's but what is theirs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/kiln/trace.h"
#include "test/tap.h"

#define MEMORY  (1u << 20)
#define RING_AT 0x10000u
#define SIZE    0x8000u

static struct error err;
static char dir[] = "/tmp/kiln-test.XXXXXX";

/* The ring as a guest makes it; back when it has been found. */
static struct trace_ring *begin(struct trace *t)
{
	struct trace_ring *r;

	*t = (struct trace)TRACE_INIT;
	if (trace_start(t, MEMORY, &err) < 0)
		abort();
	r = (struct trace_ring *)(void *)(t->map + RING_AT);
	r->pa = RING_AT;
	r->size = SIZE;
	__atomic_store_n(&r->magic, TRACE_MAGIC | TRACE_MAGIC_HIGH, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&t->ring, __ATOMIC_ACQUIRE))
		usleep(1000);
	return r;
}

static off_t taken(const struct trace *t)
{
	return lseek(t->raw, 0, SEEK_END);
}

static void sizes(void)
{
	struct trace t;
	struct trace_ring *r = begin(&t);

	/* Its end wraps around, so that it seems to lie in the memory. */
	r->size = 0 - (uint64_t)(RING_AT + TRACE_DATA);
	__atomic_store_n(&r->head, 1ull << 42, __ATOMIC_RELEASE);
	trace_stop(&t);
	tap_ok(taken(&t) == 0, "a size that changes later changes nothing");
	trace_free(&t);

	r = begin(&t);
	__atomic_store_n(&r->head, SIZE + 8, __ATOMIC_RELEASE);
	trace_stop(&t);
	tap_ok(taken(&t) == 0, "more than there is room for is not taken");
	trace_free(&t);

	r = begin(&t);
	__atomic_store_n(&r->head, SIZE / 2, __ATOMIC_RELEASE);
	while (__atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) != SIZE / 2)
		usleep(1000);
	r->tail = 1; /* the launcher's, which knows better */
	__atomic_store_n(&r->head, SIZE / 2 + SIZE, __ATOMIC_RELEASE);
	trace_stop(&t);
	tap_ok(taken(&t) == SIZE / 2 + SIZE, "all of it is, around the end");
	trace_free(&t);

	r = begin(&t);
	dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), t.raw);
	__atomic_store_n(&r->head, 64, __ATOMIC_RELEASE);
	trace_stop(&t);
	tap_ok(t.full == ENOSPC, "that the disk is full is told");
	trace_free(&t);
}

static struct {
	struct trace_core core;
	struct trace_piece piece[2];
} record;

/* What the guest is answered: 1 it is written, 2 it is not. */
static int core(struct trace *t, unsigned flags, uint32_t pid, uint64_t pa, uint64_t size)
{
	memset(&record, 0, sizeof record);
	record.core = (struct trace_core){{sizeof record, TRACE_CORE, (uint16_t)flags}, pid, 1, "../x y", MEMORY - 1};
	record.piece[0] = (struct trace_piece){pa, size};
	trace_core(t, &record.core);
	return t->map[MEMORY - 1];
}

static void cores(void)
{
	struct trace t = TRACE_INIT;
	char path[64];
	struct stat st;
	unsigned n = 1;

	if (trace_core_set(&t, dir, &err) < 0 || trace_start(&t, MEMORY, &err) < 0)
		abort();
	tap_ok(core(&t, TRACE_CORE_FIRST, 1, 0, MEMORY) == 1, "as much as there is memory");
	tap_ok(core(&t, 0, 1, 0, MEMORY) == 1, "and as much again");
	tap_ok(core(&t, 0, 1, 0, 8) == 2, "and no more");
	tap_ok(core(&t, TRACE_CORE_LAST, 1, 0, 8) == 2, "which ends it");
	snprintf(path, sizeof path, "%s/core..._x_y.1", dir);
	tap_ok(stat(path, &st) == 0 && st.st_size == 2 * MEMORY && (st.st_mode & 0777) == 0600, "is in %s", path + 8);
	unlink(path);
	tap_ok(core(&t, TRACE_CORE_FIRST | TRACE_CORE_LAST, 1, MEMORY - 8, 16) == 2, "nothing beyond the memory");
	tap_ok(core(&t, TRACE_CORE_FIRST | TRACE_CORE_LAST, 1, TRACE_CORE_HOLE, 1ull << 50) == 2, "no endless hole");
	unlink(path);
	while (n < 1000 && core(&t, TRACE_CORE_FIRST | TRACE_CORE_LAST, n, 0, 8) == 1) {
		snprintf(path, sizeof path, "%s/core..._x_y.%u", dir, n++);
		unlink(path);
	}
	tap_ok(n > 10 && n < 1000, "not as many files as it likes");
	trace_free(&t);
	tap_ok(trace_core_set(&t, "/dev/null", &err) < 0 && strstr(err.text, "/dev/null"), "no device: %s", err.text);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	sizes();
	cores();
	rmdir(dir);
	return tap_end();
}
