/* SPDX-License-Identifier: ISC */
/*
 * From one page table to another where the platform is told of mappings (the sandbox): runs of both are looked at side by
 * side, and what differs is told, as few pieces as it can be. After a fork that is next to nothing.
 */
#include "pmap_tell.h"

#include "platform/platform.h"
#include "x86_64/machine.h"

void tell_end(struct tell *t)
{
	size_t n = t->end - t->start;

	if (t->kind == TELL_MAP)
		platform_map(t->start, t->pa, n, t->prot);
	else if (t->kind == TELL_UNMAP)
		platform_unmap(t->start, n);
	else if (t->kind == TELL_PROTECT)
		platform_protect(t->start, n, t->prot);
	t->kind = TELL_NOTHING;
}

void tell(struct tell *t, enum tell_kind kind, uintptr_t start, uintptr_t end, paddr_t pa, unsigned prot)
{
	if (kind != t->kind || start != t->end || prot != t->prot ||
	    (kind == TELL_MAP && pa != t->pa + (start - t->start))) {
		tell_end(t);
		*t = (struct tell){kind, start, end, pa, prot};
	}
	t->end = end;
}

struct run {
	uintptr_t start, end;
	paddr_t pa;
	unsigned prot;
};

/* The first run that is accessible and reaches beyond `at`, from there on; at the end of all addresses an empty one. */
static void run_from(struct pmap *pm, struct run *r, uintptr_t at)
{
	while (r->end <= at && r->start < x86_user_max) {
		size_t n;

		r->start = r->end;
		n = pmap_run(pm, &r->start, x86_user_max, &r->pa, &r->prot);
		r->end = r->start + n * PAGE_SIZE;
		if (r->prot == 0 && n > 0)
			at = MAX(at, r->end);
	}
	if (r->start < at) {
		r->pa += at - r->start;
		r->start = at;
	}
}

void x86_root_change(paddr_t from, paddr_t to, bool (*hide)(uintptr_t va, paddr_t pa, size_t n, unsigned prot),
		     bool (*reveal)(uintptr_t va, paddr_t pa, size_t n, unsigned prot))
{
	struct pmap *old = page_ptr(from), *new = page_ptr(to);
	struct run a = {.end = x86_user_min}, b = a;
	struct tell t = {.kind = TELL_NOTHING};

	if (from == 0)
		a.start = a.end = x86_user_max;
	for (uintptr_t at = x86_user_min;;) {
		run_from(old, &a, at);
		run_from(new, &b, at);
		if (a.start == b.start) {
			if (a.start == x86_user_max)
				break;
			at = MIN(a.end, b.end);
			if (a.pa != b.pa)
				tell(&t, TELL_MAP, a.start, at, b.pa, b.prot);
			else if (a.prot != b.prot)
				tell(&t, TELL_PROTECT, a.start, at, 0, b.prot);
			else
				tell_end(&t);
		} else if (a.start < b.start) {
			at = MIN(a.end, b.start);
			if (hide == NULL || !hide(a.start, a.pa, at - a.start, a.prot))
				tell(&t, TELL_UNMAP, a.start, at, 0, 0);
		} else {
			at = MIN(b.end, a.start);
			if (reveal == NULL || !reveal(b.start, b.pa, at - b.start, b.prot))
				tell(&t, TELL_MAP, b.start, at, b.pa, b.prot);
		}
	}
	tell_end(&t);
}
