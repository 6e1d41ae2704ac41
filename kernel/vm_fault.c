/* SPDX-License-Identifier: ISC */
/*
 * Giving frames to ranges. The page table says what is present; a frame that is mapped carries one reference for it.
 *
 * Anonymous memory comes in clusters: 4 pages at first, twice as many each time that a fault continues where the last
 * cluster ended (or began, for stacks), up to 64. So a sparse use wastes little and a sequential one costs a fault a
 * 256 KiB. When memory is short clusters shrink to what is left over 32. A large program gets larger ones to begin with,
 * so that scattered use does not end in more stretches of frames than a host process may map (65,530).
 *
 * A private range's frames may be written once they are its own: their only reference. Others (an object's, the
 * payload's) are mapped without the right to write, and copied when a write faults; with forks in play vm_cow.c does that.
 * Shared ranges are mapped writable when the object was told of the write.
 */
#include "lib/string.h"
#include "vm_priv.h"
#include "abi/errno.h"

#define CLUSTER_MIN 4ul
#define CLUSTER_MAX VM_CLUSTER_MAX
#define STRETCHES   16384ul /* of the smallest clusters, before these grow */

int (*vm_cow_write)(struct aspace *as, struct vma *v, uintptr_t va);

unsigned vm_pmap_prot(const struct vma *v, bool exclusive)
{
	unsigned p = v->prot == 0 ? 0 : PMAP_READ;

	if (v->prot & VM_WRITE && (exclusive || (v->object == NULL && !v->cow)))
		p |= PMAP_WRITE;
	if (v->prot & VM_EXEC)
		p |= PMAP_EXEC;
	return p;
}

/* Maps a run of frames, taking over the caller's references. */
static int enter(struct aspace *as, uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	if (pmap_map(as->pmap, va, pa, n, prot) != 0) {
		pmap_unmap(as->pmap, va, n);
		page_put_run(pa, n);
		return -ENOMEM;
	}
	as->resident += n << PAGE_SHIFT;
	return 0;
}

/* The largest stretch of [lo, hi) around va in which nothing is present. */
static void clip(struct aspace *as, uintptr_t va, uintptr_t *lo, uintptr_t *hi)
{
	uintptr_t at = va;

	while (at > *lo && !pmap_query(as->pmap, at - PAGE_SIZE, NULL, NULL))
		at -= PAGE_SIZE;
	*lo = at;
	if (*hi > va + PAGE_SIZE)
		*hi = pmap_next(as->pmap, va + PAGE_SIZE, *hi);
}

static size_t smallest_cluster(const struct aspace *as)
{
	size_t n = CLUSTER_MIN;

	while (n < CLUSTER_MAX && as->resident / PAGE_SIZE > n * STRETCHES)
		n *= 2;
	return n;
}

void vm_window(const struct aspace *as, struct vma *v, uintptr_t va, uintptr_t *lo, uintptr_t *hi)
{
	bool up = va == v->fault_hi, down = va + PAGE_SIZE == v->fault_lo;
	size_t least = smallest_cluster(as) << PAGE_SHIFT, size;

	v->cluster = up || down ? MIN(v->cluster * 2, CLUSTER_MAX) : least >> PAGE_SHIFT;
	size = MIN(v->cluster, 1 + page_available() / 32) << PAGE_SHIFT;
	*lo = va;
	*hi = va + PAGE_SIZE;
	if (up)
		*hi = va + MIN(size, v->end - va);
	else if (down)
		*lo = *hi - MIN(size, *hi - v->start);
	else if (size >= least) {
		*lo = MAX(v->start, ALIGN_DOWN(va, least));
		*hi = MIN(v->end, ALIGN_DOWN(va, least) + least);
	}
}

paddr_t vm_adjoining(struct aspace *as, uintptr_t lo, uintptr_t hi, unsigned flags)
{
	size_t n = (hi - lo) >> PAGE_SHIFT;
	paddr_t pa;

	if (lo > pmap_user_min() && pmap_query(as->pmap, lo - PAGE_SIZE, &pa, NULL))
		return page_alloc_at(pa + PAGE_SIZE, n, flags);
	if (hi < pmap_user_max() && pmap_query(as->pmap, hi, &pa, NULL) && pa > hi - lo)
		return page_alloc_at(pa - (hi - lo), n, flags);
	return 0;
}

static int serve_anon(struct aspace *as, struct vma *v, uintptr_t va)
{
	uintptr_t lo, hi;
	size_t got;
	paddr_t pa;

	vm_window(as, v, va, &lo, &hi);
	clip(as, va, &lo, &hi);
	got = (hi - lo) >> PAGE_SHIFT;
	pa = vm_adjoining(as, lo, hi, PAGE_ZERO);
	if (pa == 0)
		pa = page_alloc_run(got, &got, PAGE_ZERO);
	if (pa == 0)
		return -ENOMEM;
	/* Fewer than wanted: those that hold va. */
	lo = MAX(lo, MIN(va, hi - (got << PAGE_SHIFT)));
	v->fault_lo = lo;
	v->fault_hi = lo + (got << PAGE_SHIFT);
	return enter(as, lo, pa, got, vm_pmap_prot(v, true));
}

