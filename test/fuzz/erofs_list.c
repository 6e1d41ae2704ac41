/* SPDX-License-Identifier: ISC */
// USES: host/kiln/erofs_list.c
/* A file system out of an image of unknown origin: names stay within it, and loops end. */
#include <stdlib.h>
#include <string.h>
#include "host/kiln/erofs_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seen(void *ctx, const char *path, unsigned mode, uint64_t size)
{
	(void)mode, (void)size;
	if (path[0] != '/' || strlen(path) >= 4096)
		abort();
	++*(size_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;

	erofs_list(data, size, seen, &count);
	if (count > size)
		abort();
	return 0;
}
