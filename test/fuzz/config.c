/* SPDX-License-Identifier: ISC */
// USES: kernel/json.c lib/string.c
// FLAGS: -fno-builtin
/* Any bytes as a configuration: what parses must answer every path within its own bounds. */
#include <stdlib.h>
#include "kernel/heap.h"
#include "kernel/json.h"
#include "lib/string.h"

void *kmalloc(size_t n)
{
	return malloc(n);
}

void kfree(void *p)
{
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"",    "a",       "a.b", "a[0]", "a[1].b", "rc[0].argv[2]",
					    "env", "a.b.c.d", "[",   "a[",   "a[x]",   "a[99999999999]"};
	char *text = malloc(size), buf[16];
	struct json_doc d;
	size_t where;
	int key, v;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	if (json_parse(&d, text, size, &where) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
			v = json_find(&d, paths[i]);
			if (v >= 0) {
				json_text(&d, v, buf, sizeof buf);
				for (unsigned m = 0; m < 8 && json_member(&d, v, m, &key) >= 0; m++)
					if (key >= 0)
						json_text(&d, key, buf, sizeof buf);
			}
		}
		json_free(&d);
	}
	if (where > size)
		abort();
	free(text);
	return 0;
}
