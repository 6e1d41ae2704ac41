/* SPDX-License-Identifier: ISC */
/* A sparse array of frames: page number -> physical address. A radix tree that is as high as its largest index needs;
 * height 0 is one frame. It holds one reference on each frame. */
#ifndef PAGES_H
#define PAGES_H

#include "kernel/page.h"

struct pages {
	uintptr_t root; /* height 0: the frame's address, or 0; else a node */
	unsigned height;
	uint64_t count; /* frames present */
};

#define PAGES_NONE UINT64_MAX

/* The frame, borrowed; 0: none. */
paddr_t pages_get(const struct pages *p, uint64_t index);
/* Puts a frame where there is none; takes over the reference. 0 or -ENOMEM. */
int pages_set(struct pages *p, uint64_t index, paddr_t pa) MUST_CHECK;
/* Takes the frame out; the reference is the caller's. 0: there was none. Empty nodes stay until pages_free. */
paddr_t pages_take(struct pages *p, uint64_t index);
/* The first index >= from that has a frame, or PAGES_NONE. */
uint64_t pages_next(const struct pages *p, uint64_t from);
/* Puts all frames and frees all nodes. */
void pages_free(struct pages *p);

#endif
