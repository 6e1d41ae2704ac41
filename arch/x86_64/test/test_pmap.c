/* SPDX-License-Identifier: ISC */
// USES: arch/x86_64/pmap.c arch/x86_64/pmap_change.c
/* The page-table walker on tables in a process: what it says is mapped, what it tells the platform, what it frees. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/pmap.h"
#include "platform/platform.h"
#include "test/tap.h"
#include "x86_64/machine.h"

#define BASE   0x7f0000000000ul
#define FRAME  0x40000000ul
#define WINDOW (BASE + 200 * PAGE_SIZE) /* what the host shows of it; over the end of a leaf table */
#define PAGES  600u

static unsigned tables, limit = 1000;
static bool keep;
static paddr_t kept;
static struct {
	unsigned maps, unmaps, protects, flushes;
	uintptr_t va;
	paddr_t pa;
	size_t n;
	unsigned prot;
} told;

uintptr_t page_direct_base;

paddr_t page_alloc(unsigned order, unsigned flags)
{
	void *p;

	if (order != 0 || (flags & PAGE_ZERO) == 0 || tables == limit)
		return 0;
	p = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(p, 0, PAGE_SIZE);
	tables++;
	return (uintptr_t)p;
}

void page_put(paddr_t pa)
{
	tables--;
	free((void *)(uintptr_t)pa);
}

/* The host's mappings, as it is told of them. */
static struct shown {
	paddr_t pa;
	unsigned prot;
} shown[PAGES];

static void show(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	for (unsigned i = 0; i < PAGES; i++)
		if (WINDOW + i * PAGE_SIZE - va < n)
			shown[i] = (struct shown){pa == 0 ? 0 : pa + (WINDOW + i * PAGE_SIZE - va), prot};
}

void platform_map(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	show(va, pa, n, prot);
	told.maps++;
	told.va = va, told.pa = pa, told.n = n, told.prot = prot;
}

void platform_unmap(uintptr_t va, size_t n)
{
	show(va, 0, n, 0);
	told.unmaps++;
	told.va = va, told.n = n;
}

void platform_protect(uintptr_t va, size_t n, unsigned prot)
{
	for (unsigned i = 0; i < PAGES; i++)
		if (WINDOW + i * PAGE_SIZE - va < n)
			shown[i].prot = prot;
	told.protects++;
	told.va = va, told.n = n, told.prot = prot;
}

void x86_root_init(uint64_t *root)
{
	root[511] = 0x1003; /* the kernel's: no business of the walker */
}

void x86_root_load(paddr_t root)
{
	(void)root;
}

void x86_frames_lost(void)
{
}

bool x86_root_keep(paddr_t root)
{
	kept = root;
	return keep;
}

void x86_tlb_flush(uintptr_t va, size_t n)
{
	(void)va, (void)n;
	told.flushes++;
}

static bool is_mapped(struct pmap *pm, uintptr_t va, paddr_t pa, unsigned prot)
{
	paddr_t p = 0;
	unsigned q = 99;

	return pmap_query(pm, va, &p, &q) && p == pa && q == prot;
}

static void test_map(struct pmap *pm)
{
	/* Over the end of a leaf table. */
	uintptr_t va = BASE + 510 * PAGE_SIZE;

	memset(&told, 0, sizeof told);
	tap_ok(pmap_map(pm, va, FRAME, 4, PMAP_READ | PMAP_WRITE) == 0, "a run over the end of a table is mapped");
	tap_ok(told.maps == 1 && told.va == va && told.pa == FRAME && told.n == 4 * PAGE_SIZE &&
		   told.prot == (PMAP_READ | PMAP_WRITE),
	       "and told as one");
	tap_ok(told.flushes == 0, "nothing is flushed for what was not there");
	tap_ok(is_mapped(pm, va, FRAME, PMAP_READ | PMAP_WRITE) &&
		   is_mapped(pm, va + 3 * PAGE_SIZE, FRAME + 3 * PAGE_SIZE, PMAP_READ | PMAP_WRITE),
	       "each page has its frame");
	tap_ok(!pmap_query(pm, va - PAGE_SIZE, NULL, NULL) && !pmap_query(pm, va + 4 * PAGE_SIZE, NULL, NULL),
	       "the neighbours have none");
	tap_ok(pmap_next(pm, BASE, BASE + (1ul << 40)) == va, "the next page is found far off");
	tap_ok(pmap_next(pm, va + 4 * PAGE_SIZE, BASE + (1ul << 40)) == BASE + (1ul << 40), "no further one");
	tap_ok(pmap_next(pm, BASE, va) == va && pmap_next(pm, va, va) == va, "the search ends at its end");
	tap_ok(pmap_map(pm, va, FRAME + 0x100000, 1, PMAP_READ | PMAP_EXEC) == 0 && told.flushes == 1,
	       "what is replaced is flushed");
	tap_ok(is_mapped(pm, va, FRAME + 0x100000, PMAP_READ | PMAP_EXEC), "and is the new one");
}

