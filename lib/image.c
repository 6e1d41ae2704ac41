/* SPDX-License-Identifier: ISC */
/* The payload's table is trusted by nobody: an image may be truncated or made by hand. */
#include "lib/image.h"

#define PAGE 4096u

static bool name_ends(const char *name)
{
	for (unsigned i = 0; i < IMAGE_NAME_MAX; i++)
		if (name[i] == '\0')
			return true;
	return false;
}

const char *image_check(const struct image_header *h, size_t avail, uint64_t total)
{
	uint64_t end, next = sizeof *h;

	if (avail < sizeof *h)
		return "truncated payload header";
	if (h->magic != IMAGE_MAGIC)
		return "no payload header";
	if (h->version != IMAGE_VERSION)
		return "payload of another version of Kiln";
	if (h->size > total || h->size % PAGE)
		return "truncated payload";
	if (h->count > IMAGE_MAX_ENTRIES)
		return "too many payload entries";
	for (uint32_t i = 0; i < h->count; i++) {
		const struct image_entry *e = &h->entry[i];

		if (e->type < IMAGE_CONFIG || e->type > IMAGE_ROOTFS)
			return "unknown type of payload entry";
		if (!name_ends(e->name))
			return "payload entry with an endless name";
		if (e->offset % PAGE || e->offset < next)
			return "misplaced payload entry";
		if (ADD_OVERFLOWS(e->offset, e->size, &end) || end > h->size)
			return "payload entry beyond the payload";
		next = end;
	}
	return NULL;
}
