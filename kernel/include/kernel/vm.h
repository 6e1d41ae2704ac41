/* SPDX-License-Identifier: ISC */
/*
 * Address spaces: the ranges (struct vma) that a program mapped, over a pmap. Ranges, protections and their checks
 * live here, once for both platforms. Overcommit: a mapping takes no memory until touched; anonymous memory is given in
 * contiguous clusters that grow with sequential use. All addresses page-aligned unless said. 0 or -errno.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include "lib/list.h"
#include "lib/tree.h"
#include "kernel/page.h"
#include "kernel/personality.h"

struct pmap;
struct vm_object;

enum vm_prot { VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4 };
enum vm_flags {
	VM_SHARED = 1,
	VM_FIXED = 2, /* exactly there; replaces what is there */
	VM_FIXED_NOREPLACE = 4, /* exactly there or -EEXIST */
	VM_GROWSDOWN = 8, /* a fault below it extends it, down to as->stack_limit bytes; see VM_STACK_GAP */
	VM_POPULATE = 16, /* give all memory now, as far as there is some */
	VM_STACK = 32, /* named [stack] */
	VM_32BIT = 64, /* below 2 GiB (MAP_32BIT) */
	VM_NORESERVE = 128, /* may be larger than what memory there is (MAP_NORESERVE) */
	VM_NOWRITE = 256, /* shared, of a file that is not open for writing: never writable */
	VM_LOCKED = 512, /* mlock: may not be discarded */
	VM_DONTFORK = 1024, /* madvise's, for fork */
	VM_WIPEONFORK = 2048,
};

#define VM_STACK_GAP  (256 * PAGE_SIZE) /* kept free between a VM_GROWSDOWN range and accessible memory below it */
#define VM_AROUND     (64 * PAGE_SIZE) /* a fault on an object that is in place maps this aligned part of the range */
#define VM_MAX_RANGES 32000u /* and as many stretches of frames: a host process may have 65530 mappings */

/* Something that can be mapped: a file's pages, shared anonymous memory. Reference-counted. */
struct vm_object_ops {
	/* The frame that holds page `index`, with a reference taken for the caller (page_get; nothing for payload frames).
	 * `write`: it will be written through a shared mapping. -ENXIO beyond the end, -ENOMEM. May block.
	 * *run: how many further frames follow contiguously, and may be mapped as well without asking (at least 1 = just
	 * this one); references are the caller's to take. */
	int (*page)(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run);
	void (*destroy)(struct vm_object *o); /* last reference is gone */
	/* msync: writes pages [first, end) to where they are kept. NULL: the memory is all there is. May block. */
	int (*sync)(struct vm_object *o, uint64_t first, uint64_t end);
};

struct vm_object {
	const struct vm_object_ops *ops;
	unsigned refs;
	bool in_place; /* page() never blocks, and mapping pages around the wanted one costs nothing */
	const char *name; /* for /proc/self/maps; the object's storage */
	uint64_t dev, ino;
};

struct vma {
	struct list link; /* sorted by address */
	struct tree_node node; /* the same in as->tree */
	/* Free bytes in front of it, and the most of that in its subtree; private to vm_range.c. */
	uintptr_t before, gap;
	uintptr_t start, end;
	unsigned prot, flags;
	bool cow; /* private, and frames may be another address space's too since a fork */
	struct vm_object *object; /* NULL: private anonymous memory */
	uint64_t offset; /* of start in object, bytes */
	/* The last cluster that vm_fault gave, and its size in pages; private to vm_fault.c. */
	uintptr_t fault_lo, fault_hi;
	size_t cluster;
};

struct aspace {
	unsigned refs;
	struct list link; /* all address spaces; private to vm.c */
	struct pmap *pmap;
	struct list vmas;
	struct tree tree;
	unsigned count; /* vmas */
	struct vma *hint; /* found last */
	uint64_t generation; /* counts changes of the ranges, to notice them after blocking */
	uintptr_t mmap_top; /* automatic addresses go downwards from here; randomised */
	uintptr_t stack_top; /* where exec puts the first stack's end; randomised */
	size_t stack_limit; /* RLIMIT_STACK, bytes */
	uintptr_t brk_start, brk; /* brk not aligned */
	size_t mapped; /* bytes in vmas */
	size_t resident; /* bytes present */
	size_t limit; /* RLIMIT_AS, bytes */
	unsigned map_flags; /* added to every new mapping (mlockall's MCL_FUTURE: VM_LOCKED, with VM_POPULATE) */
	bool allow_wx;
	/* The personality's notes for /proc and auxv. */
	uintptr_t arg_start, arg_end, env_start, env_end, aux_start, aux_end;
};