/* A copy for va; 0: no memory. */
static paddr_t copy_of(struct aspace *as, uintptr_t va, paddr_t old)
{
	paddr_t pa = vm_adjoining(as, va, va + PAGE_SIZE, 0);

	if (pa == 0)
		pa = page_alloc(0, 0);
	if (pa != 0)
		memcpy(page_ptr(pa), page_ptr(old), PAGE_SIZE);
	return pa;
}

/* A private copy of a frame; takes over the caller's reference to it. */
static int enter_copy(struct aspace *as, struct vma *v, uintptr_t va, paddr_t old)
{
	paddr_t pa = copy_of(as, va, old);

	page_put(old);
	return pa == 0 ? -ENOMEM : enter(as, va, pa, 1, vm_pmap_prot(v, true));
}

static int serve_object(struct aspace *as, struct vma *v, uintptr_t va, bool write)
{
	struct vm_object *o = v->object;
	bool shared = v->flags & VM_SHARED;
	uint64_t generation = as->generation;
	uintptr_t lo = va, hi = v->end;
	size_t run = 1;
	paddr_t pa;
	int err;

	if (o->in_place && !write) {
		lo = MAX(v->start, ALIGN_DOWN(va, VM_AROUND));
		hi = MIN(v->end, ALIGN_DOWN(va, VM_AROUND) + VM_AROUND);
		clip(as, va, &lo, &hi);
	}
	vm_object_get(o);
	err = o->ops->page(o, vm_index(v, lo), write && shared, &pa, &run);
	vm_object_put(o);
	if (err != 0)
		return err;
	if (as->generation != generation || pmap_query(as->pmap, va, NULL, NULL)) {
		page_put(pa); /* it blocked, and the world changed: let the access try again */
		return 0;
	}
	if (write && !shared)
		return enter_copy(as, v, va, pa);
	run = MIN(run, CLUSTER_MAX);
	hi = MIN(v->end, lo + (run << PAGE_SHIFT));
	if (run > 1)
		hi = pmap_next(as->pmap, lo + PAGE_SIZE, hi);
	if (va >= hi) {
		page_put(pa); /* only what lies before it is there */
		return -ENXIO;
	}
	run = (hi - lo) >> PAGE_SHIFT;
	page_get_run(pa + PAGE_SIZE, run - 1);
	return enter(as, lo, pa, run, vm_pmap_prot(v, shared && write));
}

/* Another frame in a page's place; for want of a table the old one stays. */
static int replace(struct aspace *as, struct vma *v, uintptr_t va, paddr_t old, paddr_t new)
{
	int err = new == 0 ? -ENOMEM : pmap_map(as->pmap, va, new, 1, vm_pmap_prot(v, true));

	if (err == 0)
		page_put(old);
	else if (new != 0)
		page_put(new);
	return err;
}

static int give_right(struct aspace *as, struct vma *v, uintptr_t va)
{
	pmap_protect(as->pmap, va, 1, vm_pmap_prot(v, true));
	return 0;
}

/* A write to a page of a private range that is present but not writable. */
static int serve_private_write(struct aspace *as, struct vma *v, uintptr_t va, paddr_t pa)
{
	if (vm_cow_write != NULL)
		return vm_cow_write(as, v, va);
	return page_refs(pa) == 1 ? give_right(as, v, va) : replace(as, v, va, pa, copy_of(as, va, pa));
}

/* A write to a page of a shared range that is present but not writable: the object may have another frame for it. */
static int serve_shared_write(struct aspace *as, struct vma *v, uintptr_t va, paddr_t pa)
{
	uint64_t generation = as->generation;
	struct vm_object *o = v->object;
	paddr_t now, there;
	size_t run;
	int err;

	vm_object_get(o);
	err = o->ops->page(o, vm_index(v, va), true, &now, &run);
	vm_object_put(o);
	if (err != 0)
		return err;
	if (as->generation != generation || !pmap_query(as->pmap, va, &there, NULL) || there != pa) {
		page_put(now); /* it blocked, and the world changed: let the access try again */
		return 0;
	}
	if (now != pa)
		return replace(as, v, va, pa, now);
	page_put(now);
	return give_right(as, v, va);
}

static int serve(struct aspace *as, struct vma *v, uintptr_t va, bool write)
{
	unsigned prot;
	paddr_t pa;

	if (pmap_query(as->pmap, va, &pa, &prot)) {
		if (!write || prot & PMAP_WRITE)
			return 0;
		return v->flags & VM_SHARED ? serve_shared_write(as, v, va, pa) : serve_private_write(as, v, va, pa);
	}
	return v->object != NULL ? serve_object(as, v, va, write) : serve_anon(as, v, va);
}