static void test_protect(struct pmap *pm)
{
	uintptr_t va = BASE + 510 * PAGE_SIZE;

	memset(&told, 0, sizeof told);
	pmap_protect(pm, BASE, 1024, PMAP_READ);
	tap_ok(told.protects == 1 && told.va == va && told.n == 4 * PAGE_SIZE && told.flushes == 1,
	       "holes are left out of what is told");
	tap_ok(is_mapped(pm, va + PAGE_SIZE, FRAME + PAGE_SIZE, PMAP_READ), "the protection is the new one");
	pmap_protect(pm, va, 2, 0);
	tap_ok(is_mapped(pm, va, FRAME + 0x100000, 0), "without access the frame is kept");
	memset(&told, 0, sizeof told);
	pmap_protect(pm, va, 4, PMAP_READ | PMAP_WRITE);
	tap_ok(told.maps == 2 && told.protects == 1 && told.va == va + 2 * PAGE_SIZE,
	       "what had no access is mapped, the rest protected");
}

static void test_unmap(struct pmap *pm, unsigned tables_before)
{
	uintptr_t va = BASE + 510 * PAGE_SIZE;

	memset(&told, 0, sizeof told);
	pmap_unmap(pm, va + PAGE_SIZE, 1);
	tap_ok(told.unmaps == 1 && told.flushes == 1, "one page goes");
	tap_ok(pmap_query(pm, va, NULL, NULL) && !pmap_query(pm, va + PAGE_SIZE, NULL, NULL), "that one alone");
	pmap_unmap(pm, va + PAGE_SIZE, 1);
	tap_ok(told.unmaps == 1, "nothing is told of a page that is not there");
	pmap_unmap(pm, BASE, 1024);
	tap_ok(pmap_next(pm, BASE, BASE + (1ul << 30)) == BASE + (1ul << 30), "a wide range goes");
	pmap_unmap(pm, 0, 0x7ffffffff);
	tap_ok(tables < tables_before, "tables that cannot hold anything any more are freed");
}

static void test_no_memory(struct pmap *pm)
{
	uintptr_t va = BASE + (1ul << 39);

	limit = tables + 3;
	memset(&told, 0, sizeof told);
	tap_ok(pmap_map(pm, va + 511 * PAGE_SIZE, FRAME, 2, PMAP_READ) == -ENOMEM, "no memory for a table is an error");
	tap_ok(told.maps == 1 && told.n == PAGE_SIZE, "what was mapped until then is told");
	limit = 1000;
	pmap_unmap(pm, va, 1024);
}

static void test_run(struct pmap *pm)
{
	uintptr_t at = BASE + 500 * PAGE_SIZE, va = BASE;
	unsigned prot = 9;
	paddr_t pa = 0;

	tap_ok(pmap_run(pm, &va, BASE + (1ul << 30), &pa, &prot) == 0, "no run where nothing is mapped");
	if (pmap_map(pm, at, FRAME, 600, PMAP_READ) != 0 ||
	    pmap_map(pm, at + 600 * PAGE_SIZE, FRAME, 1, PMAP_READ) != 0)
		abort();
	va = BASE;
	tap_ok(pmap_run(pm, &va, BASE + (1ul << 30), &pa, &prot) == 600 && va == at && pa == FRAME && prot == PMAP_READ,
	       "a run goes on from table to table, and ends where the frames do");
	va = at + PAGE_SIZE;
	tap_ok(pmap_run(pm, &va, at + 550 * PAGE_SIZE, &pa, &prot) == 549 && pa == FRAME + PAGE_SIZE,
	       "or at the end asked");
	pmap_protect(pm, at + 300 * PAGE_SIZE, 1, 0);
	va = at;
	tap_ok(pmap_run(pm, &va, at + 600 * PAGE_SIZE, &pa, &prot) == 300, "or where the protection is another");
	va = at + 300 * PAGE_SIZE;
	tap_ok(pmap_run(pm, &va, at + 600 * PAGE_SIZE, &pa, &prot) == 1 && prot == 0, "be it none at all");
	pmap_unmap(pm, at, 601);
}

