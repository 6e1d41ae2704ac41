/* SPDX-License-Identifier: ISC */
/*
 * Address spaces: the ranges (struct vma) that a program mapped, over a pmap. Ranges, protections and their checks
 * live here, once for both platforms. Overcommit: a mapping takes no memory until touched; anonymous memory is given in
 * contiguous clusters that grow with sequential use. All addresses page-aligned unless said. 0 or -errno.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include "lib/list.h"
#include "kernel/page.h"
#include "kernel/personality.h"

struct pmap;
struct vm_object;

enum vm_prot { VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4 };
enum vm_flags {
	VM_SHARED = 1,
	VM_FIXED = 2, /* exactly there; replaces what is there */
	VM_FIXED_NOREPLACE = 4, /* exactly there or -EEXIST */
	VM_GROWSDOWN = 8,
	VM_POPULATE = 16,
	VM_STACK = 32, /* named [stack] */
	VM_32BIT = 64, /* below 2 GiB (MAP_32BIT) */
};

/* Something that can be mapped: a file's pages, shared anonymous memory. Reference-counted. */
struct vm_object_ops {
	/* The frame that holds page `index`, with a reference taken for the caller (page_get; nothing for payload frames).
	 * `write`: it will be written through a shared mapping. -ENXIO beyond the end, -ENOMEM. May block.
	 * *run: how many further frames follow contiguously, and may be mapped as well without asking (at least 1 = just
	 * this one); references are the caller's to take. */
	int (*page)(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run);
	void (*destroy)(struct vm_object *o); /* last reference is gone */
};

struct vm_object {
	const struct vm_object_ops *ops;
	unsigned refs;
	const char *name; /* for /proc/self/maps; the object's storage */
	uint64_t dev, ino;
};

struct vma {
	struct list link; /* sorted by address */
	uintptr_t start, end;
	unsigned prot, flags;
	struct vm_object *object; /* NULL: private anonymous memory */
	uint64_t offset; /* of start in object, bytes */
	unsigned cluster; /* pages given at the next fault; private to vm_fault */
	uintptr_t last_fault;
};

struct aspace {
	unsigned refs;
	struct pmap *pmap;
	struct list vmas;
	struct vma *hint;
	uintptr_t mmap_top; /* automatic addresses go downwards from here */
	uintptr_t brk_start, brk; /* brk not aligned */
	size_t mapped; /* bytes in vmas */
	size_t resident; /* bytes present */
	size_t limit; /* RLIMIT_AS, bytes */
	bool allow_wx;
	/* The personality's notes for /proc and auxv. */
	uintptr_t arg_start, arg_end, env_start, env_end;
};

#pragma GCC visibility push(default)
struct aspace *vm_create(void) MUST_CHECK;
void vm_get(struct aspace *as);
void vm_put(struct aspace *as); /* the last one unmaps and frees all */

/* Maps len bytes; *addr is the hint or the fixed address and gets the result. A reference to object is taken.
 * -ENOMEM (no address range, or never satisfiable), -EEXIST, -EINVAL, -EACCES (W^X, logged once with the way out). */
int vm_map(struct aspace *as, uintptr_t *addr, size_t len, unsigned prot, unsigned flags, struct vm_object *object,
	   uint64_t offset) MUST_CHECK;
int vm_unmap(struct aspace *as, uintptr_t addr, size_t len) MUST_CHECK;
int vm_protect(struct aspace *as, uintptr_t addr, size_t len, unsigned prot) MUST_CHECK;
int vm_remap(struct aspace *as, uintptr_t old, size_t old_len, size_t new_len, bool may_move, bool fixed,
	     uintptr_t *addr) MUST_CHECK;
/* MADV_DONTNEED: private pages are dropped and read as zero (or the file's content) again. */
int vm_discard(struct aspace *as, uintptr_t addr, size_t len) MUST_CHECK;
struct vma *vm_find(struct aspace *as, uintptr_t addr); /* the one that contains addr, or NULL */

/* Serves a page fault: 0 when the access can be repeated; else -EFAULT, -EACCES, -ENOMEM, -ENXIO (see personality.h).
 * Called by arch trap and uaccess code for the current address space. */
int vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access) MUST_CHECK;

/* Copies between kernel memory and any address space, faulting pages in; for exec, ptrace-like reads and core files. */
int vm_write(struct aspace *as, uintptr_t addr, const void *src, size_t n) MUST_CHECK;
int vm_read(struct aspace *as, uintptr_t addr, void *dst, size_t n) MUST_CHECK;

static inline void vm_object_get(struct vm_object *o)
{
	o->refs++;
}
void vm_object_put(struct vm_object *o);
/* Zero-filled memory that can be shared: MAP_SHARED|MAP_ANONYMOUS, the content of tmpfs files and memfds. */
struct vm_object *vm_anon_object(void) MUST_CHECK;
#pragma GCC visibility pop
#endif
