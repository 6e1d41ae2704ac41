/* SPDX-License-Identifier: ISC */
/* The index of components, as text. */
#include "components.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostlib/cleanup.h"

struct component *index_component(const struct index *x, const char *name)
{
	for (unsigned i = 0; i < x->components; i++)
		if (!strcmp(x->component[i].name, name))
			return &x->component[i];
	return NULL;
}

const struct component_set *index_set(const struct index *x, const char *name)
{
	for (unsigned i = 0; i < x->sets; i++)
		if (!strcmp(x->set[i].name, name))
			return &x->set[i];
	return NULL;
}

struct component *index_set_platform(const struct index *x, const struct component_set *s)
{
	for (size_t i = 0; i < s->members.n; i++) {
		struct component *c = index_component(x, s->members.v[i]);

		if (c && c->platform)
			return c;
	}
	return NULL;
}

static bool has_script(const struct index *x, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s.ld", x->dir, name);

	return !access(path, R_OK);
}

static void add_component(struct index *x, const char *name, const char *bytes)
{
	struct component *c;

	x->component = xrealloc(x->component, (x->components + 1) * sizeof *x->component);
	c = &x->component[x->components++];
	memset(c, 0, sizeof *c);
	c->name = xstrdup(name);
	c->bytes = bytes ? strtoull(bytes, NULL, 10) : 0;
	c->platform = has_script(x, name);
}

/* The set of that name in a list, added if it is new: several folders may add to one set. */
static struct component_set *get_set(struct component_set **list, unsigned *n, const char *name)
{
	struct component_set *s = NULL;

	for (unsigned i = 0; i < *n; i++)
		if (!strcmp((*list)[i].name, name))
			return &(*list)[i];
	*list = xrealloc(*list, (*n + 1) * sizeof **list);
	s = &(*list)[(*n)++];
	memset(s, 0, sizeof *s);
	s->name = xstrdup(name);
	return s;
}

static void add_words(struct strv *to, char **save)
{
	char *w;

	while ((w = strtok_r(NULL, " \t", save)))
		strv_add(to, w);
}

/* One line; components come before the lines about them (index_parse goes over the text twice). False: malformed. */
static bool parse_line(struct index *x, char *line, bool components)
{
	char *save, *kind = strtok_r(line, " \t", &save), *name, *a, *b;
	struct component *c;

	if (!kind || kind[0] == '#')
		return true;
	name = strtok_r(NULL, " \t", &save);
	if (!name)
		return false;
	if (!strcmp(kind, "component")) {
		if (components)
			add_component(x, name, strtok_r(NULL, " \t", &save));
		return true;
	}
	if (components) {
		if (!strcmp(kind, "set"))
			add_words(&get_set(&x->set, &x->sets, name)->members, &save);
		else if (!strcmp(kind, "for"))
			add_words(&get_set(&x->feature, &x->features, name)->members, &save);
		return true;
	}
	c = index_component(x, name);
	if (!strcmp(kind, "call")) {
		char *end;
		unsigned long nr = strtoul(name, &end, 10);

		a = strtok_r(NULL, " \t", &save);
		b = strtok_r(NULL, " \t", &save);
		if (!a || !b || *end || nr >= CALLS_MAX || x->call[nr])
			return false;
		x->call[nr] = xstrdup(a);
		x->provider[nr] = index_component(x, b);
		return x->provider[nr] != NULL;
	}
	if (!strcmp(kind, "describe")) {
		const struct component_set *s = index_set(x, name);
		char **text = c ? &c->text : s ? &x->set[s - x->set].text : NULL;

		if (text && !*text)
			*text = xstrdup(save);
		return text != NULL;
	}
	if (!strcmp(kind, "with") && c)
		add_words(&c->with, &save);
	else if (!strcmp(kind, "ldflags") && c)
		add_words(&c->ldflags, &save);
	else
		return !strcmp(kind, "set") || !strcmp(kind, "for");
	return true;
}

static int check_names(const struct index *x, struct error *err)
{
	for (unsigned i = 0; i < x->sets; i++)
		for (size_t k = 0; k < x->set[i].members.n; k++)
			if (!index_component(x, x->set[i].members.v[k]))
				return error_set(err, "set %s names %s, which is no component", x->set[i].name,
						 x->set[i].members.v[k]);
	for (unsigned i = 0; i < x->components; i++)
		for (size_t k = 0; k < x->component[i].with.n; k++)
			if (!index_component(x, x->component[i].with.v[k]))
				return error_set(err, "with %s names %s, which is no component", x->component[i].name,
						 x->component[i].with.v[k]);
	return 0;
}

int index_parse(struct index *x, const char *dir, char *text, struct error *err)
{
	memset(x, 0, sizeof *x);
	x->dir = xstrdup(dir);
	for (int pass = 0; pass < 2; pass++) {
		AUTO_FREE char *copy = xstrdup(text);
		char *save = NULL;
		unsigned number = 0;

		for (char *line = copy; line; line = save) {
			AUTO_FREE char *as_is = NULL;

			save = strchr(line, '\n');
			if (save)
				*save++ = '\0';
			number++;
			as_is = xstrdup(line);
			if (!parse_line(x, line, pass == 0))
				return error_set(err, "line %u: cannot use \"%s\"", number, as_is);
		}
	}
	for (unsigned i = 0; i < x->sets; i++) {
		const struct component *same = index_component(x, x->set[i].name);

		if (!x->set[i].text && same && same->text)
			x->set[i].text = xstrdup(same->text);
	}
	return check_names(x, err);
}

int index_load(struct index *x, struct error *err)
{
	AUTO_FREE char *dir = xasprintf("%s/components", file_libdir());
	AUTO_FREE char *path = xasprintf("%s/index", dir);
	AUTO_FILE_MAP struct file_map m = {0};
	AUTO_FREE char *text = NULL;

	memset(x, 0, sizeof *x);
	if (file_map(&m, path, err) < 0)
		return error_wrap(err, "cannot read the index of components");
	text = xstrndup((const char *)m.data, m.size);
	if (index_parse(x, dir, text, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

static void free_sets(struct component_set *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].text);
		strv_free(&list[i].members);
	}
	free(list);
}

void index_free(struct index *x)
{
	for (unsigned i = 0; i < x->components; i++) {
		struct component *c = &x->component[i];

		free(c->name);
		free(c->text);
		strv_free(&c->with);
		strv_free(&c->ldflags);
		strv_free(&c->defined);
		strv_free(&c->undefined);
	}
	free_sets(x->set, x->sets);
	free_sets(x->feature, x->features);
	for (unsigned i = 0; i < CALLS_MAX; i++)
		free(x->call[i]);
	free(x->component);
	free(x->dir);
	memset(x, 0, sizeof *x);
}
