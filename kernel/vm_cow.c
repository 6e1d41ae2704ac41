/* SPDX-License-Identifier: ISC */
/*
 * Writes to private pages once frames may be shared by a fork: whoever has the only reference gets the right to write
 * without a copy, for all such pages around; frames that others have too are copied, in clusters if they are anonymous
 * or text (a breakpoint, a patch), since a copy page by page would end in as many stretches of frames. Images without
 * fork do not carry this (vm_prepare_forks).
 */
#include "lib/string.h"
#include "vm_priv.h"
#include "abi/errno.h"

#define TEXT_AROUND (16 * PAGE_SIZE)

/* What a write to a private page that is present would find there. */
enum owner { NOBODY, OWN, OTHERS };

static enum owner owner_of(struct aspace *as, uintptr_t va)
{
	unsigned prot;
	paddr_t pa;

	if (!pmap_query(as->pmap, va, &pa, &prot) || prot & PMAP_WRITE)
		return NOBODY;
	return page_refs(pa) == 1 ? OWN : OTHERS;
}

/* The largest stretch of [lo, hi) around va whose pages are owned like it. */
static void clip_owned(struct aspace *as, uintptr_t va, uintptr_t *lo, uintptr_t *hi)
{
	enum owner want = owner_of(as, va);
	uintptr_t at = va;

	while (at > *lo && owner_of(as, at - PAGE_SIZE) == want)
		at -= PAGE_SIZE;
	*lo = at;
	for (at = va + PAGE_SIZE; at < *hi && owner_of(as, at) == want;)
		at += PAGE_SIZE;
	*hi = at;
}

/* Private frames that others have too: copies take their place, all of [lo, hi) that there is memory for, va's at least.
 * Where a table is missing (-ENOMEM) the old ones stay. */
static int copy_frames(struct aspace *as, struct vma *v, uintptr_t va, uintptr_t lo, uintptr_t hi)
{
	size_t n = (hi - lo) >> PAGE_SHIFT;
	paddr_t pa = vm_adjoining(as, lo, hi, 0), old[VM_CLUSTER_MAX], there;
	int err;

	if (pa == 0)
		pa = page_alloc_run(n, &n, 0);
	if (pa == 0)
		return -ENOMEM;
	lo = MAX(lo, MIN(va, hi - (n << PAGE_SHIFT)));
	for (size_t i = 0; i < n; i++) {
		pmap_query(as->pmap, lo + (i << PAGE_SHIFT), &old[i], NULL);
		memcpy(page_ptr(pa + (i << PAGE_SHIFT)), page_ptr(old[i]), PAGE_SIZE);
	}
	err = pmap_map(as->pmap, lo, pa, n, vm_pmap_prot(v, true));
	v->fault_lo = lo;
	v->fault_hi = lo + (n << PAGE_SHIFT);
	for (size_t i = 0; i < n; i++) {
		bool kept = err != 0 && pmap_query(as->pmap, lo + (i << PAGE_SHIFT), &there, NULL) && there == old[i];

		page_put(kept ? pa + (i << PAGE_SHIFT) : old[i]);
	}
	return err;
}

/* A write to a private page that is present but not writable. */
static int cow_write(struct aspace *as, struct vma *v, uintptr_t va)
{
	uintptr_t lo = MAX(v->start, ALIGN_DOWN(va, VM_AROUND)),
		  hi = MIN(v->end, ALIGN_DOWN(va, VM_AROUND) + VM_AROUND);

	if (owner_of(as, va) == OWN) {
		if (!(v->prot & VM_WRITE))
			return 0; /* the kernel writes */
		clip_owned(as, va, &lo, &hi);
		pmap_protect(as->pmap, lo, (hi - lo) >> PAGE_SHIFT, vm_pmap_prot(v, true));
		return 0;
	}
	if (v->object == NULL) {
		vm_window(as, v, va, &lo, &hi);
	} else if (v->prot & VM_EXEC) {
		lo = MAX(v->start, ALIGN_DOWN(va, TEXT_AROUND));
		hi = MIN(v->end, ALIGN_DOWN(va, TEXT_AROUND) + TEXT_AROUND);
	} else {
		lo = va;
		hi = va + PAGE_SIZE;
	}
	clip_owned(as, va, &lo, &hi);
	return copy_frames(as, v, va, lo, hi);
}

void vm_prepare_forks(void)
{
	vm_cow_write = cow_write;
	pmap_expect_switches();
}
