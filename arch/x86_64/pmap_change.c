/* SPDX-License-Identifier: ISC */
/*
 * From one page table to another where the platform is told of mappings (the sandbox): both are walked side by side, and
 * what differs is told, run by run. After a fork that is next to nothing.
 */
#include "pmap_tell.h"

#include "x86_64/machine.h"

static const uint64_t nothing[ENTRIES];

static void change_page(struct tell *r, uintptr_t va, uint64_t old, uint64_t new)
{
	bool was = (old & PTE_PRESENT) != 0, is = (new &PTE_PRESENT) != 0;

	if (!was && !is)
		return;
	if (!is)
		tell_add(r, TELL_UNMAP, va, old);
	else if (!was || (old ^ new) & PTE_FRAME)
		tell_add(r, TELL_MAP, va, new);
	else if (leaf_prot(old) != leaf_prot(new))
		tell_add(r, TELL_PROTECT, va, new);
	else
		tell_end(r);
}

/* Leaves of the addresses from va on. */
static void change_leaves(struct tell *r, const uint64_t *old, const uint64_t *new, uintptr_t va)
{
	for (unsigned i = 0; i < PART; i++) {
		if (r->kind == TELL_NOTHING)
			while (i < PART && old[i] == new[i])
				i++;
		if (i < PART)
			change_page(r, va + i * PAGE_SIZE, old[i], new[i]);
	}
}

static void change_tables(struct tell *r, uint64_t old, uint64_t new, int level, uintptr_t va);

/* Entries of a higher level. */
static void change_entries(struct tell *r, const uint64_t *old, const uint64_t *new, unsigned n, int level,
			   uintptr_t va)
{
	for (unsigned i = 0; i < n; i++)
		if ((old[i] | new[i]) != 0)
			change_tables(r, old[i], new[i], level - 1, va + i * span(level));
}

/* Two tables, either of which may be missing; most parts of most are empty. */
static void change_tables(struct tell *r, uint64_t old, uint64_t new, int level, uintptr_t va)
{
	const uint64_t *a = old != 0 ? table(old) : nothing, *b = new != 0 ? table(new) : nothing;

	for (unsigned i = 0; i < ENTRIES; i += PART) {
		if (((old | new) & used(i)) == 0)
			continue;
		if (level == 0)
			change_leaves(r, a + i, b + i, va + i * PAGE_SIZE);
		else
			change_entries(r, a + i, b + i, PART, level, va + i * span(level));
	}
}

void x86_root_change(paddr_t from, paddr_t to)
{
	struct tell r = {TELL_NOTHING, 0, 0, 0, 0};

	change_entries(&r, from != 0 ? page_ptr(from) : nothing, page_ptr(to), ENTRIES / 2, LEVELS - 1, 0);
	tell_end(&r);
}
