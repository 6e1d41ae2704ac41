/* SPDX-License-Identifier: ISC */
/* Changes of leaves, gathered into runs for the platform (platform_map and friends). */
#ifndef PMAP_TELL_H
#define PMAP_TELL_H

#include "pmap_table.h"

enum tell_kind { TELL_NOTHING, TELL_MAP, TELL_UNMAP, TELL_PROTECT };

struct tell {
	enum tell_kind kind;
	uintptr_t start, end;
	paddr_t pa;
	unsigned prot;
};

void tell_end(struct tell *t);
/* Some pages more: they join the run or begin another. */
void tell(struct tell *t, enum tell_kind kind, uintptr_t start, uintptr_t end, paddr_t pa, unsigned prot);

#endif
