/* SPDX-License-Identifier: ISC */
// USES: host/kiln/config.c host/kiln/schema.c host/kiln/rumprun.c lib/rumprun/rumprun.c lib/rumprun/lax.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -ljansson
/* Configurations as bytes: what is accepted is accepted again in the form it was printed in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/kiln/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strv warnings = {0};
	struct error err;
	json_t *doc = config_parse((const char *)data, size, &warnings, &err);
	char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	if (text) {
		json_t *again = config_parse(text, strlen(text), &warnings, &err);

		if (!again)
			abort();
		json_decref(again);
	}
	free(text);
	json_decref(doc);
	strv_free(&warnings);
	return 0;
}
