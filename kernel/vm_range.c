/* SPDX-License-Identifier: ISC */
/*
 * The ranges of an address space: a list in address order and a tree over the same nodes. Every node knows how much is
 * free in front of its range, and the most of that in its subtree, so that a free place is found without a walk over all
 * ranges.
 *
 * Invariants: ranges do not overlap and are not empty; neighbours that could be one range are one (range_merge is
 * called wherever one was added or changed). What is free in front of a stack is less by VM_STACK_GAP.
 */
#include "kernel/heap.h"
#include "vm_priv.h"
#include "abi/errno.h"

static struct vma *of_node(struct tree_node *n)
{
	return TREE_ENTRY(n, struct vma, node);
}

struct vma *vm_next(struct aspace *as, const struct vma *v)
{
	return v->link.next == &as->vmas ? NULL : LIST_ENTRY(v->link.next, struct vma, link);
}

struct vma *vm_prev(struct aspace *as, const struct vma *v)
{
	return v->link.prev == &as->vmas ? NULL : LIST_ENTRY(v->link.prev, struct vma, link);
}

static uintptr_t gap_start(struct aspace *as, const struct vma *v)
{
	const struct vma *prev = vm_prev(as, v);

	return prev == NULL ? pmap_user_min() : prev->end;
}

static uintptr_t gap_end(const struct vma *v)
{
	if (!(v->flags & VM_GROWSDOWN))
		return v->start;
	return v->start > VM_STACK_GAP ? v->start - VM_STACK_GAP : 0;
}

/* The tree's update function. */
static void range_update(struct tree_node *n)
{
	struct vma *v = of_node(n);

	v->gap = v->before;
	if (n->left != NULL)
		v->gap = MAX(v->gap, of_node(n->left)->gap);
	if (n->right != NULL)
		v->gap = MAX(v->gap, of_node(n->right)->gap);
}

static void measure(struct aspace *as, struct vma *v)
{
	uintptr_t start, end;

	if (v == NULL)
		return;
	start = gap_start(as, v);
	end = gap_end(v);
	v->before = end > start ? end - start : 0;
	tree_changed(&as->tree, &v->node);
}

struct vma *vm_first(struct aspace *as, uintptr_t addr)
{
	struct vma *best = as->hint;

	if (best != NULL && best->start <= addr && addr < best->end)
		return best;
	best = NULL;
	for (struct tree_node *n = as->tree.root; n != NULL;) {
		struct vma *v = of_node(n);

		if (v->end > addr) {
			best = v;
			if (v->start <= addr)
				break;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	if (best != NULL)
		as->hint = best;
	return best;
}

struct vma *vm_find(struct aspace *as, uintptr_t addr)
{
	struct vma *v = vm_first(as, addr);

	return v != NULL && v->start <= addr ? v : NULL;
}

void range_link(struct aspace *as, struct vma *v)
{
	struct tree_node *parent = NULL, **link = &as->tree.root;
	struct list *after = &as->vmas;

	while (*link != NULL) {
		parent = *link;
		if (v->start < of_node(parent)->start) {
			link = &parent->left;
		} else {
			link = &parent->right;
			after = &of_node(parent)->link;
		}
	}
	as->tree.update = range_update;
	list_insert_after(after, &v->link);
	tree_insert(&as->tree, parent, link, &v->node);
	measure(as, v);
	measure(as, vm_next(as, v));
	as->count++;
	as->mapped += v->end - v->start;
	as->generation++;
}

void range_free(struct aspace *as, struct vma *v)
{
	struct vma *next = vm_next(as, v);

	tree_remove(&as->tree, &v->node);
	list_remove(&v->link);
	measure(as, next);
	as->hint = NULL;
	as->count--;
	as->mapped -= v->end - v->start;
	as->generation++;
	if (v->object != NULL)
		vm_object_put(v->object);
	kfree(v);
}

void range_resize(struct aspace *as, struct vma *v, uintptr_t start, uintptr_t end)
{
	as->mapped += (end - start) - (v->end - v->start);
	v->offset += start - v->start;
	v->start = start;
	v->end = end;
	measure(as, v);
	measure(as, vm_next(as, v));
	as->generation++;
}

static int split(struct aspace *as, uintptr_t at)
{
	struct vma *v = vm_find(as, at), *upper;
	uintptr_t end;

	if (v == NULL || v->start == at)
		return 0;
	upper = as->count >= VM_MAX_RANGES ? NULL : kmalloc(sizeof *upper);
	if (upper == NULL)
		return -ENOMEM;
	*upper = *v;
	upper->start = at;
	upper->offset += at - v->start;
	if (v->object != NULL)
		vm_object_get(v->object);
	end = v->end;
	range_resize(as, v, v->start, at);
	upper->end = end;
	range_link(as, upper);
	return 0;
}

int range_split(struct aspace *as, uintptr_t lo, uintptr_t hi)
{
	int err = split(as, lo);

	if (err != 0)
		return err;
	err = split(as, hi);
	if (err != 0 && vm_find(as, lo) != NULL)
		range_merge(as, vm_find(as, lo));
	return err;
}

static bool fits(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->object == b->object &&
	       (a->object == NULL || a->offset + (a->end - a->start) == b->offset);
}

/* A range of which a part is copied on write is that as a whole: its frames' references tell. */
struct vma *range_merge(struct aspace *as, struct vma *v)
{
	struct vma *prev = vm_prev(as, v), *next = vm_next(as, v);

	if (next != NULL && fits(v, next)) {
		uintptr_t end = next->end;

		v->cow |= next->cow;
		range_free(as, next);
		range_resize(as, v, v->start, end);
	}
	if (prev != NULL && fits(prev, v)) {
		uintptr_t end = v->end;

		prev->cow |= v->cow;
		range_free(as, v);
		range_resize(as, prev, prev->start, end);
		v = prev;
	}
	return v;
}

/* The highest range of the subtree in front of which len bytes are free below top. */
static struct vma *search(struct aspace *as, struct tree_node *n, size_t len, uintptr_t top)
{
	while (n != NULL && of_node(n)->gap >= len) {
		struct vma *v = of_node(n), *found;

		if (v->end < top) {
			found = search(as, n->right, len, top);
			if (found != NULL)
				return found;
		}
		if (v->before >= len) {
			uintptr_t start = gap_start(as, v), end = MIN(gap_end(v), top);

			if (end > start && end - start >= len)
				return v;
		}
		n = n->left;
	}
	return NULL;
}

uintptr_t range_find_gap(struct aspace *as, size_t len, uintptr_t top)
{
	struct vma *last = list_empty(&as->vmas) ? NULL : LIST_ENTRY(as->vmas.prev, struct vma, link), *v;
	uintptr_t start = last == NULL ? pmap_user_min() : last->end;

	if (start < top && top - start >= len)
		return top - len;
	v = search(as, as->tree.root, len, top);
	return v == NULL ? 0 : MIN(gap_end(v), top) - len;
}

size_t range_mapped(struct aspace *as, uintptr_t lo, uintptr_t hi)
{
	size_t n = 0;

	for (struct vma *v = vm_first(as, lo); v != NULL && v->start < hi; v = vm_next(as, v))
		n += MIN(v->end, hi) - MAX(v->start, lo);
	return n;
}
