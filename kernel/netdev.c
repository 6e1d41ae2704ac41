/* SPDX-License-Identifier: ISC */
/*
 * The list of network devices and the common pool of receive buffers. A pool buffer is half a frame; freed ones are
 * kept for the next packet, at most netbuf_limit exist.
 */
#include "kernel/netdev.h"

#include "kernel/page.h"
#include "lib/fmt.h"
#include "lib/string.h"

struct list netdev_list = LIST_INIT(netdev_list);
unsigned netbuf_in_use, netbuf_limit;

static struct netbuf *pool; /* by next */
static unsigned eth_count;

#define LIMIT_MAX 4096u

void netdev_register(struct netdev *d)
{
	if (d->name == NULL) {
		fmt_snprintf(d->name_buf, sizeof d->name_buf, "eth%u", eth_count++);
		d->name = d->name_buf;
	}
	list_push_back(&netdev_list, &d->link);
}

struct netdev *netdev_find(const char *name)
{
	struct netdev *d;

	list_for_each_entry (d, &netdev_list, link)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

static void pool_free(struct netbuf *b)
{
	b->next = pool;
	pool = b;
	netbuf_in_use--;
}

/* Splits a fresh frame in two. */
static bool pool_grow(void)
{
	paddr_t pa;
	char *p;

	if (netbuf_limit == 0)
		netbuf_limit = (unsigned)MIN(page_total() / (8 * PAGE_SIZE / 2), LIMIT_MAX);
	if (netbuf_in_use + 2 > netbuf_limit)
		return false;
	pa = page_alloc(0, PAGE_RESERVE);
	if (pa == 0)
		return false;
	p = page_ptr(pa);
	netbuf_in_use += 2;
	for (unsigned i = 0; i < 2; i++) {
		struct netbuf *b = (struct netbuf *)(p + i * (PAGE_SIZE / 2));

		b->size = NETBUF_SIZE;
		b->free = pool_free;
		pool_free(b);
	}
	return true;
}

struct netbuf *netbuf_alloc(void)
{
	struct netbuf *b;

	if (pool == NULL && !pool_grow())
		return NULL;
	b = pool;
	pool = b->next;
	b->next = NULL;
	b->data = netbuf_start(b);
	b->len = 0;
	netbuf_in_use++;
	return b;
}

static void large_free(struct netbuf *b)
{
	paddr_t pa = page_addr(b);
	size_t n = ALIGN_UP(b->size + sizeof *b, PAGE_SIZE);

	for (size_t off = 0; off < n; off += PAGE_SIZE)
		page_put(pa + off);
}

struct netbuf *netbuf_alloc_large(uint32_t size)
{
	size_t n = ALIGN_UP(size + sizeof(struct netbuf), PAGE_SIZE) / PAGE_SIZE;
	unsigned order = 0;
	struct netbuf *b;
	paddr_t pa;

	while ((size_t)1 << order < n)
		order++;
	pa = page_alloc(order, PAGE_RESERVE);
	if (pa == 0)
		return NULL;
	for (size_t i = n; i < (size_t)1 << order; i++)
		page_put(pa + i * PAGE_SIZE); /* the block is more than was asked for */
	b = page_ptr(pa);
	b->next = NULL;
	b->size = (uint32_t)(n * PAGE_SIZE - sizeof *b);
	b->free = large_free;
	b->data = netbuf_start(b);
	b->len = 0;
	return b;
}

void netbuf_free_chain(struct netbuf *b)
{
	while (b != NULL) {
		struct netbuf *next = b->next;

		netbuf_free(b);
		b = next;
	}
}
