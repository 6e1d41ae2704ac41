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

static unsigned alignment(const struct image_entry *e)
{
	return e->type == IMAGE_CONFIG ? 8 : PAGE;
}

const char *image_check(const void *end, size_t avail, uint64_t total)
{
	const struct image_header *h = image_header(end);
	uint64_t last, next = 0, room;

	if (avail < sizeof *h)
		return "truncated payload header";
	if (h->magic != IMAGE_MAGIC)
		return "no payload header";
	if (h->version != IMAGE_VERSION)
		return "payload of another version of Kiln; bake it again";
	if (h->size != total || h->size % PAGE)
		return "truncated payload";
	if (h->count > IMAGE_MAX_ENTRIES)
		return "too many payload entries";
	room = sizeof *h + h->count * sizeof(struct image_entry);
	if (avail < room || h->size < room)
		return "truncated payload table";
	for (uint32_t i = 0; i < h->count; i++) {
		const struct image_entry *e = &image_entries(h)[i];

		if (e->type < IMAGE_CONFIG || e->type > IMAGE_FILE)
			return "unknown type of payload entry";
		if (!name_ends(e->name))
			return "payload entry with an endless name";
		if (e->offset % alignment(e) || e->offset < next)
			return "misplaced payload entry";
		if (ADD_OVERFLOWS(e->offset, e->size, &last) || last > h->size - room)
			return "payload entry beyond the payload";
		next = last;
	}
	return NULL;
}
