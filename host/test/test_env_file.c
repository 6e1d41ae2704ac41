/* SPDX-License-Identifier: ISC */
// USES: host/kiln/env_file.c host/kiln/config.c host/kiln/schema.c host/kiln/rumprun.c lib/rumprun/rumprun.c lib/rumprun/lax.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -ljansson
/* Files of environment variables. */
#include <stdlib.h>
#include <string.h>
#include "host/kiln/config.h"
#include "test/tap.h"

static void gives_n(const char *text, size_t n, const char *want)
{
	struct error err = {0};
	json_t *doc = json_object();
	char *got = config_env_lines(doc, text, n, &err) == 0 ? json_dumps(json_object_get(doc, "env"), JSON_COMPACT)
							      : strdup(err.text);

	tap_ok(!strcmp(got, want), "%s: %s", want, got);
	free(got);
	json_decref(doc);
}

static void gives(const char *text, const char *want)
{
	gives_n(text, strlen(text), want);
}

int main(void)
{
	setenv("KILN_HERE", "there", 1);
	unsetenv("KILN_NOT");
	gives("", "{}");
	gives("A=1\nB=2\n", "{\"A\":\"1\",\"B\":\"2\"}");
	gives("A=1\nA=2", "{\"A\":\"2\"}");
	gives("# A=1\n   # B=2\n\n  C=3", "{\"C\":\"3\"}");
	gives("A=\"x\" 'y' # z ", "{\"A\":\"\\\"x\\\" 'y' # z \"}");
	gives("A=b=c\nB=", "{\"A\":\"b=c\",\"B\":\"\"}");
	gives("KILN_HERE\nKILN_NOT\n", "{\"KILN_HERE\":\"there\"}");
	gives("\xef\xbb\xbf"
	      "A=1\r\nB=2\r\n",
	      "{\"A\":\"1\",\"B\":\"2\"}");
	gives("A=1\n=2", "line 2: no name before the '='");
	gives("export A=1", "line 1: a blank in the name \"export A\"");
	gives("A=\xff", "line 1: not UTF-8");
	gives_n("A=1\nB=\0", 7, "line 2: a zero byte");
	return tap_end();
}
