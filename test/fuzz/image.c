/* SPDX-License-Identifier: ISC */
// USES: lib/image.c
/* A payload table that image_check accepts points to nothing outside the payload. */
#include <stdlib.h>
#include <string.h>
#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is the header, cut short where it likes; the payload is said to have 64 pages. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t total = 64 * 4096;
	struct image_header *h = calloc(1, sizeof *h);

	if (h == NULL)
		return 0;
	memcpy(h, data, MIN(size, sizeof *h));
	if (image_check(h, sizeof *h, total) == NULL)
		for (uint32_t i = 0; i < h->count; i++)
			if (h->entry[i].offset % 4096 != 0 || h->entry[i].offset > total ||
			    h->entry[i].size > total - h->entry[i].offset || h->entry[i].offset < sizeof *h ||
			    memchr(h->entry[i].name, '\0', IMAGE_NAME_MAX) == NULL)
				abort();
	free(h);
	return 0;
}
