/* SPDX-License-Identifier: ISC */
/*
 * Advice about memory, locking and asking about it: madvise(2), mlock(2), msync(2), mincore(2). There is no swap, so
 * memory that is present stays present: to lock it is to make it present and to refuse that it is discarded.
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/vm.h"
#include "linux/calls.h"
#include "linux/task.h"

#include <asm/mman.h>
#include <asm/resource.h>
#include <linux/mman.h>

#define MLOCK_FLAGS   MLOCK_ONFAULT
#define MINCORE_BATCH 256

static struct aspace *current_as(void)
{
	return process_current()->as;
}

/* Calls fn for the part [lo, hi) of each range in [addr, end). An error ends the walk; -ENOMEM at its end for holes. */
static int each(uintptr_t addr, uintptr_t end, int (*fn)(struct vma *v, uintptr_t lo, uintptr_t hi, unsigned arg),
		unsigned arg)
{
	struct aspace *as = current_as();
	int holes = 0;

	while (addr < end) {
		struct vma *v = vm_first(as, addr);
		uintptr_t hi;
		int err;

		if (v == NULL || v->start >= end)
			return -ENOMEM;
		if (v->start > addr)
			holes = -ENOMEM;
		addr = MAX(addr, v->start);
		hi = MIN(end, v->end);
		err = fn(v, addr, hi, arg);
		if (err != 0)
			return err;
		addr = hi;
	}
	return holes;
}

static int discard(struct vma *v, uintptr_t lo, uintptr_t hi, unsigned arg UNUSED)
{
	return v->flags & VM_LOCKED ? -EINVAL : vm_discard(current_as(), lo, hi - lo);
}

static int discard_free(struct vma *v, uintptr_t lo, uintptr_t hi, unsigned arg)
{
	return v->object != NULL ? -EINVAL : discard(v, lo, hi, arg);
}

static int populate(struct vma *v, uintptr_t lo, uintptr_t hi, unsigned write)
{
	int err;

	if (!(v->prot & (write ? VM_WRITE : VM_READ | VM_WRITE | VM_EXEC)))
		return -EINVAL;
	err = vm_populate(current_as(), lo, hi - lo, write);
	return err == -ENXIO || err == -EACCES ? -EFAULT : err;
}

static int nothing(struct vma *v UNUSED, uintptr_t lo UNUSED, uintptr_t hi UNUSED, unsigned arg UNUSED)
{
	return 0;
}

static int only_anonymous(struct vma *v, uintptr_t lo UNUSED, uintptr_t hi UNUSED, unsigned arg UNUSED)
{
	return v->object != NULL ? -EINVAL : 0;
}

static long set_flags(uintptr_t addr, size_t len, unsigned set, unsigned clear)
{
	return vm_set_flags(current_as(), addr, len, set, clear);
}

static long advise(uintptr_t addr, size_t len, int advice)
{
	uintptr_t end = addr + len;
	int err;

	switch (advice) {
	case MADV_DONTNEED: return each(addr, end, discard, 0);
	case MADV_FREE: /* free to be dropped at any time: now */ return each(addr, end, discard_free, 0);
	case MADV_POPULATE_READ: return each(addr, end, populate, false);
	case MADV_POPULATE_WRITE: return each(addr, end, populate, true);
	case MADV_DONTFORK: return set_flags(addr, len, VM_DONTFORK, 0);
	case MADV_DOFORK: return set_flags(addr, len, 0, VM_DONTFORK);
	case MADV_WIPEONFORK:
		err = each(addr, end, only_anonymous, 0);
		return err == 0 ? set_flags(addr, len, VM_WIPEONFORK, 0) : err;
	case MADV_KEEPONFORK: return set_flags(addr, len, 0, VM_WIPEONFORK);
	default: /* hints about speed and core files, which change nothing here */ return each(addr, end, nothing, 0);
	}
}

static bool known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || advice == MADV_FREE || advice == MADV_DONTFORK ||
	       advice == MADV_DOFORK || (advice >= MADV_HUGEPAGE && advice <= MADV_POPULATE_WRITE);
}

long sys_madvise(unsigned long addr, size_t len, int advice)
{
	size_t size = ALIGN_UP(len, PAGE_SIZE);

	if (!known(advice) || !IS_ALIGNED(addr, PAGE_SIZE) || (len != 0 && size == 0) || addr + size < addr)
		return -EINVAL;
	return size == 0 ? 0 : advise(addr, size, advice);
}

