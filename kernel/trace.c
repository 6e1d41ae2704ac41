/* SPDX-License-Identifier: ISC */
/*
 * The ring of abi/trace.h. One CPU: `busy` keeps out whoever interrupts a writer (an NMI, the host's signal); it is never
 * set by an interrupt when that returns.
 */
#include "kernel/trace.h"

#include "abi/errno.h"
#include "kernel/page.h"
#include "lib/string.h"

static struct trace_ring *ring;
static volatile bool busy;
static uint64_t at; /* where the record that is being written begins */
static size_t len, room;

int trace_open(size_t bytes)
{
	size_t pages = (TRACE_DATA + bytes) / PAGE_SIZE;
	paddr_t pa;

	if (ring != NULL)
		return 0;
	pa = page_alloc_exact(pages, PAGE_ZERO);
	if (pa == 0)
		return -ENOMEM;
	ring = page_ptr(pa);
	ring->size = bytes;
	ring->pa = pa;
	__atomic_store_n(&ring->magic, TRACE_MAGIC | TRACE_MAGIC_HIGH, __ATOMIC_RELEASE);
	return 0;
}

bool trace_ready(void)
{
	return ring != NULL;
}

static void copy_in(uint64_t pos, const void *p, size_t n)
{
	char *data = (char *)ring + TRACE_DATA;
	size_t off = pos & (ring->size - 1), first = MIN(n, ring->size - off);

	memcpy(data + off, p, first);
	memcpy(data, (const char *)p + first, n - first);
}

bool trace_begin(size_t max_bytes)
{
	if (ring == NULL)
		return false;
	if (busy || ring->size - (ring->head - READ_ONCE(ring->tail)) < max_bytes + 8) {
		ring->lost++;
		return false;
	}
	busy = true;
	at = ring->head;
	len = 0;
	room = max_bytes;
	return true;
}

void trace_add(const void *p, size_t n)
{
	n = MIN(n, room - len);
	copy_in(at + len, p, n);
	len += n;
}

void trace_patch(size_t pos, const void *p, size_t n)
{
	copy_in(at + pos, p, n);
}

size_t trace_added(void)
{
	return len;
}

void trace_end(void)
{
	static const char zeros[8];
	uint32_t size = (uint32_t)ALIGN_UP(len, 8ul);

	copy_in(at + len, zeros, size - len);
	copy_in(at, &size, sizeof size);
	__atomic_store_n(&ring->head, at + size, __ATOMIC_RELEASE);
	busy = false;
}
