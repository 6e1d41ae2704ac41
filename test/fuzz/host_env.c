/* SPDX-License-Identifier: ISC */
// USES: host/kiln/env_file.c host/kiln/config.c host/kiln/schema.c host/kiln/rumprun.c lib/rumprun/rumprun.c lib/rumprun/lax.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -ljansson
/* Files of environment variables as bytes: what is accepted is an object of strings whose names have no '='. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/kiln/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *doc = json_object(), *value;
	struct error err;
	const char *name;

	if (config_env_lines(doc, (const char *)data, size, &err) == 0)
		json_object_foreach(json_object_get(doc, "env"), name, value)
		{
			if (!json_is_string(value) || !*name || strchr(name, '=') || strchr(name, '\n'))
				abort();
		}
	json_decref(doc);
	return 0;
}
