/* SPDX-License-Identifier: ISC */
/*
 * Switches between processes. They share the host's one address space for programs, so what the next one has must take
 * the place of what the last one had: only where they differ (x86_root_change), next to nothing after a fork. An address
 * space that ends stays shown until the next one comes, often its parent.
 */
#include "arch/pmap.h"
#include "sandbox.h"
#include "x86_64/machine.h"

static bool abandoned; /* the loaded address space is no more */

static void change(paddr_t from, paddr_t to)
{
	x86_root_change(from, to);
	if (abandoned)
		x86_root_free(from);
	abandoned = false;
}

static bool keep(paddr_t root UNUSED)
{
	memory_forget_exec();
	abandoned = true;
	return true;
}

void pmap_expect_switches(void)
{
	sandbox_switch = change;
	sandbox_switch_keep = keep;
}
