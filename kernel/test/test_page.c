/* SPDX-License-Identifier: ISC */
// USES: kernel/page.c kernel/test/fake_ram.c
/* The frame allocator against a model: which frames are out, how often they are referenced, what they hold. */
#include <stdlib.h>
#include <string.h>
#include "test/tap.h"
#include "kernel/test/fake.h"

#define MIB 1048576ul

/* One model byte per frame of the arena: its references. */
static unsigned char refs[(1ul << 30) / PAGE_SIZE];

static bool is_zero(paddr_t pa, size_t n)
{
	const unsigned char *p = page_ptr(pa);

	for (size_t i = 0; i < n * PAGE_SIZE; i++)
		if (p[i] != 0)
			return false;
	return true;
}

struct run {
	paddr_t pa;
	size_t n;
};

static bool model_take(struct run r)
{
	for (size_t i = 0; i < r.n; i++)
		if (refs[(r.pa >> PAGE_SHIFT) + i]++ != 0 || page_refs(r.pa + i * PAGE_SIZE) != 1)
			return false;
	return true;
}

static void model_put(struct run r)
{
	for (size_t i = 0; i < r.n; i++)
		refs[(r.pa >> PAGE_SHIFT) + i] = 0;
	page_put_run(r.pa, r.n);
}

static bool random_use(unsigned rounds)
{
	static struct run held[400];
	size_t before = page_free(), count = 0;
	bool ok = true;

	for (unsigned i = 0; i < rounds && ok; i++) {
		unsigned flags = (fake_random() & 1 ? PAGE_ZERO : 0) | (fake_random() & 1 ? PAGE_RESERVE : 0);
		struct run r = {0, 0};

		if (count > 0 && (fake_random() % 5 < 2 || count == 400)) {
			size_t k = fake_random() % count;

			model_put(held[k]);
			held[k] = held[--count];
			continue;
		}
		switch (fake_random() % 4) {
		case 0:
			r.n = 1ul << fake_random() % 6;
			r.pa = page_alloc((unsigned)__builtin_ctzl(r.n), flags);
			ok = r.pa % (r.n * PAGE_SIZE) == 0;
			break;
		case 1: r.pa = page_alloc_run(1 + fake_random() % 100, &r.n, flags); break;
		default: r.n = 1 + fake_random() % 20; r.pa = page_alloc_exact(r.n, flags);
		}
		if (r.pa == 0)
			continue;
		ok = ok && model_take(r) && (!(flags & PAGE_ZERO) || is_zero(r.pa, r.n));
		memset(page_ptr(r.pa), 0x5a, r.n * PAGE_SIZE);
		held[count++] = r;
	}
	while (count > 0)
		model_put(held[--count]);
	return ok && page_free() == before;
}

static void tiny(void)
{
	size_t got, n = 0;
	paddr_t first;
	static paddr_t all[1024];

	fake_ram(0x100000, 2 * MIB, true);
	tap_ok(page_total() == 2 * MIB && page_free() >= 2 * MIB - 2 * PAGE_SIZE, "2 MiB cost two frames of records");
	first = page_alloc_run(300, &got, 0);
	tap_ok(first != 0 && got == 256, "a run is at most what one block holds");
	tap_ok(page_alloc(9, PAGE_RESERVE) == 0, "no block of 2 MiB in what is left");
	while ((all[n] = page_alloc(0, 0)) != 0)
		n++;
	tap_ok(page_available() == 0 && page_free() >= 8 * PAGE_SIZE, "programs leave the kernel's reserve");
	all[n] = page_alloc(0, PAGE_RESERVE);
	tap_ok(all[n++] != 0, "the kernel gets it");
	while ((all[n] = page_alloc(0, PAGE_RESERVE)) != 0)
		n++;
	tap_ok(page_free() == 0 && page_alloc_run(1, &got, PAGE_RESERVE) == 0, "then there is none");
	while (n > 0)
		page_put(all[--n]);
	page_put_run(first, 256);
	first = page_alloc_exact(255, 0);
	tap_ok(first != 0 && page_alloc_exact(256, 0) == 0, "freed frames merge");
	page_put_run(first, 255);
}

static void wanted_place(void)
{
	paddr_t pa = page_alloc_exact(16, 0);

	page_put_run(pa + 4 * PAGE_SIZE, 4);
	tap_ok(page_alloc_at(pa + 3 * PAGE_SIZE, 1, 0) == 0, "a frame in use is not given out again");
	tap_ok(page_alloc_at(pa + 5 * PAGE_SIZE, 4, 0) == 0, "nor a run that ends in one");
	tap_ok(page_alloc_at(pa + 5 * PAGE_SIZE, 2, 0) == pa + 5 * PAGE_SIZE, "free ones are, where they are wanted");
	tap_ok(page_alloc_at(pa + 7 * PAGE_SIZE, 1, 0) == pa + 7 * PAGE_SIZE &&
		   page_alloc_at(pa + 4 * PAGE_SIZE, 1, 0) == pa + 4 * PAGE_SIZE,
	       "and what is left around them");
	page_put_run(pa, 16);
}

static void references(void)
{
	paddr_t pa = page_alloc(3, PAGE_ZERO);
	size_t before = page_free();

	page_get_run(pa, 8);
	page_put_run(pa, 8);
	tap_ok(page_free() == before && page_refs(pa) == 1, "a reference keeps frames");
	page_get(pa + 3 * PAGE_SIZE);
	page_put_run(pa, 8);
	tap_ok(page_free() == before + 7 * PAGE_SIZE && page_refs(pa + 3 * PAGE_SIZE) == 1 && page_refs(pa) == 0,
	       "a run is freed around a frame still in use");
	page_set_tag(pa + 3 * PAGE_SIZE, 77);
	tap_ok(page_tag(pa + 3 * PAGE_SIZE) == 77, "the owner's tag");
	page_put(pa + 3 * PAGE_SIZE);
	page_get(1ull << 50);
	page_put(1ull << 50);
	tap_ok(page_refs(1ull << 50) == 0, "addresses that are no RAM are ignored");
}

static void discarding(void)
{
	size_t got;
	paddr_t pa = page_alloc_run(4096, &got, 0), small = page_alloc(3, 0);

	fake_discards = true;
	fake_discarded = 0;
	page_put_run(small, 8);
	tap_ok(fake_discarded == 0, "a short run is kept for reuse");
	page_put_run(pa, got / 2);
	page_put_run(pa + got / 2 * PAGE_SIZE, got - got / 2);
	tap_ok(got == 4096 && fake_discarded >= 2048, "much of it goes back to the host");
	fake_discards = false;
}

int main(void)
{
	tiny();
	fake_ram(0, 1, true);
	fake_ram(16 * MIB, 48 * MIB, false);
	fake_ram(128 * MIB + 3 * PAGE_SIZE, 5 * MIB, true);
	fake_ram(0, MIB / 2, true);
	for (uint64_t seed = 1; seed <= 4; seed++) {
		fake_seed(seed);
		tap_ok(random_use(5000), "random use, seed %lu", (unsigned long)seed);
	}
	wanted_place();
	references();
	discarding();
	fake_discards = true;
	tap_ok(random_use(3000), "random use of memory that was given back");
	return tap_end();
}
