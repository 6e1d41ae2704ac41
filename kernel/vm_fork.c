/* SPDX-License-Identifier: ISC */
/*
 * fork(2)'s half of the memory: a second address space with the same ranges and the same frames, each with one more
 * reference. Frames of private ranges lose the right to write on both sides; `cow` says that only references tell who
 * may write (vm_fault.c). The parent loses that right last, when nothing can fail any more.
 */
#include "kernel/heap.h"
#include "vm_priv.h"
#include "abi/errno.h"

/* The frames of a range in the other table as well. A child shall not eat what the kernel keeps for itself. */
static int share_frames(struct aspace *from, struct aspace *to, const struct vma *v)
{
	unsigned prot, keep = v->flags & VM_SHARED ? ~0u : ~(unsigned)PMAP_WRITE;
	uintptr_t va = v->start;
	paddr_t pa;
	size_t n;

	while ((n = pmap_run(from->pmap, &va, v->end, &pa, &prot)) > 0) {
		if (page_available() == 0 || pmap_map(to->pmap, va, pa, n, prot & keep) != 0) {
			pmap_unmap(to->pmap, va, n);
			return -ENOMEM;
		}
		page_get_run(pa, n);
		to->resident += n << PAGE_SHIFT;
		va += n << PAGE_SHIFT;
	}
	return 0;
}

static int copy_range(struct aspace *from, struct aspace *to, const struct vma *v)
{
	struct vma *copy;

	if (v->flags & VM_DONTFORK)
		return 0;
	copy = kmalloc(sizeof *copy);
	if (copy == NULL)
		return -ENOMEM;
	*copy = *v;
	copy->flags &= ~(unsigned)VM_LOCKED;
	copy->cow = !(v->flags & (VM_SHARED | VM_WIPEONFORK));
	if (copy->object != NULL)
		vm_object_get(copy->object);
	range_link(to, copy);
	return v->flags & VM_WIPEONFORK ? 0 : share_frames(from, to, v);
}

/* What has become common is no longer writable. */
static void protect_range(struct aspace *as, struct vma *v)
{
	if (v->flags & (VM_SHARED | VM_DONTFORK | VM_WIPEONFORK))
		return;
	v->cow = true;
	if (v->prot & VM_WRITE)
		pmap_protect(as->pmap, v->start, (v->end - v->start) >> PAGE_SHIFT, vm_pmap_prot(v, false));
}

int vm_fork(struct aspace *from, struct aspace **to)
{
	struct aspace *as = vm_create();
	struct vma *v;
	int err;

	if (as == NULL)
		return -ENOMEM;
	vm_prepare_forks();
	as->mmap_top = from->mmap_top;
	as->stack_top = from->stack_top;
	as->stack_limit = from->stack_limit;
	as->brk_start = from->brk_start;
	as->brk = from->brk;
	as->limit = from->limit;
	as->allow_wx = from->allow_wx;
	as->arg_start = from->arg_start;
	as->arg_end = from->arg_end;
	as->env_start = from->env_start;
	as->env_end = from->env_end;
	as->aux_start = from->aux_start;
	as->aux_end = from->aux_end;
	list_for_each_entry (v, &from->vmas, link) {
		err = copy_range(from, as, v);
		if (err != 0) {
			vm_put(as);
			return err;
		}
	}
	list_for_each_entry (v, &from->vmas, link)
		protect_range(from, v);
	*to = as;
	return 0;
}
