/* SPDX-License-Identifier: ISC */
// USES: lib/image.c
/* Every way a payload's table can lie is found. */
#include <stdio.h>
#include <string.h>
#include "lib/image.h"
#include "test/tap.h"

struct tail { /* of a payload of three pages */
	struct image_entry entry[2];
	struct image_header h;
};

static struct tail good(void)
{
	return (struct tail){
	    .entry = {{.type = IMAGE_PROGRAM, .offset = 4096, .size = 4096, .name = "/bin/a"},
		      {.type = IMAGE_CONFIG, .offset = 8200, .size = 2, .name = ""}},
	    .h = {.magic = IMAGE_MAGIC, .version = IMAGE_VERSION, .size = 3 * 4096, .count = 2},
	};
}

static void bad(struct tail t, const char *want)
{
	const char *got = image_check(&t + 1, sizeof t, 3 * 4096);

	tap_ok(got && !strcmp(got, want), "%s: %s", want, got ? got : "accepted");
}

int main(void)
{
	struct tail t = good();

	tap_ok(!image_check(&t + 1, sizeof t, 3 * 4096), "a good table");
	tap_ok(image_entries(image_header(&t + 1)) == t.entry, "is where it is");
	t.h.count = 0;
	tap_ok(!image_check(&t + 1, sizeof t.h, 3 * 4096), "an empty table");
	tap_ok(image_check(&t + 1, sizeof t.h - 1, 3 * 4096) != NULL, "a header that is cut");
	t = good();
	tap_ok(image_check(&t + 1, sizeof t - 1, 3 * 4096) != NULL, "a table that is cut");
	t = good(), t.h.magic++, bad(t, "no payload header");
	t = good(), t.h.version = IMAGE_VERSION - 1, bad(t, "payload of another version of Kiln; bake it again");
	t = good(), t.h.size = 4 * 4096, bad(t, "truncated payload");
	t = good(), t.h.size = 3 * 4096 - 1, bad(t, "truncated payload");
	t = good(), t.h.count = IMAGE_MAX_ENTRIES + 1, bad(t, "too many payload entries");
	t = good(), t.h.count = 3, bad(t, "truncated payload table");
	t = good(), t.entry[1].type = 9, bad(t, "unknown type of payload entry");
	t = good(), memset(t.entry[1].name, 'x', IMAGE_NAME_MAX), bad(t, "payload entry with an endless name");
	t = good(), t.entry[0].offset++, bad(t, "misplaced payload entry");
	t = good(), t.entry[0].offset += 8, bad(t, "misplaced payload entry");
	t = good(), t.entry[1].offset++, bad(t, "misplaced payload entry");
	t = good(), t.entry[1].offset = 8184, bad(t, "misplaced payload entry");
	t = good(), t.entry[0].size = 4105, bad(t, "misplaced payload entry");
	t = good(), t.entry[1].size = 4096 - 8 - sizeof t + 1, bad(t, "payload entry beyond the payload");
	t = good(), t.entry[1].size = UINT64_MAX, bad(t, "payload entry beyond the payload");
	return tap_end();
}
