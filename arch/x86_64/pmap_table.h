/* SPDX-License-Identifier: ISC */
/* What a page table looks like: four levels (SDM volume 3, 4.5). A leaf without access keeps its frame, not present, with
 * SOFT set. An entry for a table says which parts of that are in use or have been: `used`. */
#ifndef PMAP_TABLE_H
#define PMAP_TABLE_H

#include "arch/pmap.h"

#define ENTRIES 512u
#define LEVELS  4

#define PTE_PRESENT  0x1ull
#define PTE_WRITE    0x2ull
#define PTE_USER     0x4ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY    0x40ull
#define PTE_SOFT     0x200ull /* leaf: in use, whether present or not */
#define PTE_NX       (1ull << 63)
#define PTE_FRAME    0x000ffffffffff000ull
#define PTE_USED     (1ull << 52) /* the first of 8 bits that the CPU ignores */
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

#define PART (ENTRIES / 8)

struct pmap {
	uint64_t entry[ENTRIES];
};

/* Level 0 holds leaves; one entry of level n spans this many bytes. */
static inline uintptr_t span(int level)
{
	return PAGE_SIZE << (9 * level);
}

static inline unsigned slot(uintptr_t va, int level)
{
	return (va >> (PAGE_SHIFT + 9 * level)) % ENTRIES;
}

static inline uint64_t *table(uint64_t entry)
{
	return page_ptr(entry & PTE_FRAME);
}

static inline uint64_t used(unsigned i)
{
	return PTE_USED << (i / PART);
}

static inline unsigned leaf_prot(uint64_t e)
{
	if ((e & PTE_PRESENT) == 0)
		return 0;
	return PMAP_READ | ((e & PTE_WRITE) != 0 ? PMAP_WRITE : 0) | ((e & PTE_NX) == 0 ? PMAP_EXEC : 0);
}

#endif
