/* SPDX-License-Identifier: ISC */
/* Radix tree of frames; see pages.h. */
#include "pages.h"
#include "abi/errno.h"
#include "kernel/heap.h"

#define BITS  6u
#define SLOTS (1u << BITS)

struct node {
	uintptr_t slot[SLOTS]; /* nodes, at the lowest level frames */
};

static bool fits(const struct pages *p, uint64_t index)
{
	return p->height * BITS >= 64 || index >> p->height * BITS == 0;
}

static unsigned slot_of(uint64_t index, unsigned level)
{
	return index >> level * BITS & (SLOTS - 1);
}

static uintptr_t *find(const struct pages *p, uint64_t index)
{
	uintptr_t *at = (uintptr_t *)(uintptr_t)&p->root;

	if (!fits(p, index))
		return NULL;
	for (unsigned level = p->height; level-- > 0;) {
		if (*at == 0)
			return NULL;
		at = &((struct node *)*at)->slot[slot_of(index, level)];
	}
	return at;
}

paddr_t pages_get(const struct pages *p, uint64_t index)
{
	uintptr_t *at = find(p, index);

	return at != NULL ? *at : 0;
}

int pages_set(struct pages *p, uint64_t index, paddr_t pa)
{
	uintptr_t *at;

	while (!fits(p, index)) {
		if (p->root != 0) {
			struct node *n = kzalloc(sizeof *n);

			if (n == NULL)
				return -ENOMEM;
			n->slot[0] = p->root;
			p->root = (uintptr_t)n;
		}
		p->height++;
	}
	at = &p->root;
	for (unsigned level = p->height; level-- > 0;) {
		if (*at == 0) {
			*at = (uintptr_t)kzalloc(sizeof(struct node));
			if (*at == 0)
				return -ENOMEM;
		}
		at = &((struct node *)*at)->slot[slot_of(index, level)];
	}
	*at = pa;
	p->count++;
	return 0;
}

paddr_t pages_take(struct pages *p, uint64_t index)
{
	uintptr_t *at = find(p, index);
	paddr_t pa = at != NULL ? *at : 0;

	if (pa != 0) {
		*at = 0;
		p->count--;
	}
	return pa;
}

/* The first index >= from below the subtree `at`, whose own first index is 0. */
static uint64_t next_in(uintptr_t at, unsigned height, uint64_t from)
{
	const struct node *n = (const struct node *)at;
	unsigned shift;

	if (at == 0)
		return PAGES_NONE;
	if (height == 0)
		return from == 0 ? 0 : PAGES_NONE;
	shift = (height - 1) * BITS;
	for (unsigned s = slot_of(from, height - 1); s < SLOTS; s++) {
		uint64_t base = (uint64_t)s << shift;
		uint64_t found = next_in(n->slot[s], height - 1, from > base ? from - base : 0);

		if (found != PAGES_NONE)
			return base + found;
	}
	return PAGES_NONE;
}

uint64_t pages_next(const struct pages *p, uint64_t from)
{
	return fits(p, from) ? next_in(p->root, p->height, from) : PAGES_NONE;
}

static void free_in(uintptr_t at, unsigned height)
{
	struct node *n = (struct node *)at;

	if (at == 0)
		return;
	if (height == 0) {
		page_put(at);
		return;
	}
	for (unsigned s = 0; s < SLOTS; s++)
		free_in(n->slot[s], height - 1);
	kfree(n);
}

void pages_free(struct pages *p)
{
	free_in(p->root, p->height);
	*p = (struct pages){0};
}
