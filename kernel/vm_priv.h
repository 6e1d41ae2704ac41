/* SPDX-License-Identifier: ISC */
/* What the files of the virtual memory share. vm_range.c keeps the ranges, vm_fault.c and vm_cow.c the frames. */
#ifndef KERNEL_VM_PRIV_H
#define KERNEL_VM_PRIV_H

#include "arch/pmap.h"
#include "kernel/vm.h"

/* Flags that a range keeps; the others only say how to map it. */
#define VM_KEPT                                                                                                        \
	(VM_SHARED | VM_GROWSDOWN | VM_STACK | VM_NORESERVE | VM_NOWRITE | VM_LOCKED | VM_DONTFORK | VM_WIPEONFORK)

extern struct list vm_all; /* every address space */

/* vm_range.c */
struct vma *vm_prev(struct aspace *as, const struct vma *v);
void range_link(struct aspace *as, struct vma *v);
void range_free(struct aspace *as, struct vma *v); /* unlinks, puts the object, frees */
void range_resize(struct aspace *as, struct vma *v, uintptr_t start, uintptr_t end);
/* Makes lo and hi borders where they lie inside a range. 0, or -ENOMEM with nothing changed. */
int range_split(struct aspace *as, uintptr_t lo, uintptr_t hi) MUST_CHECK;
/* Joins v with what fits on both sides; returns the range that it is part of now. */
struct vma *range_merge(struct aspace *as, struct vma *v);
/* The highest free len bytes that end at or below top; 0: none. */
uintptr_t range_find_gap(struct aspace *as, size_t len, uintptr_t top);
/* Bytes of [lo, hi) that are mapped. */
size_t range_mapped(struct aspace *as, uintptr_t lo, uintptr_t hi);

/* vm.c: may it be mapped so? Writable and executable, shared without the right to write, larger than all memory. */
int vm_check(struct aspace *as, size_t len, unsigned prot, unsigned flags, const struct vm_object *o) MUST_CHECK;
/* Where len bytes can go, near the hint; 0: nowhere. */
uintptr_t vm_place(struct aspace *as, uintptr_t hint, size_t len, unsigned flags);

#define VM_CLUSTER_MAX 64ul

/* vm_cow.c's way to serve a write to a private page that is present; NULL while there was no fork: copies are made page
 * by page then. */
extern int (*vm_cow_write)(struct aspace *as, struct vma *v, uintptr_t va);
/* vm_fault.c: the window of the next cluster around va. */
void vm_window(const struct aspace *as, struct vma *v, uintptr_t va, uintptr_t *lo, uintptr_t *hi);
/* Frames for [lo, hi), next to those of the page before or behind it if these are free: then the host needs no further
 * mapping. 0: they are not. */
paddr_t vm_adjoining(struct aspace *as, uintptr_t lo, uintptr_t hi, unsigned flags);
/* vm_fault.c: the page table's protection for a range; without the right to write when its frames may have to be copied
 * (or reported to a shared object) first. */
unsigned vm_pmap_prot(const struct vma *v, bool exclusive);
/* Frees what is present in [lo, hi); vm_put_frames leaves the page table, which must not be used any more, as it is. */
void vm_put_frames(struct aspace *as, uintptr_t lo, uintptr_t hi);
void vm_release(struct aspace *as, uintptr_t lo, uintptr_t hi);

static inline uint64_t vm_index(const struct vma *v, uintptr_t va)
{
	return (v->offset + (va - v->start)) >> PAGE_SHIFT;
}

#endif
