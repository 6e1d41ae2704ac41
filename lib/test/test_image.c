/* SPDX-License-Identifier: ISC */
// USES: lib/image.c
/* Every way a payload's table can lie is found. */
#include <stdio.h>
#include <string.h>
#include "lib/image.h"
#include "test/tap.h"

static struct image_header good(void)
{
	struct image_header h = {.magic = IMAGE_MAGIC, .version = IMAGE_VERSION, .size = 3 * 4096, .count = 2};

	h.entry[0] = (struct image_entry){.type = IMAGE_CONFIG, .offset = 4096, .size = 2, .name = ""};
	h.entry[1] = (struct image_entry){.type = IMAGE_PROGRAM, .offset = 8192, .size = 4096, .name = "/bin/a"};
	return h;
}

static void bad(struct image_header h, const char *want)
{
	const char *got = image_check(&h, sizeof h, 3 * 4096);

	tap_ok(got && !strcmp(got, want), "%s: %s", want, got ? got : "accepted");
}

int main(void)
{
	struct image_header h = good();

	tap_ok(!image_check(&h, sizeof h, 3 * 4096), "a good table");
	h.count = 0;
	tap_ok(!image_check(&h, sizeof h, 3 * 4096), "an empty table");
	tap_ok(image_check(&h, sizeof h - 1, 3 * 4096) != NULL, "a header that is cut");
	h = good(), h.magic++, bad(h, "no payload header");
	h = good(), h.version = 2, bad(h, "payload of another version of Kiln");
	h = good(), h.size = 4 * 4096, bad(h, "truncated payload");
	h = good(), h.size = 3 * 4096 - 1, bad(h, "truncated payload");
	h = good(), h.count = IMAGE_MAX_ENTRIES + 1, bad(h, "too many payload entries");
	h = good(), h.entry[1].type = 9, bad(h, "unknown type of payload entry");
	h = good(), memset(h.entry[1].name, 'x', IMAGE_NAME_MAX), bad(h, "payload entry with an endless name");
	h = good(), h.entry[0].offset = 0, bad(h, "misplaced payload entry");
	h = good(), h.entry[1].offset++, bad(h, "misplaced payload entry");
	h = good(), h.entry[0].size = 4097, bad(h, "misplaced payload entry");
	h = good(), h.entry[1].size = 4097, bad(h, "payload entry beyond the payload");
	h = good(), h.entry[1].size = UINT64_MAX, bad(h, "payload entry beyond the payload");
	return tap_end();
}
