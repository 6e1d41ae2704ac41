/* SPDX-License-Identifier: ISC */
// USES: lib/image.c
/* A payload table that image_check accepts points to nothing outside the payload. */
#include <stdlib.h>
#include <string.h>
#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is the end of a payload that is said to have 64 pages. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t total = 64 * 4096;
	size_t n = ALIGN_DOWN(MIN(size, (size_t)4096), 8);
	uint8_t *copy = malloc(n + 1);
	const uint8_t *end;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, n);
	end = copy + n;
	if (image_check(end, n, total) == NULL) {
		const struct image_header *h = image_header(end);
		const struct image_entry *e = image_entries(h);

		for (uint32_t i = 0; i < h->count; i++)
			if (e[i].offset % 8 != 0 || e[i].offset > total || e[i].size > total - e[i].offset ||
			    memchr(e[i].name, '\0', IMAGE_NAME_MAX) == NULL)
				abort();
	}
	free(copy);
	return 0;
}
