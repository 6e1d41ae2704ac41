/* SPDX-License-Identifier: ISC */
/* Changes of leaves, gathered into runs for the platform (platform_map and friends). */
#ifndef PMAP_TELL_H
#define PMAP_TELL_H

#include "pmap_table.h"
#include "platform/platform.h"

enum tell_kind { TELL_NOTHING, TELL_MAP, TELL_UNMAP, TELL_PROTECT };

struct tell {
	enum tell_kind kind;
	uintptr_t start, end;
	paddr_t pa;
	unsigned prot;
};

static inline void tell_end(struct tell *r)
{
	if (r->kind == TELL_MAP)
		platform_map(r->start, r->pa, r->end - r->start, r->prot);
	else if (r->kind == TELL_UNMAP)
		platform_unmap(r->start, r->end - r->start);
	else if (r->kind == TELL_PROTECT)
		platform_protect(r->start, r->end - r->start, r->prot);
	r->kind = TELL_NOTHING;
}

/* One page more: it joins the run or begins another. What goes may do so across what is not told of. */
static inline void tell_add(struct tell *r, enum tell_kind kind, uintptr_t va, uint64_t e)
{
	paddr_t pa = e & PTE_FRAME;
	unsigned prot = leaf_prot(e);

	if (kind != r->kind || (kind != TELL_UNMAP && (va != r->end || prot != r->prot)) ||
	    (kind == TELL_MAP && pa != r->pa + (va - r->start))) {
		tell_end(r);
		*r = (struct tell){kind, va, va, pa, prot};
	}
	r->end = va + PAGE_SIZE;
}

#endif
