/* SPDX-License-Identifier: ISC */
/*
 * The calls that make and change mappings: Linux's checks, in Linux's order, over kernel/vm. mmap(2), mremap(2), brk(2).
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "fs/file.h"
#include "kernel/vm.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/task.h"

#include <asm/mman.h>
#include <asm/resource.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

/* What Linux knows; MAP_SHARED_VALIDATE refuses others. */
#define KNOWN_FLAGS                                                                                                    \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN |       \
	 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_32BIT | MAP_FIXED_NOREPLACE)
#define PROT_MASK (PROT_READ | PROT_WRITE | PROT_EXEC)

static struct aspace *current_as(void)
{
	return process_current()->as;
}

static bool aligned(uintptr_t v)
{
	return IS_ALIGNED(v, PAGE_SIZE);
}

static unsigned vm_flags_of(int flags)
{
	unsigned f = 0;

	if (flags & MAP_FIXED)
		f |= VM_FIXED;
	if (flags & MAP_FIXED_NOREPLACE)
		f |= VM_FIXED_NOREPLACE;
	if (flags & MAP_GROWSDOWN)
		f |= VM_GROWSDOWN;
	if (flags & MAP_NORESERVE)
		f |= VM_NORESERVE;
	if (flags & MAP_32BIT)
		f |= VM_32BIT;
	if (flags & MAP_LOCKED)
		f |= VM_LOCKED | VM_POPULATE;
	if ((flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		f |= VM_POPULATE;
	return f;
}

/* The object of an anonymous shared mapping, or of the file f as its access mode permits. */
static int object_of(struct file *f, unsigned type, int prot, size_t len, unsigned *vm_flags, struct vm_object **out)
{
	unsigned mode;

	*out = NULL;
	if (f == NULL) {
		if (type == MAP_PRIVATE)
			return 0;
		if (len > page_total() && !(*vm_flags & VM_NORESERVE))
			return -ENOMEM;
		*out = vm_anon_object(len);
		return *out == NULL ? -ENOMEM : 0;
	}
	mode = f->flags & O_ACCMODE;
	if (mode == O_WRONLY)
		return -EACCES;
	if (type != MAP_PRIVATE && mode == O_RDONLY) {
		if (prot & PROT_WRITE)
			return -EACCES;
		*vm_flags |= VM_NOWRITE;
	}
	if (f->ops->mmap == NULL)
		return -ENODEV;
	return *vm_flags & VM_GROWSDOWN ? -EINVAL : f->ops->mmap(f, out);
}

static int check_type(const struct file *f, int flags, unsigned *type)
{
	*type = (unsigned)flags & MAP_TYPE;
	if (*type == MAP_SHARED_VALIDATE && f != NULL) {
		if (flags & ~KNOWN_FLAGS)
			return -EOPNOTSUPP;
		*type = MAP_SHARED;
	}
	return *type == MAP_SHARED || *type == MAP_PRIVATE ? 0 : -EINVAL;
}

static long map(uintptr_t addr, size_t len, int prot, int flags, struct file *f, unsigned long off)
{
	unsigned vm_flags = vm_flags_of(flags), type;
	struct vm_object *o;
	int err;

	if (len == 0)
		return -EINVAL;
	len = ALIGN_UP(len, PAGE_SIZE);
	if (len == 0 || len > pmap_user_max())
		return -ENOMEM;
	if (off + len < off || (f != NULL && off + len > INT64_MAX))
		return -EOVERFLOW;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (addr > pmap_user_max() - len)
			return -ENOMEM;
		if (!aligned(addr))
			return -EINVAL;
		if (addr < pmap_user_min())
			return -EPERM; /* as vm.mmap_min_addr */
	}
	err = check_type(f, flags, &type);
	if (err != 0)
		return err;
	if (flags & MAP_HUGETLB)
		return -ENOMEM; /* none are set aside */
	if (type == MAP_SHARED)
		vm_flags |= VM_SHARED;
	err = object_of(f, type, prot, len, &vm_flags, &o);
	if (err != 0)
		return err;
	err = vm_map(current_as(), &addr, len, (unsigned)prot & PROT_MASK, vm_flags, o, f == NULL ? 0 : off);
	if (o != NULL)
		vm_object_put(o);
	return err != 0 ? err : (long)addr;
}

long sys_mmap(unsigned long addr, size_t len, int prot, int flags, int fd, unsigned long off)
{
	struct file *f = NULL;
	long r;

	if (!aligned(off))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		f = fd_get(fd);
		if (f == NULL)
			return -EBADF;
	}
	r = map(addr, len, prot, flags, f, off);
	if (f != NULL)
		file_put(f);
	return r;
}

