/* SPDX-License-Identifier: ISC */
/*
 * Arch seam: the program's half of an address space as a page table, the one truth about what is mapped where. pc: the
 * hardware's. Sandbox: the same structure as plain data, and every change of the active table is passed on to the host
 * in contiguous runs (platform_map and friends). Frames are not reference-counted here; that is kernel/vm.
 * All addresses and lengths are page-aligned, inside [PMAP_USER_MIN, PMAP_USER_MAX). 0 or -ENOMEM.
 */
#ifndef ARCH_PMAP_H
#define ARCH_PMAP_H

#include "kernel/page.h"

enum pmap_prot { PMAP_READ = 1, PMAP_WRITE = 2, PMAP_EXEC = 4 }; /* 0: present in the table but not accessible */

struct pmap; /* arch's */

#pragma GCC visibility push(default)
struct pmap *pmap_create(void) MUST_CHECK;
/* Frees the tables, not the frames. It may be the active one: then none is, and no program may run, until the next one
 * is activated. */
void pmap_destroy(struct pmap *pm);
void pmap_activate(struct pmap *pm);
/* Page tables will take turns: makes that fast where it is not by itself. */
void pmap_expect_switches(void);
/* npages frames from pa on, contiguous, at va; replaces what is there. */
int pmap_map(struct pmap *pm, uintptr_t va, paddr_t pa, size_t npages, unsigned prot) MUST_CHECK;
void pmap_unmap(struct pmap *pm, uintptr_t va, size_t npages);
void pmap_protect(struct pmap *pm, uintptr_t va, size_t npages, unsigned prot);
/* The frame at va: true and *pa, *prot set (either may be NULL). */
bool pmap_query(struct pmap *pm, uintptr_t va, paddr_t *pa, unsigned *prot);
/* The first pages in [*va, end) that are mapped to contiguous frames with one protection: *va is where, *pa and *prot are
 * set; returns how many, 0: none. */
size_t pmap_run(struct pmap *pm, uintptr_t *va, uintptr_t end, paddr_t *pa, unsigned *prot);
/* The first mapped page in [va, end), or end. */
uintptr_t pmap_next(struct pmap *pm, uintptr_t va, uintptr_t end);
/* The limits of program addresses here; constant after boot. */
uintptr_t pmap_user_min(void);
uintptr_t pmap_user_max(void);
#pragma GCC visibility pop
#endif