/* A fault below a stack: the range grows to hold it, if the limit and what lies below permit. */
static struct vma *grow(struct aspace *as, uintptr_t va)
{
	struct vma *v = vm_first(as, va), *below;

	if (v == NULL || !(v->flags & VM_GROWSDOWN) || va < pmap_user_min() || v->end - va > as->stack_limit)
		return NULL;
	below = vm_prev(as, v);
	if (below != NULL && below->prot != 0 && va - below->end < VM_STACK_GAP)
		return NULL;
	if (v->start - va > as->limit - MIN(as->mapped, as->limit))
		return NULL;
	range_resize(as, v, va, v->end);
	return v;
}

int vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access)
{
	static const unsigned needs[] = {
	    [FAULT_READ] = VM_READ | VM_WRITE | VM_EXEC, [FAULT_WRITE] = VM_WRITE, [FAULT_EXEC] = VM_EXEC};
	uintptr_t va = addr & PAGE_MASK;
	struct vma *v = vm_find(as, va);

	if (v == NULL)
		v = grow(as, va);
	if (v == NULL)
		return -EFAULT;
	if (!(v->prot & needs[access]))
		return -EACCES;
	return serve(as, v, va, access == FAULT_WRITE);
}

int vm_populate(struct aspace *as, uintptr_t addr, size_t len, bool write)
{
	uintptr_t end = addr + len;

	for (uintptr_t va = addr; va < end; va += PAGE_SIZE) {
		struct vma *v = vm_first(as, va);
		int err;

		if (v == NULL || v->start >= end)
			break;
		va = MAX(va, v->start);
		if (v->prot == 0 || (write && !(v->prot & VM_WRITE))) {
			va = v->end - PAGE_SIZE;
			continue;
		}
		if (v->object == NULL && va + CLUSTER_MAX * PAGE_SIZE <= MIN(v->end, end)) {
			v->fault_hi = va;
			v->cluster = CLUSTER_MAX;
		}
		err = serve(as, v, va, write);
		if (err != 0)
			return err;
	}
	return 0;
}

enum access_op { COPY_IN, COPY_OUT, CLEAR };

/* Whatever the protection, but for shared ranges: a page that is written is the range's own afterwards. */
static int access(struct aspace *as, uintptr_t addr, void *mem, size_t n, enum access_op op)
{
	while (n > 0) {
		uintptr_t va = addr & PAGE_MASK, off = addr - va;
		size_t len = MIN(n, PAGE_SIZE - off);
		struct vma *v = vm_find(as, va);
		unsigned prot;
		paddr_t pa;
		int err;

		if (v == NULL)
			v = grow(as, va);
		if (v == NULL || (op != COPY_OUT && v->flags & VM_SHARED && !(v->prot & VM_WRITE)))
			return -EFAULT;
		err = serve(as, v, va, op != COPY_OUT);
		if (err != 0)
			return err;
		if (!pmap_query(as->pmap, va, &pa, &prot))
			continue; /* it blocked, and the page went away */
		if (op == COPY_IN)
			memcpy((char *)page_ptr(pa) + off, mem, len);
		else if (op == COPY_OUT)
			memcpy(mem, (char *)page_ptr(pa) + off, len);
		else
			memset((char *)page_ptr(pa) + off, 0, len);
		addr += len;
		mem = mem == NULL ? NULL : (char *)mem + len;
		n -= len;
	}
	return 0;
}

int vm_write(struct aspace *as, uintptr_t addr, const void *src, size_t n)
{
	return access(as, addr, (void *)(uintptr_t)src, n, COPY_IN);
}

int vm_read(struct aspace *as, uintptr_t addr, void *dst, size_t n)
{
	return access(as, addr, dst, n, COPY_OUT);
}

int vm_zero(struct aspace *as, uintptr_t addr, size_t n)
{
	return access(as, addr, NULL, n, CLEAR);
}

void vm_put_frames(struct aspace *as, uintptr_t lo, uintptr_t hi)
{
	unsigned prot;
	paddr_t pa;
	size_t n;

	while ((n = pmap_run(as->pmap, &lo, hi, &pa, &prot)) > 0) {
		page_put_run(pa, n);
		as->resident -= n << PAGE_SHIFT;
		lo += n << PAGE_SHIFT;
	}
}

void vm_release(struct aspace *as, uintptr_t lo, uintptr_t hi)
{
	lo = pmap_next(as->pmap, lo, hi);
	if (lo == hi)
		return;
	vm_put_frames(as, lo, hi);
	pmap_unmap(as->pmap, lo, (hi - lo) >> PAGE_SHIFT);
}