#pragma GCC visibility push(default)
struct aspace *vm_create(void) MUST_CHECK;
void vm_get(struct aspace *as);
void vm_put(struct aspace *as); /* the last one unmaps and frees all */
/* A copy, as fork(2) wants it: private pages are shared until one of both writes them, shared ranges stay shared,
 * VM_DONTFORK and VM_WIPEONFORK are heeded, locks are not inherited. -ENOMEM: *from is as it was. */
int vm_fork(struct aspace *from, struct aspace **to) MUST_CHECK;
/* More address spaces will come and take turns (a vfork; vm_fork does it itself): makes that fast. Images that do not
 * call it do not carry what it takes. */
void vm_prepare_forks(void);

/* Maps len bytes; *addr is the hint or the fixed address and gets the result. A reference to object is taken.
 * -ENOMEM (no address range, or never satisfiable), -EEXIST, -EINVAL, -EACCES (W^X, logged once with the way out). */
int vm_map(struct aspace *as, uintptr_t *addr, size_t len, unsigned prot, unsigned flags, struct vm_object *object,
	   uint64_t offset) MUST_CHECK;
int vm_unmap(struct aspace *as, uintptr_t addr, size_t len) MUST_CHECK;
/* -ENOMEM for a hole (what lies before it is changed, as on Linux), -EACCES. */
int vm_protect(struct aspace *as, uintptr_t addr, size_t len, unsigned prot) MUST_CHECK;
/* Sets and clears flags of whole pages: VM_LOCKED, VM_DONTFORK, VM_WIPEONFORK. -ENOMEM for a hole. */
int vm_set_flags(struct aspace *as, uintptr_t addr, size_t len, unsigned set, unsigned clear) MUST_CHECK;
/* *addr is the wanted new address if `fixed`, and gets the result. -EFAULT: not one mapping; -ENOMEM, -EINVAL. */
int vm_remap(struct aspace *as, uintptr_t old, size_t old_len, size_t new_len, bool may_move, bool fixed,
	     uintptr_t *addr) MUST_CHECK;
/* MADV_DONTNEED: private pages are dropped and read as zero (or the file's content) again. Holes are skipped. */
int vm_discard(struct aspace *as, uintptr_t addr, size_t len) MUST_CHECK;
struct vma *vm_find(struct aspace *as, uintptr_t addr); /* the one that contains addr, or NULL */
/* The first that ends after addr, or NULL; and the one behind a given one. */
struct vma *vm_first(struct aspace *as, uintptr_t addr);
struct vma *vm_next(struct aspace *as, const struct vma *v);
bool vm_range_free(struct aspace *as, uintptr_t addr, size_t len); /* and inside the program's half */

/* Serves a page fault: 0 when the access can be repeated; else -EFAULT, -EACCES, -ENOMEM, -ENXIO (see personality.h).
 * Called by arch trap and uaccess code for the current address space. */
int vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access) MUST_CHECK;
/* Faults in whatever is mapped there and accessible (for writing); stops at the first error. Holes are skipped. */
int vm_populate(struct aspace *as, uintptr_t addr, size_t len, bool write);

/* Copies between kernel memory and any address space, faulting pages in; for exec, ptrace-like reads and core files.
 * Protections are not looked at (a private page is copied first). -EFAULT, -ENOMEM, -ENXIO. */
int vm_write(struct aspace *as, uintptr_t addr, const void *src, size_t n) MUST_CHECK;
int vm_read(struct aspace *as, uintptr_t addr, void *dst, size_t n) MUST_CHECK;
int vm_zero(struct aspace *as, uintptr_t addr, size_t n) MUST_CHECK;

static inline void vm_object_get(struct vm_object *o)
{
	o->refs++;
}
void vm_object_put(struct vm_object *o);
/* Takes pages [first, end) out of all address spaces, private copies too (a file was truncated: end UINT64_MAX). */
void vm_object_unmap(struct vm_object *o, uint64_t first, uint64_t end);

/* Zero-filled memory that can be shared: MAP_SHARED|MAP_ANONYMOUS. Pages come into being when page() first asks for them;
 * -ENXIO beyond its size. */
struct vm_object *vm_anon_object(uint64_t bytes) MUST_CHECK;

/* Memory that is there for good, such as the payload: bytes [pa, pa + size), used in place, never written. `name` is
 * the caller's and must stay. Freed with its last reference. */
struct vm_object *vm_phys_object(paddr_t pa, size_t size, const char *name) MUST_CHECK;
#pragma GCC visibility pop
#endif
