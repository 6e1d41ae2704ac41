/* SPDX-License-Identifier: ISC */
/* Rumprun's form, which lib/rumprun translates, with warnings. */
#include "lib/rumprun.h"

#include "config.h"
#include "hostlib/cleanup.h"

static void note(void *warnings, const char *what, const char *name, size_t n)
{
	AUTO_JSON json_t *s = json_loadb(name, n, JSON_DECODE_ANY, NULL);

	strv_addf(warnings, "blk %s: %s", s ? json_string_value(s) : "", what);
}

int rumprun_load(const char *text, size_t size, json_t **doc, struct strv *warnings, struct error *err)
{
	AUTO_FREE char *room = xmalloc(RUMPRUN_ROOM(size));
	AUTO_STRV struct strv notes = {0};
	const char *what;
	long n = rumprun_translate(text, size, room, RUMPRUN_ROOM(size), note, &notes, &what);

	if (n < 0)
		return error_set(err, "%s", what);
	*doc = n > 0 ? json_loadb(room, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!*doc)
		return 0;
	for (size_t k = 0; k < notes.n; k++)
		strv_add(warnings, notes.v[k]);
	strv_addf(warnings, "this is Rumprun's form; in today's form it is %.*s", (int)n, room);
	return 1;
}