static int sync_object(struct vma *v, uintptr_t lo, uintptr_t hi, unsigned flags)
{
	struct vm_object *o = v->object;
	uint64_t first;
	int err;

	if (flags & MS_INVALIDATE && v->flags & VM_LOCKED)
		return -EBUSY;
	if (!(flags & MS_SYNC) || !(v->flags & VM_SHARED) || o->ops->sync == NULL)
		return 0;
	first = (v->offset + (lo - v->start)) >> PAGE_SHIFT;
	vm_object_get(o);
	err = o->ops->sync(o, first, first + ((hi - lo) >> PAGE_SHIFT));
	vm_object_put(o);
	return err;
}

long sys_msync(unsigned long addr, size_t len, int flags)
{
	size_t size = ALIGN_UP(len, PAGE_SIZE);

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || !IS_ALIGNED(addr, PAGE_SIZE) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (addr + size < addr || (len != 0 && size == 0))
		return -ENOMEM;
	return each(addr, addr + size, sync_object, (unsigned)flags);
}

/* Present here, or in memory anyway because the object is. */
static bool in_core(struct aspace *as, const struct vma *v, uintptr_t va)
{
	return pmap_query(as->pmap, va, NULL, NULL) || (v->object != NULL && v->object->in_place);
}

long sys_mincore(unsigned long addr, size_t len, struct uptr vec)
{
	struct aspace *as = current_as();
	size_t size = ALIGN_UP(len, PAGE_SIZE);
	unsigned char buf[MINCORE_BATCH];
	uintptr_t end = addr + size;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (end < addr || (len != 0 && size == 0) || end > pmap_user_max())
		return -ENOMEM;
	while (addr < end) {
		size_t n = 0;

		for (; n < MINCORE_BATCH && addr < end; n++, addr += PAGE_SIZE) {
			const struct vma *v = vm_find(as, addr);

			if (v == NULL)
				return -ENOMEM;
			buf[n] = in_core(as, v, addr);
		}
		if (copy_to_user(vec, buf, n) != 0)
			return -EFAULT;
		vec = uptr_add(vec, n);
	}
	return 0;
}

static size_t locked_bytes(struct aspace *as)
{
	size_t n = 0;

	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v))
		if (v->flags & VM_LOCKED)
			n += v->end - v->start;
	return n;
}

/* 0 when `more` bytes may be locked besides what is. */
static int may_lock(size_t more)
{
	const struct process *p = process_current();
	uint64_t limit = p->rlimit[RLIMIT_MEMLOCK].cur;

	if (p->creds.euid == 0)
		return 0;
	if (limit == 0)
		return -EPERM;
	return more > limit || locked_bytes(p->as) > limit - more ? -ENOMEM : 0;
}

static long lock(uintptr_t addr, size_t len, bool now)
{
	uintptr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
	size_t size = ALIGN_UP(len + (addr - start), PAGE_SIZE);
	long err;

	if (size < len || start + size < start)
		return -EINVAL;
	if (size == 0)
		return 0;
	err = may_lock(size);
	if (err == 0)
		err = set_flags(start, size, VM_LOCKED, 0);
	if (err == 0 && now && each(start, start + size, populate, false) != 0)
		err = -ENOMEM;
	return err;
}

long sys_mlock(unsigned long addr, size_t len)
{
	return lock(addr, len, true);
}

long sys_mlock2(unsigned long addr, size_t len, int flags)
{
	return flags & ~MLOCK_FLAGS ? -EINVAL : lock(addr, len, !(flags & MLOCK_ONFAULT));
}

long sys_munlock(unsigned long addr, size_t len)
{
	uintptr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
	size_t size = ALIGN_UP(len + (addr - start), PAGE_SIZE);

	if (size < len || start + size < start)
		return -EINVAL;
	return size == 0 ? 0 : set_flags(start, size, 0, VM_LOCKED);
}

static void lock_all(struct aspace *as, unsigned set, unsigned clear)
{
	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v))
		v->flags = (v->flags | set) & ~clear;
}

long sys_mlockall(int flags)
{
	struct aspace *as = current_as();
	int err;

	if (flags == 0 || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
		return -EINVAL;
	err = may_lock(flags & MCL_CURRENT ? as->mapped : 0);
	if (err != 0)
		return err;
	as->map_flags = 0;
	if (flags & MCL_FUTURE)
		as->map_flags = VM_LOCKED | (flags & MCL_ONFAULT ? 0 : VM_POPULATE);
	if (flags & MCL_CURRENT) {
		lock_all(as, VM_LOCKED, 0);
		if (!(flags & MCL_ONFAULT)) /* what cannot be present does not count here, as on Linux */
			vm_populate(as, pmap_user_min(), pmap_user_max() - pmap_user_min(), false);
	}
	return 0;
}

long sys_munlockall(void)
{
	current_as()->map_flags = 0;
	lock_all(current_as(), 0, VM_LOCKED);
	return 0;
}
