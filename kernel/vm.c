/* SPDX-License-Identifier: ISC */
/*
 * Address spaces: making and ending them, and the calls that change their ranges. A change is first made possible (new
 * ranges allocated, borders split), then made, so that a failure leaves the mappings as they were.
 *
 * Memory is overcommitted: a range costs nothing until it is touched. Refused from the start is only what could never be
 * met: a private writable range larger than all of the machine's memory (unless VM_NORESERVE), as Linux's heuristic does.
 */
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "vm_priv.h"
#include "abi/errno.h"

#define STACK_LIMIT (8ul << 20)
#define TOP_32BIT   (1ul << 31)

struct list vm_all = LIST_INIT(vm_all);

static uintptr_t random_below(uintptr_t span)
{
	return random_u64() % span & PAGE_MASK;
}

struct aspace *vm_create(void)
{
	struct aspace *as = kzalloc(sizeof *as);
	uintptr_t span = pmap_user_max() - pmap_user_min();

	if (as == NULL)
		return NULL;
	as->pmap = pmap_create();
	if (as->pmap == NULL) {
		kfree(as);
		return NULL;
	}
	as->refs = 1;
	list_init(&as->vmas);
	as->limit = SIZE_MAX;
	as->stack_limit = STACK_LIMIT;
	as->stack_top = pmap_user_max() - random_below(span / 64) - PAGE_SIZE;
	as->mmap_top = as->stack_top - STACK_LIMIT - 2 * VM_STACK_GAP - random_below(span / 64);
	list_push_back(&vm_all, &as->link);
	return as;
}

void vm_get(struct aspace *as)
{
	as->refs++;
}

void vm_put(struct aspace *as)
{
	if (--as->refs > 0)
		return;
	while (!list_empty(&as->vmas)) {
		struct vma *v = LIST_ENTRY(as->vmas.next, struct vma, link);

		vm_put_frames(as, v->start, v->end);
		range_free(as, v);
	}
	list_remove(&as->link);
	pmap_destroy(as->pmap);
	kfree(as);
}

static bool is_range(uintptr_t addr, size_t len)
{
	return IS_ALIGNED(addr | len, PAGE_SIZE) && addr >= pmap_user_min() && len <= pmap_user_max() &&
	       addr <= pmap_user_max() - len;
}

bool vm_range_free(struct aspace *as, uintptr_t addr, size_t len)
{
	struct vma *v;
	uintptr_t end = addr + len;

	if (!is_range(addr, len))
		return false;
	v = vm_first(as, addr);
	if (v != NULL && v->flags & VM_GROWSDOWN)
		end += VM_STACK_GAP;
	return v == NULL || v->start >= end;
}

int vm_check(struct aspace *as, size_t len, unsigned prot, unsigned flags, const struct vm_object *o)
{
	static bool told;

	if (prot & VM_WRITE && flags & VM_NOWRITE)
		return -EACCES;
	if (prot & VM_WRITE && prot & VM_EXEC && !as->allow_wx) {
		if (!told)
			log_warn("memory that is writable and executable at once is refused; --allow-wx permits it");
		told = true;
		return -EACCES;
	}
	if (prot & VM_WRITE && !(flags & (VM_SHARED | VM_NORESERVE)) && len > page_total())
		return -ENOMEM;
	if (o == NULL && flags & VM_SHARED)
		return -EINVAL;
	return 0;
}

uintptr_t vm_place(struct aspace *as, uintptr_t hint, size_t len, unsigned flags)
{
	uintptr_t top = flags & VM_32BIT ? MIN(TOP_32BIT, pmap_user_max()) : as->mmap_top, at;

	hint &= PAGE_MASK;
	if (hint != 0 && vm_range_free(as, hint, len) && (!(flags & VM_32BIT) || hint + len <= TOP_32BIT))
		return hint;
	at = range_find_gap(as, len, top);
	if (at == 0 && !(flags & VM_32BIT))
		at = range_find_gap(as, len, pmap_user_max());
	return at;
}

/* The address of a new range, and what of it is mapped already (*replaced, bytes). */
static int choose(struct aspace *as, uintptr_t *addr, size_t len, unsigned flags, size_t *replaced)
{
	*replaced = 0;
	if (!(flags & (VM_FIXED | VM_FIXED_NOREPLACE))) {
		*addr = vm_place(as, *addr, len, flags);
		return *addr == 0 ? -ENOMEM : 0;
	}
	if (!is_range(*addr, len))
		return -ENOMEM;
	*replaced = range_mapped(as, *addr, *addr + len);
	return *replaced != 0 && flags & VM_FIXED_NOREPLACE ? -EEXIST : 0;
}

