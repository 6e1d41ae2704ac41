/* SPDX-License-Identifier: ISC */
/*
 * Page tables (pmap_table.h). Tables come from page_alloc and go when pmap_unmap has emptied all that they can map.
 * Changes of the active table are told to the platform: platform_map, platform_unmap and platform_protect for what
 * programs see, x86_tlb_flush for what the CPU may have cached.
 */
#include "pmap_tell.h"

#include "abi/errno.h"
#include "kernel/debug.h"
#include "platform/platform.h"
#include "x86_64/machine.h"

uintptr_t x86_user_min, x86_user_max;
static struct pmap *active;
DEBUG_ADDRESS("pmap_active", active);

uintptr_t pmap_user_min(void)
{
	return x86_user_min;
}

uintptr_t pmap_user_max(void)
{
	return x86_user_max;
}

static uint64_t leaf(unsigned prot)
{
	uint64_t e = PTE_SOFT | PTE_USER | PTE_ACCESSED;

	if (prot != 0)
		e |= PTE_PRESENT;
	if ((prot & PMAP_WRITE) != 0)
		e |= PTE_WRITE | PTE_DIRTY;
	if ((prot & PMAP_EXEC) == 0)
		e |= PTE_NX;
	return e;
}

/* The leaf table that covers va; NULL: there is none. */
static uint64_t *leaves(struct pmap *pm, uintptr_t va)
{
	uint64_t *t = pm->entry;

	for (int level = LEVELS - 1; level > 0; level--) {
		uint64_t e = t[slot(va, level)];

		if (e == 0)
			return NULL;
		t = table(e);
	}
	return t;
}

/* The same, made where it is missing, for leaves from va to `end` if it covers that; NULL: memory ran out. */
static uint64_t *make_leaves(struct pmap *pm, uintptr_t va, uintptr_t end)
{
	uint64_t *t = pm->entry, *e = NULL;

	for (int level = LEVELS - 1; level > 0; level--) {
		e = &t[slot(va, level)];
		if (*e == 0) {
			paddr_t pa = page_alloc(0, PAGE_ZERO | PAGE_RESERVE);

			if (pa == 0)
				return NULL;
			*e = pa | PTE_TABLE;
		}
		*e |= used(slot(va, level - 1));
		t = table(*e);
	}
	end = MIN(end, ALIGN_DOWN(va, span(1)) + span(1));
	for (va = ALIGN_DOWN(va, PART * PAGE_SIZE) + PART * PAGE_SIZE; va < end; va += PART * PAGE_SIZE)
		*e |= used(slot(va, 0));
	return t;
}

struct pmap *pmap_create(void)
{
	paddr_t pa = page_alloc(0, PAGE_ZERO | PAGE_RESERVE);

	if (pa == 0)
		return NULL;
	x86_root_init(page_ptr(pa));
	return page_ptr(pa);
}

/* The first slot from i on that is not empty, or the end of the part that i is in. */
static unsigned scan(const uint64_t *t, unsigned i)
{
	unsigned stop = (i | (PART - 1)) + 1;

	while (i + 4 <= stop && (t[i] | t[i + 1] | t[i + 2] | t[i + 3]) == 0)
		i += 4;
	while (i < stop && t[i] == 0)
		i++;
	return i;
}

/* The first slot from i on that is not empty, of a table whose entry is e. ENTRIES: there is none. */
static unsigned find(const uint64_t *t, uint64_t e, unsigned i)
{
	while (i < ENTRIES) {
		unsigned stop = (i | (PART - 1)) + 1;

		if ((e & used(i)) != 0 && (i = scan(t, i)) < stop)
			break;
		i = stop;
	}
	return i;
}

/* Frees what hangs on an entry for a table. */
static void free_tables(uint64_t e, int level, unsigned end)
{
	const uint64_t *t = table(e);

	for (unsigned i = 0; level > 0 && (i = find(t, e, i)) < end; i++)
		free_tables(t[i], level - 1, ENTRIES);
	page_put(e & PTE_FRAME);
}

void x86_root_free(paddr_t root)
{
	free_tables(root | ~PTE_FRAME, LEVELS - 1, ENTRIES / 2);
}

void pmap_destroy(struct pmap *pm)
{
	bool kept = pm == active && x86_root_keep(page_addr(pm));

	if (pm == active)
		active = NULL;
	else
		x86_frames_lost();
	if (!kept)
		x86_root_free(page_addr(pm));
}

void pmap_activate(struct pmap *pm)
{
	if (pm == active)
		return;
	active = pm;
	x86_root_load(page_addr(pm));
}

int pmap_map(struct pmap *pm, uintptr_t va, paddr_t pa, size_t npages, unsigned prot)
{
	uintptr_t end = va + npages * PAGE_SIZE, start = va;
	uint64_t e = pa | leaf(prot);
	bool replaced = false;
	int err = 0;

	while (va < end) {
		uint64_t *t = make_leaves(pm, va, end);

		if (UNLIKELY(t == NULL)) {
			err = -ENOMEM;
			break;
		}
		do {
			uint64_t *p = &t[slot(va, 0)];

			replaced |= (*p & PTE_PRESENT) != 0;
			*p = e;
			e += PAGE_SIZE;
			va += PAGE_SIZE;
		} while (va < end && slot(va, 0) != 0);
	}
	if (pm != active || va == start)
		return err;
	if (replaced)
		x86_tlb_flush(start, va - start);
	if (prot != 0)
		platform_map(start, pa, va - start, prot);
	else if (replaced)
		platform_unmap(start, va - start);
	return err;
}