static void fill(struct pmap *pm, struct shown *model)
{
	for (unsigned i = 0; i < 12; i++) {
		unsigned first = (unsigned)rand() % PAGES, n = 1 + (unsigned)rand() % 80, prot = (unsigned)rand() % 4;
		paddr_t pa = FRAME + ((unsigned)rand() % 4 + first) * PAGE_SIZE;

		n = n < PAGES - first ? n : PAGES - first;
		prot = prot == 0 ? 0 : prot | PMAP_READ;
		if (rand() % 4 == 0)
			pmap_unmap(pm, WINDOW + first * PAGE_SIZE, n);
		else if (pmap_map(pm, WINDOW + first * PAGE_SIZE, pa, n, prot) != 0)
			abort();
	}
	for (unsigned i = 0; i < PAGES; i++) {
		model[i] = (struct shown){0, 0};
		if (!pmap_query(pm, WINDOW + i * PAGE_SIZE, &model[i].pa, &model[i].prot) || model[i].prot == 0)
			model[i].pa = 0;
	}
}

/* Host calls that a switch may need at most: one for each run of either table. */
static void test_change(void)
{
	struct pmap *pm[3] = {pmap_create(), pmap_create(), pmap_create()};
	static struct shown model[3][PAGES];
	bool same = true;
	paddr_t from = 0;

	for (unsigned i = 0; i < 3000; i++) {
		unsigned k = (unsigned)rand() % 3;

		fill(pm[k], model[k]);
		x86_root_change(from, (uintptr_t)pm[k], NULL, NULL);
		from = (uintptr_t)pm[k];
		same &= memcmp(shown, model[k], sizeof shown) == 0;
		pmap_activate(pm[k]); /* so that the next changes of it are shown */
	}
	tap_ok(same, "a change of tables shows exactly the new one");
	memset(&told, 0, sizeof told);
	x86_root_change(from, from, NULL, NULL);
	tap_ok(told.maps + told.unmaps + told.protects == 0, "nothing is told when nothing differs");
	for (unsigned k = 0; k < 3; k++)
		pmap_destroy(pm[k]);
	pm[0] = pmap_create();
	pm[1] = pmap_create();
	for (unsigned k = 0; k < 2; k++)
		if (pmap_map(pm[k], WINDOW, FRAME, 300, PMAP_READ | PMAP_WRITE) != 0)
			abort();
	if (pmap_map(pm[1], WINDOW + 100 * PAGE_SIZE, FRAME + (1ul << 30), 4, PMAP_READ | PMAP_WRITE) != 0)
		abort();
	pmap_protect(pm[1], WINDOW + 200 * PAGE_SIZE, 10, PMAP_READ);
	pmap_unmap(pm[1], WINDOW + 290 * PAGE_SIZE, 4);
	pmap_unmap(pm[1], WINDOW + 296 * PAGE_SIZE, 1);
	memset(&told, 0, sizeof told);
	x86_root_change((uintptr_t)pm[0], (uintptr_t)pm[1], NULL, NULL);
	tap_ok(told.maps == 1 && told.protects == 1 && told.unmaps == 2, "each difference is told as one");
	pmap_destroy(pm[0]);
	pmap_destroy(pm[1]);
}

static void test_keep(void)
{
	struct pmap *pm = pmap_create();
	unsigned before;

	pmap_activate(pm);
	if (pmap_map(pm, BASE, FRAME, 4, PMAP_READ) != 0)
		abort();
	keep = true;
	before = tables;
	memset(&told, 0, sizeof told);
	pmap_destroy(pm);
	tap_ok(kept == (uintptr_t)pm && tables == before && told.unmaps == 0, "the platform may keep the active table");
	x86_root_free(kept);
	keep = false;
}

int main(void)
{
	struct pmap *pm = pmap_create(), *other = pmap_create();
	unsigned before;

	x86_user_min = 0x10000;
	x86_user_max = 1ul << 47;

	pmap_activate(pm);
	test_map(pm);
	before = tables;
	test_protect(pm);
	test_unmap(pm, before);
	test_no_memory(pm);
	memset(&told, 0, sizeof told);
	tap_ok(pmap_map(other, BASE, FRAME, 1, PMAP_READ) == 0 && told.maps == 0,
	       "a table that is not active is no news");
	pmap_unmap(other, BASE, 1);
	test_run(pm);
	memset(&told, 0, sizeof told);
	test_change();
	test_keep();
	pmap_activate(pm);
	memset(&told, 0, sizeof told);
	tap_ok(told.unmaps + told.flushes == 0, "nor when it changes");
	pmap_destroy(other);
	pmap_destroy(pm);
	tap_ok(tables == 0, "nothing is left");
	return tap_end();
}
