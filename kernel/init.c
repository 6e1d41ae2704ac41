/* SPDX-License-Identifier: ISC */
/* The linker script gathers the sections .kiln.init.N sorted by N between two symbols: one array. */
#include "kernel/init.h"

#include "sched.h"

extern const struct init_entry kiln_init_start[], kiln_init_end[];

void init_run(unsigned first, unsigned last)
{
	for (const struct init_entry *e = kiln_init_start; e < kiln_init_end; e++)
		if (e->level >= first && e->level <= last)
			e->fn();
}