/* Clears [va, end) below one table; true when the table is now known to be empty, as the range is all it can map.
 * *changed: something was present, a leaf or a table. */
static bool clear(uint64_t *t, int level, uintptr_t va, uintptr_t end, bool *changed)
{
	bool whole = (va & (span(level + 1) - 1)) == 0 && end - va >= span(level + 1);

	for (unsigned i = slot(va, level); va < end; i++) {
		uintptr_t next = MIN(ALIGN_DOWN(va, span(level)) + span(level), end);

		if (t[i] != 0) {
			if (level == 0) {
				*changed |= (t[i] & PTE_PRESENT) != 0;
				t[i] = 0;
			} else if (clear(table(t[i]), level - 1, va, next, changed)) {
				*changed = true;
				page_put(t[i] & PTE_FRAME);
				t[i] = 0;
			}
		}
		va = next;
	}
	return whole;
}

void pmap_unmap(struct pmap *pm, uintptr_t va, size_t npages)
{
	bool changed = false;

	if (npages == 0)
		return;
	clear(pm->entry, LEVELS - 1, va, va + npages * PAGE_SIZE, &changed);
	if (pm != active)
		x86_frames_lost();
	if (pm != active || !changed)
		return;
	x86_tlb_flush(va, npages * PAGE_SIZE);
	platform_unmap(va, npages * PAGE_SIZE);
}

void pmap_protect(struct pmap *pm, uintptr_t va, size_t npages, unsigned prot)
{
	uintptr_t end = va + npages * PAGE_SIZE, first = va;
	uint64_t e = leaf(prot);
	struct tell r = {.kind = TELL_NOTHING};
	bool present = false;

	for (va = pmap_next(pm, va, end); va < end; va = pmap_next(pm, va, end)) {
		uint64_t *t = leaves(pm, va);

		do {
			uint64_t *p = &t[slot(va, 0)], old = *p;

			if (old != 0 && old != ((old & PTE_FRAME) | e)) {
				*p = (old & PTE_FRAME) | e;
				/* What has no access is not there for the platform. */
				if (pm == active && (old & PTE_PRESENT) != 0)
					tell(&r, prot != 0 ? TELL_PROTECT : TELL_UNMAP, va, va + PAGE_SIZE, 0, prot);
				else if (pm == active && prot != 0)
					tell(&r, TELL_MAP, va, va + PAGE_SIZE, old & PTE_FRAME, prot);
				present |= (old & PTE_PRESENT) != 0;
			}
			va += PAGE_SIZE;
		} while (va < end && slot(va, 0) != 0);
	}
	if (pm != active)
		return;
	tell_end(&r);
	if (present)
		x86_tlb_flush(first, end - first);
}

bool pmap_query(struct pmap *pm, uintptr_t va, paddr_t *pa, unsigned *prot)
{
	uint64_t *t = leaves(pm, va), e = t == NULL ? 0 : t[slot(va, 0)];

	if (e == 0)
		return false;
	if (pa != NULL)
		*pa = e & PTE_FRAME;
	if (prot != NULL)
		*prot = leaf_prot(e);
	return true;
}

/* The table from which the first page in [*va, end) that is mapped has its leaf, at *va; NULL: there is none. */
static uint64_t *next_leaf(struct pmap *pm, uintptr_t *va, uintptr_t end)
{
	*va = pmap_next(pm, *va, end);
	return *va < end ? leaves(pm, *va) : NULL;
}

size_t pmap_run(struct pmap *pm, uintptr_t *va, uintptr_t end, paddr_t *pa, unsigned *prot)
{
	const uint64_t *t = next_leaf(pm, va, end);
	uintptr_t at = *va;
	uint64_t want;

	if (t == NULL)
		return 0;
	want = t[slot(at, 0)];
	*pa = want & PTE_FRAME;
	*prot = leaf_prot(want);
	do {
		do {
			want += PAGE_SIZE;
			at += PAGE_SIZE;
		} while (slot(at, 0) != 0 && at < end && t[slot(at, 0)] == want);
		t = slot(at, 0) == 0 && at < end ? leaves(pm, at) : NULL;
	} while (t != NULL && t[0] == want);
	return (at - *va) >> PAGE_SHIFT;
}

uintptr_t pmap_next(struct pmap *pm, uintptr_t va, uintptr_t end)
{
	uint64_t *t[LEVELS] = {[LEVELS - 1] = pm->entry}, e[LEVELS] = {[LEVELS - 1] = ~0ull};
	int level = LEVELS - 1;

	while (va < end && level < LEVELS) {
		unsigned first = slot(va, level), i = find(t[level], e[level], first);

		if (i != first)
			va = ALIGN_DOWN(va, span(level + 1)) + i * span(level);
		if (i == ENTRIES) {
			do
				level++;
			while (slot(va, level) == 0);
		} else if (level == 0) {
			break;
		} else {
			e[level - 1] = t[level][i];
			t[level - 1] = table(e[level - 1]);
			level--;
		}
	}
	return MIN(va, end);
}
