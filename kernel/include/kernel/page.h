/* SPDX-License-Identifier: ISC */
/*
 * Page frames of guest memory: a buddy allocator with a reference count per frame. Physical addresses are paddr_t; the
 * kernel sees every frame through the direct map (page_ptr), but for frames that a program may execute in the sandbox.
 * A frame remembers whether it is known to be all zero, so that fresh memory is not cleared twice. Frame 0 is never
 * given out. A few frames are kept back for the kernel's own objects.
 * Kernel lock held (all callers are in the kernel, which one CPU at a time runs). Errors: 0 means no memory.
 */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include "lib/base.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

typedef uint64_t paddr_t;

enum page_flags {
	PAGE_ZERO = 1, /* the caller wants zeroed frames */
	PAGE_RESERVE = 2, /* may dip into the kernel's reserve (kernel objects, not programs) */
};

#pragma GCC visibility push(default)
extern uintptr_t page_direct_base; /* the direct map: page_ptr(pa) = page_direct_base + pa */

/* Called by the platform at boot for each range of usable RAM; `zero`: known to be all zero. */
void page_add_range(paddr_t start, paddr_t end, bool zero);
/* 2^order contiguous frames, reference count 1 each; 0 when there is no such block. */
paddr_t page_alloc(unsigned order, unsigned flags) MUST_CHECK;
/* Up to `want` (>= 1) contiguous frames, as many as one block holds; *got is set; 0 when no memory at all. */
paddr_t page_alloc_run(size_t want, size_t *got, unsigned flags) MUST_CHECK;
/* Exactly n contiguous frames. */
paddr_t page_alloc_exact(size_t n, unsigned flags) MUST_CHECK;
/* Exactly the n frames from pa on, if they are free and lie in one block; 0 otherwise. Lets memory grow contiguously. */
paddr_t page_alloc_at(paddr_t pa, size_t n, unsigned flags) MUST_CHECK;
/* References; addresses outside guest RAM (the image's payload) are ignored. put frees at zero. */
void page_get(paddr_t pa);
void page_put(paddr_t pa);
unsigned page_refs(paddr_t pa); /* 0 for addresses outside guest RAM */
/* The same for n contiguous frames; cheaper, and large runs may go back to the host. */
void page_get_run(paddr_t pa, size_t n);
void page_put_run(paddr_t pa, size_t n);
/* A number that the owner of an allocated frame may keep with it; 0 at first. */
void page_set_tag(paddr_t pa, uint32_t tag);
uint32_t page_tag(paddr_t pa);
/* Bytes, for /proc/meminfo, sysinfo and limits. */
size_t page_total(void);
size_t page_free(void);
/* Frames that programs may still get: the free ones beyond the reserve. */
size_t page_available(void);
#pragma GCC visibility pop

static inline void *page_ptr(paddr_t pa)
{
	return (void *)(page_direct_base + (uintptr_t)pa);
}

static inline paddr_t page_addr(const void *p)
{
	return (paddr_t)((uintptr_t)p - page_direct_base);
}

#endif
