/* SPDX-License-Identifier: ISC */
/*
 * mremap: shrink, grow where it is, or move. A move maps the frames at the new place first and only then takes them away
 * from the old one, so that a lack of page tables leaves everything as it was.
 */
#include "kernel/heap.h"
#include "lib/string.h"
#include "vm_priv.h"
#include "abi/errno.h"

/* The frames of [from, from + len) at `to` as well; no references change hands. */
static int map_again(struct aspace *as, uintptr_t from, size_t len, uintptr_t to)
{
	uintptr_t va = from;
	unsigned prot;
	paddr_t pa;
	size_t n;

	while ((n = pmap_run(as->pmap, &va, from + len, &pa, &prot)) > 0) {
		if (pmap_map(as->pmap, to + (va - from), pa, n, prot) != 0) {
			pmap_unmap(as->pmap, to, len >> PAGE_SHIFT);
			return -ENOMEM;
		}
		va += n << PAGE_SHIFT;
	}
	return 0;
}

static void fill(struct aspace *as, const struct vma *v, uintptr_t addr, size_t len)
{
	if (v->flags & VM_LOCKED)
		vm_populate(as, addr, len, v->prot & VM_WRITE);
}

static int move(struct aspace *as, uintptr_t old, size_t old_len, size_t new_len, uintptr_t to)
{
	struct vma *v, *moved;
	int err = range_split(as, old, old + old_len);

	if (err != 0)
		return err;
	v = vm_find(as, old);
	moved = kmalloc(sizeof *moved);
	err = moved == NULL ? -ENOMEM : map_again(as, old, old_len, to);
	if (err != 0) {
		range_merge(as, v);
		kfree(moved);
		return err;
	}
	pmap_unmap(as->pmap, old, old_len >> PAGE_SHIFT);
	*moved = *v;
	moved->start = to;
	moved->end = to + new_len;
	if (moved->object != NULL)
		vm_object_get(moved->object);
	range_free(as, v);
	range_link(as, moved);
	fill(as, range_merge(as, moved), to, new_len);
	return 0;
}

/* old_len 0: a shared range is mapped a second time. */
static int duplicate(struct aspace *as, const struct vma *v, uintptr_t old, size_t new_len, unsigned fixed,
		     uintptr_t *addr)
{
	if (!(v->flags & VM_SHARED))
		return -EINVAL;
	if (!fixed)
		*addr = 0;
	return vm_map(as, addr, new_len, v->prot, v->flags | fixed, v->object, v->offset + (old - v->start));
}

/* Makes room at the wanted new place. */
static int clear_target(struct aspace *as, uintptr_t old, size_t old_len, size_t new_len, uintptr_t to)
{
	if (!IS_ALIGNED(to, PAGE_SIZE) || to < pmap_user_min() || new_len > pmap_user_max() - to ||
	    (to < old + old_len && old < to + new_len))
		return -EINVAL;
	return vm_unmap(as, to, new_len);
}

int vm_remap(struct aspace *as, uintptr_t old, size_t old_len, size_t new_len, bool may_move, bool fixed,
	     uintptr_t *addr)
{
	struct vma *v;
	int err;

	if (new_len == 0 || !IS_ALIGNED(old | old_len | new_len, PAGE_SIZE))
		return -EINVAL;
	if (new_len > pmap_user_max())
		return fixed ? -EINVAL : -ENOMEM;
	if (fixed) {
		err = clear_target(as, old, old_len, new_len, *addr);
		if (err != 0)
			return err;
	}
	v = vm_find(as, old);
	if (v == NULL)
		return -EFAULT;
	if (old_len == 0)
		return may_move ? duplicate(as, v, old, new_len, fixed ? VM_FIXED : 0, addr) : -ENOMEM;
	if (old_len >= new_len) {
		err = old_len == new_len ? 0 : vm_unmap(as, old + new_len, old_len - new_len);
		if (err != 0 || !fixed) {
			*addr = old;
			return err;
		}
		old_len = new_len;
		v = vm_find(as, old);
	}
	if (v == NULL || old_len > v->end - old)
		return -EFAULT;
	err = vm_check(as, new_len, v->prot, v->flags, v->object);
	if (err != 0)
		return err;
	if (new_len - old_len > as->limit - MIN(as->mapped, as->limit))
		return -ENOMEM;
	if (!fixed && old + old_len == v->end && vm_range_free(as, v->end, new_len - old_len)) {
		range_resize(as, v, v->start, old + new_len);
		fill(as, range_merge(as, v), old + old_len, new_len - old_len);
		*addr = old;
		return 0;
	}
	if (!may_move || as->count >= VM_MAX_RANGES)
		return -ENOMEM;
	if (!fixed)
		*addr = vm_place(as, 0, new_len, 0);
	return *addr == 0 ? -ENOMEM : move(as, old, old_len, new_len, *addr);
}
