/* SPDX-License-Identifier: ISC */
/* A picture of sizes: rectangles whose areas are proportional to bytes, by groups (squarified, as square as they can be). */
#ifndef TREEMAP_H
#define TREEMAP_H

#include <stdint.h>

#include "svg.h"

struct treemap_item {
	char *name;
	uint64_t bytes;
	unsigned group;
};

struct treemap_group {
	const char *name;
	unsigned hue, saturation; /* degrees, percent */
};

/* Adds a whole SVG file. Items are sorted on the way. */
void treemap(struct str *s, const char *title, const struct treemap_group *groups, unsigned group_count,
	     struct treemap_item *items, size_t count);

#endif
