/* SPDX-License-Identifier: ISC */
/*
 * Objects that the kernel itself provides: anonymous memory that can be shared, and memory that is there for good.
 *
 * An anonymous object's frames hang in a radix tree of 64-way nodes, as high as its largest index needs; with height 0
 * the root is page 0's frame itself, so a small tmpfs file needs no node. Each frame carries the object's reference
 * besides those of its mappings. New frames come in runs that double while pages are asked for in order.
 */
#include "kernel/debug.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "vm_priv.h"
#include "abi/errno.h"

#define WAYS_SHIFT 6u
#define WAYS       (1u << WAYS_SHIFT)
#define RUN_MAX    32u

struct node {
	uintptr_t slot[WAYS]; /* at height 1: frames; above: nodes; 0: nothing */
};

struct anon {
	struct vm_object o;
	uint64_t size; /* bytes */
	unsigned height; /* levels of nodes */
	uintptr_t root;
	uint64_t next; /* the page after the last new one, and how many came with that */
	unsigned run;
};

static struct anon *of_object(struct vm_object *o)
{
	return CONTAINER_OF(o, struct anon, o);
}

static uint64_t size_pages(uint64_t bytes)
{
	return (bytes >> PAGE_SHIFT) + (bytes % PAGE_SIZE != 0);
}

static bool holds(const struct anon *a, uint64_t index)
{
	return a->height * WAYS_SHIFT >= 64 || index >> a->height * WAYS_SHIFT == 0;
}

/* The place of page `index`; NULL when it has none (or, if it is to be made, for want of memory). */
static uintptr_t *slot_of(struct anon *a, uint64_t index, bool make)
{
	uintptr_t *p = &a->root;

	while (!holds(a, index)) {
		struct node *n;

		if (!make)
			return NULL;
		if (a->root != 0) {
			n = kzalloc(sizeof *n);
			if (n == NULL)
				return NULL;
			n->slot[0] = a->root;
			a->root = (uintptr_t)n;
		}
		a->height++;
	}
	for (unsigned h = a->height; h > 0; h--) {
		if (*p == 0 && make)
			*p = (uintptr_t)kzalloc(sizeof(struct node));
		if (*p == 0)
			return NULL;
		p = &((struct node *)*p)->slot[index >> (h - 1) * WAYS_SHIFT & (WAYS - 1)];
	}
	return p;
}

/* Slots behind `slot` in the same node that may be filled along with it. */
static size_t neighbours(const struct anon *a, uint64_t index, const uintptr_t *slot, size_t most)
{
	size_t n = 1;

	if (a->height == 0)
		return 1;
	most = MIN(most, size_pages(a->size) - index);
	most = MIN(most, WAYS - (index & (WAYS - 1)));
	while (n < most && slot[n] == 0)
		n++;
	return n;
}

static int anon_page(struct vm_object *o, uint64_t index, bool write UNUSED, paddr_t *pa, size_t *run)
{
	struct anon *a = of_object(o);
	uintptr_t *slot;
	size_t got = 1, want, last;

	if (index >= size_pages(a->size))
		return -ENXIO;
	slot = slot_of(a, index, true);
	if (slot == NULL)
		return -ENOMEM;
	if (*slot == 0) {
		a->run = index == a->next ? MIN(a->run * 2, RUN_MAX) : 1;
		want = neighbours(a, index, slot, MIN(a->run, 1 + page_available() / 32));
		*pa = page_alloc_run(want, &got, PAGE_ZERO);
		if (*pa == 0)
			return -ENOMEM;
		for (size_t i = 0; i < got; i++)
			slot[i] = *pa + (i << PAGE_SHIFT);
		a->next = index + got;
	}
	*pa = *slot;
	last = a->height == 0 ? 1 : WAYS - (index & (WAYS - 1));
	for (*run = 1; *run < last && slot[*run] == *pa + (*run << PAGE_SHIFT);)
		++*run;
	page_get(*pa);
	return 0;
}

/* Frees all frames and nodes below slot. */
static void prune(uintptr_t slot, unsigned height)
{
	struct node *n = (struct node *)slot;

	if (slot == 0)
		return;
	if (height == 0) {
		page_put(slot);
		return;
	}
	for (unsigned i = 0; i < WAYS; i++)
		prune(n->slot[i], height - 1);
	kfree(n);
}

static void anon_destroy(struct vm_object *o)
{
	struct anon *a = of_object(o);

	prune(a->root, a->height);
	kfree(a);
}

struct vm_object *vm_anon_object(uint64_t bytes)
{
	static const struct vm_object_ops ops = {.page = anon_page, .destroy = anon_destroy};
	struct anon *a = kzalloc(sizeof *a);

	if (a == NULL)
		return NULL;
	a->o = (struct vm_object){.ops = &ops, .refs = 1, .name = ""};
	a->size = bytes;
	return &a->o;
}

struct phys {
	struct vm_object o;
	paddr_t pa;
	uint64_t pages;
};

static int phys_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	struct phys *p = CONTAINER_OF(o, struct phys, o);

	if (index >= p->pages)
		return -ENXIO;
	if (write)
		return -EACCES;
	*pa = p->pa + (index << PAGE_SHIFT);
	*run = p->pages - index;
	return 0;
}

static void phys_destroy(struct vm_object *o)
{
	kfree(CONTAINER_OF(o, struct phys, o));
}

static const struct vm_object_ops phys_ops = {.page = phys_page, .destroy = phys_destroy};
DEBUG_ADDRESS("phys_ops", phys_ops);

void vm_phys_debug(void);

void vm_phys_debug(void)
{
	DEBUG_FIELD("object.ops", struct vm_object, ops);
	DEBUG_FIELD("phys.pa", struct phys, pa);
}

struct vm_object *vm_phys_object(paddr_t pa, size_t size, const char *name)
{
	struct phys *p = kzalloc(sizeof *p);

	if (p == NULL)
		return NULL;
	p->o = (struct vm_object){.ops = &phys_ops, .refs = 1, .in_place = true, .name = name};
	p->pa = pa;
	p->pages = size_pages(size);
	return &p->o;
}

void vm_object_put(struct vm_object *o)
{
	if (--o->refs == 0)
		o->ops->destroy(o);
}

void vm_object_unmap(struct vm_object *o, uint64_t first, uint64_t end)
{
	struct aspace *as;
	struct vma *v;

	list_for_each_entry (as, &vm_all, link) {
		list_for_each_entry (v, &as->vmas, link) {
			uint64_t begin = v->offset >> PAGE_SHIFT, pages = (v->end - v->start) >> PAGE_SHIFT;
			uint64_t lo = first > begin ? MIN(first - begin, pages) : 0;
			uint64_t hi = end > begin ? MIN(end - begin, pages) : 0;

			if (v->object == o && lo < hi)
				vm_release(as, v->start + (lo << PAGE_SHIFT), v->start + (hi << PAGE_SHIFT));
		}
		as->generation++;
	}
}
