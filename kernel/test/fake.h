/* SPDX-License-Identifier: ISC */
/* For unit tests of kernel/: guest RAM is an array, the platform and the page table are plain data. See fake_*.c. */
#ifndef KERNEL_TEST_FAKE_H
#define KERNEL_TEST_FAKE_H

#include "kernel/page.h"

/* RAM from pa on; filled with 0xa5 unless zero, given to page_add_range. The arena's pa 0 is page_direct_base. */
void fake_ram(paddr_t pa, size_t bytes, bool zero);
/* What platform_discard says and how many frames it got. */
extern bool fake_discards;
extern size_t fake_discarded;
extern unsigned fake_log_lines; /* lines logged; the text of the last one: */
extern char fake_log_last[512];

/* A small deterministic generator. */
uint64_t fake_random(void);
void fake_seed(uint64_t seed);
/* Takes frames until only n are left (kernel's included), or gives them back with SIZE_MAX. */
void fake_leave(size_t n);

/* fake_pmap.c: reads or writes one byte as a program would, by vm_fault when needed: 0 or vm_fault's error. */
struct aspace;
int fake_load(struct aspace *as, uintptr_t va, unsigned char *v);
int fake_store(struct aspace *as, uintptr_t va, unsigned char v);
int fake_exec(struct aspace *as, uintptr_t va);
extern unsigned fake_faults; /* vm_fault calls so far */
extern size_t fake_pmap_nodes; /* pages in all tables */
extern size_t fake_pmap_budget; /* pmap_map fails with -ENOMEM after that many pages */

#endif