int vm_map(struct aspace *as, uintptr_t *addr, size_t len, unsigned prot, unsigned flags, struct vm_object *object,
	   uint64_t offset)
{
	struct vma *v;
	size_t replaced;
	int err;

	if (len == 0 || !IS_ALIGNED(len | offset, PAGE_SIZE) || offset + len < offset)
		return -EINVAL;
	if (len > pmap_user_max())
		return -ENOMEM;
	flags |= as->map_flags;
	err = vm_check(as, len, prot, flags, object);
	if (err == 0)
		err = choose(as, addr, len, flags, &replaced);
	if (err != 0)
		return err;
	if (len - replaced > as->limit - MIN(as->mapped, as->limit) || as->count >= VM_MAX_RANGES)
		return -ENOMEM;
	v = kzalloc(sizeof *v);
	if (v == NULL)
		return -ENOMEM;
	if (replaced != 0) {
		err = vm_unmap(as, *addr, len);
		if (err != 0) {
			kfree(v);
			return err;
		}
	}
	v->start = *addr;
	v->end = *addr + len;
	v->prot = prot;
	v->flags = flags & VM_KEPT;
	v->object = object;
	v->offset = object == NULL ? 0 : offset;
	if (object != NULL)
		vm_object_get(object);
	range_link(as, v);
	range_merge(as, v);
	/* As on Linux, a mapping that cannot be filled is a mapping all the same. */
	if (flags & VM_POPULATE)
		vm_populate(as, *addr, len, prot & VM_WRITE);
	return 0;
}

int vm_unmap(struct aspace *as, uintptr_t addr, size_t len)
{
	struct vma *v, *next;
	int err;

	if (len == 0 || !is_range(addr, len))
		return -EINVAL;
	v = vm_first(as, addr);
	if (v == NULL || v->start >= addr + len)
		return 0;
	err = range_split(as, addr, addr + len);
	if (err != 0)
		return err;
	vm_release(as, addr, addr + len);
	for (v = vm_first(as, addr); v != NULL && v->start < addr + len; v = next) {
		next = vm_next(as, v);
		range_free(as, v);
	}
	return 0;
}

/* Calls fn for each range of [addr, addr + len), split at both ends, and joins it with its neighbours again. A hole ends
 * the walk with -ENOMEM, an error of fn with that error. */
static int change(struct aspace *as, uintptr_t addr, size_t len, int (*fn)(struct aspace *, struct vma *, unsigned *),
		  unsigned *arg)
{
	uintptr_t end = addr + len, at = addr;
	int err;

	if (!is_range(addr, len))
		return -ENOMEM;
	while (at < end) {
		struct vma *v = vm_find(as, at);

		if (v == NULL)
			return -ENOMEM;
		err = range_split(as, at, MIN(v->end, end));
		if (err != 0)
			return err;
		v = vm_find(as, at);
		err = fn(as, v, arg);
		at = v->end;
		range_merge(as, v);
		if (err != 0)
			return err;
	}
	return 0;
}

static int protect(struct aspace *as, struct vma *v, unsigned *prot)
{
	int err;

	if (v->prot == *prot)
		return 0;
	err = vm_check(as, v->end - v->start, *prot, v->flags, v->object);
	if (err != 0)
		return err;
	v->prot = *prot;
	pmap_protect(as->pmap, v->start, (v->end - v->start) >> PAGE_SHIFT, vm_pmap_prot(v, false));
	as->generation++;
	return 0;
}

int vm_protect(struct aspace *as, uintptr_t addr, size_t len, unsigned prot)
{
	return change(as, addr, len, protect, &prot);
}

static int set_flags(struct aspace *as UNUSED, struct vma *v, unsigned *set_clear)
{
	v->flags = (v->flags | set_clear[0]) & ~set_clear[1];
	return 0;
}

int vm_set_flags(struct aspace *as, uintptr_t addr, size_t len, unsigned set, unsigned clear)
{
	unsigned arg[2] = {set, clear};

	return change(as, addr, len, set_flags, arg);
}

int vm_discard(struct aspace *as, uintptr_t addr, size_t len)
{
	if (!is_range(addr, len))
		return -ENOMEM;
	vm_release(as, addr, addr + len);
	as->generation++;
	return 0;
}
