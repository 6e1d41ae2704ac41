/* SPDX-License-Identifier: ISC */
/* Reads recipes. Keys that are not of interest here belong to packages/build. */
#include "pkg.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"
#include "hostlib/str.h"

char *recipe_directory(void)
{
	return xasprintf("%s/packages", file_libdir());
}

static void take(struct recipe *r, const char *key, size_t n, const char *value, size_t length)
{
	const struct {
		const char *key;
		char **to;
	} keys[] = {
	    {"about", &r->about}, {"program", &r->program},     {"root", &r->root},
	    {"run", &r->run},     {"arguments", &r->arguments},
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strlen(keys[i].key) == n && !memcmp(keys[i].key, key, n)) {
			free(*keys[i].to);
			*keys[i].to = xstrndup(value, length);
		}
}

static void line(struct recipe *r, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n), *value, *end = p + n;

	if (*p == '#' || !colon)
		return;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	take(r, p, (size_t)(colon - p), value, (size_t)(end - value));
}

int recipe_read(struct recipe *r, const char *name, struct error *err)
{
	AUTO_FREE char *directory = recipe_directory();
	AUTO_FREE char *path = xasprintf("%s/%s/recipe", directory, name);
	struct file_map map;

	memset(r, 0, sizeof *r);
	if (!*name || strchr(name, '/') || *name == '.')
		return error_usage(err, "\"%s\" is not a package's name", name);
	if (access(path, F_OK) < 0)
		return error_set(err, "no package \"%s\"; kiln pkg list names them", name);
	if (file_map(&map, path, err) < 0)
		return -1;
	for (size_t at = 0; at < map.size;) {
		const char *p = (const char *)map.data + at;
		const char *end = memchr(p, '\n', map.size - at);
		size_t n = end ? (size_t)(end - p) : map.size - at;

		if (n)
			line(r, p, n);
		at += n + 1;
	}
	file_unmap(&map);
	if (!r->about) {
		recipe_free(r);
		return error_set(err, "%s: there is no line \"about: …\"", path);
	}
	return 0;
}

void recipe_free(struct recipe *r)
{
	free(r->about);
	free(r->program);
	free(r->root);
	free(r->run);
	free(r->arguments);
	memset(r, 0, sizeof *r);
}
