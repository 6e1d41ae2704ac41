/* SPDX-License-Identifier: ISC */
/* The payload's table (abi/image.h): the one check, for the kernel, the tender and the host's tools. */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include "abi/image.h"
#include "lib/base.h"

#pragma GCC visibility push(default)
/*
 * Of a payload of `total` bytes the last `avail` are in memory up to `end`; a page is always enough. NULL when everything
 * that the table says lies within the payload, aligned and without overlap, and names end; else what is wrong, a
 * constant. Reads header and table alone.
 */
const char *image_check(const void *end, size_t avail, uint64_t total);

static inline const struct image_header *image_header(const void *end)
{
	return (const struct image_header *)end - 1;
}

/* Of a checked header. */
static inline const struct image_entry *image_entries(const struct image_header *h)
{
	return (const struct image_entry *)h - h->count;
}
#pragma GCC visibility pop

#endif
