/* SPDX-License-Identifier: ISC */
/*
 * Switches between processes. They share the host's one address space for programs, so what the next one has must take
 * the place of what the last one had: only where they differ (x86_root_change), next to nothing after a fork. An address
 * space that ends stays shown until the next one comes, often its parent.
 *
 * What the next one does not have is not unmapped but set aside: without access at its place, so that a wild
 * pointer faults, and found again with its pages when its turn comes. An entry says which frames the host has there, and
 * nothing else: whoever has these frames at this address may have it, and one that nobody wants any more does no harm.
 * Entries never overlap what is shown; whatever is mapped or unmapped there drops them. Old ones make room, young ones do
 * not: among more processes than there is room for, some are found again.
 *
 * A switch that took long gives the next process a longer turn: else processes that hide much of each other, on a busy host
 * that takes most of each slice away, do nothing but take turns.
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "sandbox.h"
#include "x86_64/machine.h"

#include <linux/mman.h>

#define ENTRIES  128u
#define PATIENT  64u /* switches, before the oldest entry is taken for one that nobody wants */
#define TURN     20u /* a turn lasts so many times as long as the switch before it */
#define TURN_MAX (200 * 1000 * 1000ull) /* ns */
#define POPULATE (32 * PAGE_SIZE) /* a turn touches little of a larger run, and gets that by the host's faults */

struct aside {
	uintptr_t va;
	paddr_t pa;
	size_t n;
	unsigned turn; /* the switch that set it aside */
	bool exec; /* then memory.c still has its frames for executable */
};

static struct aside aside[ENTRIES]; /* the oldest first */
static unsigned count, turn;
static bool abandoned; /* the loaded address space is no more */
static struct {
	uintptr_t start, end;
	unsigned prot;
} pending; /* one host call for neighbours */

static void protect_end(void)
{
	size_t n = pending.end - pending.start;

	if (n > 0)
		memory_check(host_call(__NR_mprotect, pending.start, n, memory_prot(pending.prot)), "mprotect",
			     pending.start, n);
	pending.end = pending.start;
}

static void protect(uintptr_t va, size_t n, unsigned prot)
{
	if (pending.end != va || pending.prot != prot) {
		protect_end();
		pending.start = va;
		pending.prot = prot;
	}
	pending.end = va + n;
}

static struct aside take(unsigned i)
{
	struct aside e = aside[i];

	memmove(&aside[i], &aside[i + 1], (--count - i) * sizeof e);
	return e;
}

static void drop(uintptr_t va, size_t n)
{
	for (unsigned i = 0; i < count;) {
		struct aside e = aside[i];

		if (e.va >= va + n || va >= e.va + e.n) {
			i++;
			continue;
		}
		take(i);
		protect_end();
		platform_unmap(e.va, e.n);
	}
}

static bool hide(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	if (count == ENTRIES && turn - aside[0].turn < PATIENT)
		return false;
	if (count == ENTRIES) {
		struct aside e = take(0);

		protect_end();
		platform_unmap(e.va, e.n);
	}
	aside[count++] = (struct aside){va, pa, n, turn, (prot & PMAP_EXEC) != 0};
	protect(va, n, 0);
	return true;
}

static bool reveal(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	for (unsigned i = 0; i < count; i++) {
		struct aside *e = &aside[i];

		if (e->va != va || e->pa != pa || e->n != n || e->exec != ((prot & PMAP_EXEC) != 0))
			continue;
		take(i);
		protect(va, n, prot);
		return true;
	}
	return false;
}

static void change(paddr_t from, paddr_t to)
{
	uint64_t start = time_mono(), now;

	turn++;
	memory_populate = POPULATE;
	memory_switching = true;
	x86_root_change(from, to, abandoned ? NULL : hide, reveal);
	protect_end();
	memory_populate = MEMORY_POPULATE;
	memory_switching = false;
	if (abandoned)
		x86_root_free(from);
	abandoned = false;
	now = time_mono();
	this_cpu()->slice_end = MAX(this_cpu()->slice_end, now + MIN((now - start) * TURN, TURN_MAX));
}

static bool keep(paddr_t root UNUSED)
{
	abandoned = true;
	x86_frames_lost();
	return true;
}

void pmap_expect_switches(void)
{
	sandbox_switch = change;
	sandbox_switch_keep = keep;
	sandbox_drop = drop;
}