long sys_munmap(unsigned long addr, size_t len)
{
	if (!aligned(addr) || len == 0 || len > pmap_user_max() || addr > pmap_user_max() - len)
		return -EINVAL;
	len = ALIGN_UP(len, PAGE_SIZE);
	if (addr < pmap_user_min()) { /* nothing can be there */
		size_t skip = MIN(pmap_user_min() - addr, len);

		addr += skip;
		len -= skip;
	}
	return len == 0 ? 0 : vm_unmap(current_as(), addr, len);
}

long sys_mprotect(unsigned long addr, size_t len, int prot)
{
	int grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	uintptr_t end;

	prot &= ~grows;
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || !aligned(addr))
		return -EINVAL;
	if (len == 0)
		return 0;
	end = addr + ALIGN_UP(len, PAGE_SIZE);
	if (end <= addr)
		return -ENOMEM;
	if (prot & ~(PROT_MASK | PROT_SEM))
		return -EINVAL;
	if (grows == PROT_GROWSDOWN) {
		const struct vma *v = vm_find(current_as(), addr);

		if (v == NULL)
			return -ENOMEM;
		if (!(v->flags & VM_GROWSDOWN))
			return -EINVAL;
		addr = v->start;
	} else if (grows == PROT_GROWSUP) {
		return -EINVAL; /* there are no such mappings on x86 */
	}
	return vm_protect(current_as(), addr, end - addr, (unsigned)prot & PROT_MASK);
}

long sys_mremap(unsigned long old, size_t old_len, size_t new_len, int flags, unsigned long new)
{
	uintptr_t addr = new;
	int err;

	/* MREMAP_DONTUNMAP is not provided, as before Linux 5.7. */
	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || ((flags & MREMAP_FIXED) && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (!aligned(old) || new_len == 0)
		return -EINVAL;
	old_len = ALIGN_UP(old_len, PAGE_SIZE);
	new_len = ALIGN_UP(new_len, PAGE_SIZE);
	err = vm_remap(current_as(), old, old_len, new_len, flags & MREMAP_MAYMOVE, flags & MREMAP_FIXED, &addr);
	return err != 0 ? err : (long)addr;
}

/* The end of the heap now; unchanged where it cannot be what was asked for. */
long sys_brk(unsigned long brk)
{
	struct aspace *as = current_as();
	uintptr_t from = ALIGN_UP(as->brk, PAGE_SIZE), to = ALIGN_UP(brk, PAGE_SIZE);
	uint64_t limit = process_current()->rlimit[RLIMIT_DATA].cur;

	if (brk < as->brk_start || brk > pmap_user_max() || brk - as->brk_start > limit)
		return (long)as->brk;
	if (to < from && vm_unmap(as, to, from - to) != 0)
		return (long)as->brk;
	/* A page stays free behind it, so that the heap's end is an end. */
	if (to > from && (!vm_range_free(as, from, to - from + PAGE_SIZE) ||
			  vm_map(as, &from, to - from, VM_READ | VM_WRITE, VM_FIXED_NOREPLACE, NULL, 0) != 0))
		return (long)as->brk;
	as->brk = brk;
	return (long)brk;
}
