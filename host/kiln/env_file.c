/* SPDX-License-Identifier: ISC */
/*
 * --env-file: lines of NAME=VALUE, the value as it stands, to the end of the line; NAME alone takes this process's value
 * if there is one; blank lines and those that begin with '#' say nothing. As Docker reads them.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "hostlib/cleanup.h"
#include "hostlib/file.h"

static int take_line(json_t *env, const char *line, unsigned number, struct error *err)
{
	const char *eq = strchr(line, '='), *value;
	AUTO_FREE char *name = xstrndup(line, eq ? (size_t)(eq - line) : strlen(line));

	if (!*name)
		return error_set(err, "line %u: no name before the '='", number);
	if (strpbrk(name, " \t\r\v\f"))
		return error_set(err, "line %u: a blank in the name \"%s\"", number, name);
	value = eq ? eq + 1 : getenv(name);
	if (value && json_object_set_new(env, name, json_string(value)) < 0)
		return error_set(err, "line %u: not UTF-8", number);
	return 0;
}

int config_env_lines(json_t *doc, const char *text, size_t size, struct error *err)
{
	json_t *env = config_object(doc, "env");
	const char *end = text + size;

	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	for (unsigned number = 1; text < end; number++) {
		const char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end;
		size_t n = (size_t)(stop - text);
		AUTO_FREE char *line = NULL;

		if (memchr(text, '\0', n))
			return error_set(err, "line %u: a zero byte", number);
		if (n && text[n - 1] == '\r')
			n--;
		for (; n && strchr(" \t", *text); n--)
			text++;
		line = xstrndup(text, n);
		if (n && *line != '#' && take_line(env, line, number, err) < 0)
			return -1;
		text = nl ? nl + 1 : end;
	}
	return 0;
}

int config_env_file(json_t *doc, const char *path, struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};

	if (file_map(&m, path, err) < 0)
		return error_wrap(err, "--env-file");
	return config_env_lines(doc, (const char *)m.data, m.size, err) < 0 ? error_wrap(err, "--env-file %s", path)
									    : 0;
}
