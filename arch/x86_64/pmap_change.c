/* SPDX-License-Identifier: ISC */
/*
 * From one page table to another where the platform is told of mappings (the sandbox): both are walked side by side, and
 * what differs is told, run by run. After a fork that is next to nothing.
 */
#include "pmap_table.h"

#include "platform/platform.h"
#include "x86_64/machine.h"

enum kind { SAME, MAP, UNMAP, PROTECT };

struct run {
	enum kind kind;
	uintptr_t start, end;
	paddr_t pa;
	unsigned prot;
};

static void tell(struct run *r)
{
	if (r->kind == MAP)
		platform_map(r->start, r->pa, r->end - r->start, r->prot);
	else if (r->kind == UNMAP)
		platform_unmap(r->start, r->end - r->start);
	else if (r->kind == PROTECT)
		platform_protect(r->start, r->end - r->start, r->prot);
	r->kind = SAME;
}

/* One page more: it joins the run or begins another. What goes may do so across what is in neither table. */
static void add(struct run *r, enum kind kind, uintptr_t va, uint64_t e)
{
	paddr_t pa = e & PTE_FRAME;
	unsigned prot = leaf_prot(e);

	if (kind != r->kind || (kind != UNMAP && (va != r->end || prot != r->prot)) ||
	    (kind == MAP && pa != r->pa + (va - r->start))) {
		tell(r);
		*r = (struct run){kind, va, va, pa, prot};
	}
	r->end = va + PAGE_SIZE;
}

static void change_page(struct run *r, uintptr_t va, uint64_t old, uint64_t new)
{
	bool was = (old & PTE_PRESENT) != 0, is = (new &PTE_PRESENT) != 0;

	if (!was && !is)
		return;
	if (!is)
		add(r, UNMAP, va, old);
	else if (!was || (old ^ new) & PTE_FRAME)
		add(r, MAP, va, new);
	else if (leaf_prot(old) != leaf_prot(new))
		add(r, PROTECT, va, new);
	else
		tell(r);
}

/* Tables of one level for the addresses from va on; NULL is one without entries. */
static void change_table(struct run *r, const uint64_t *old, const uint64_t *new, int level, uintptr_t va)
{
	unsigned end = level == LEVELS - 1 ? ENTRIES / 2 : ENTRIES;

	for (unsigned i = 0; i < end; i++, va += span(level)) {
		uint64_t a = old != NULL ? old[i] : 0, b = new != NULL ? new[i] : 0;

		if (level == 0 && a == b && r->kind == SAME)
			continue;
		if (level == 0)
			change_page(r, va, a, b);
		else if (a != 0 || b != 0)
			change_table(r, a != 0 ? table(a) : NULL, b != 0 ? table(b) : NULL, level - 1, va);
	}
}

void x86_root_change(paddr_t from, paddr_t to)
{
	struct run r = {SAME, 0, 0, 0, 0};

	change_table(&r, from != 0 ? page_ptr(from) : NULL, page_ptr(to), LEVELS - 1, 0);
	tell(&r);
}
