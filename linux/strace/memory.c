/* SPDX-License-Identifier: ISC */
/* Arguments of calls on memory. */
#include "call.h"
#include "names.h"

#include <linux/mman.h>

#define PAGE      4096u
#define HUGE_MASK ((uint32_t)MAP_HUGE_MASK << MAP_HUGE_SHIFT)

/* The type is a number, the rest are bits. */
void print_map(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t v = (uint32_t)CALLARG(c->args, i);
	uint64_t rest;

	line_name(l, v & MAP_TYPE, &names_map_types);
	rest = line_bits(l, v & ~(uint32_t)(MAP_TYPE | HUGE_MASK), &names_map, false);
	if (rest != 0)
		line_add(l, "|%#lx", (unsigned long)rest);
	if ((v & HUGE_MASK) != 0)
		line_add(l, "|%u<<MAP_HUGE_SHIFT", v >> MAP_HUGE_SHIFT);
}

void print_mremap_to(struct line *l, const struct traced *c, unsigned i)
{
	if ((CALLARG(c->args, i - 1) & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0)
		line_address(l, CALLARG(c->args, i));
}

static void resident_item(struct line *l, const void *one, const void *p)
{
	(void)p;
	line_add(l, "%u", *(const unsigned char *)one & 1u);
}

void print_mincore(struct line *l, const struct traced *c, unsigned i)
{
	line_list(l, CALLARG(c->args, i), (CALLARG(c->args, i - 1) + PAGE - 1) / PAGE, 1, resident_item, NULL);
}
