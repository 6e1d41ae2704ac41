/* SPDX-License-Identifier: ISC */
/* The payload's table (abi/image.h): the one check, for the kernel, the tender and the host's tools. */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include "abi/image.h"
#include "lib/base.h"

#pragma GCC visibility push(default)
/*
 * Of a payload the first `avail` bytes are at `h` (at least the header must be); `total` is how many bytes the payload
 * may have. NULL when everything that the table says lies within the payload, page-aligned and without overlap, and
 * names end; else what is wrong, a constant. Reads the header alone, so it may be called before the rest is mapped.
 */
const char *image_check(const struct image_header *h, size_t avail, uint64_t total);
#pragma GCC visibility pop

#endif
