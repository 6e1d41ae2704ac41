/* SPDX-License-Identifier: ISC */
/* Options from a table; see the header. */
#include "hostlib/options.h"

#include <stdbool.h>
#include <string.h>

#include "hostlib/str.h"

const struct option_def **options_catch;

static bool optional(const struct option_def *d)
{
	return d->arg && d->arg[0] == '[';
}

static const char *known_nearest(const struct option_def *defs, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (; (defs->id || defs->help) && n < 62; defs++)
		if (defs->id && defs->name)
			names[n++] = defs->name;
	names[n++] = "help";
	names[n] = NULL;
	return str_nearest(name, names);
}

static const struct option_def *by_letter(const struct option_def *defs, char letter)
{
	for (; defs->id || defs->help; defs++)
		if (defs->id && defs->letter == letter)
			return defs;
	return NULL;
}

static const struct option_def *by_name(const struct option_def *defs, const char *name, size_t len)
{
	for (; defs->id || defs->help; defs++)
		if (defs->id && defs->name && strlen(defs->name) == len && !memcmp(defs->name, name, len))
			return defs;
	return NULL;
}

static int long_option(struct options *o, const char *word, struct error *err)
{
	const char *name = word + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct option_def *d = by_name(o->defs, name, len);

	if (!d) {
		char bare[64];
		const char *nearest;

		snprintf(bare, sizeof bare, "%.*s", (int)len, name);
		if (!strcmp(bare, "help"))
			return OPTION_HELP;
		nearest = known_nearest(o->defs, bare);
		if (nearest)
			return error_usage(err, "unknown option %s; did you mean --%s?", word, nearest);
		return error_usage(err, "unknown option %s; --help lists them", word);
	}
	if (eq && !d->arg)
		return error_usage(err, "--%s takes no value, but there is \"%s\"", d->name, eq + 1);
	o->value = eq ? eq + 1 : NULL;
	if (d->arg && !eq && !optional(d)) {
		if (o->index >= o->argc)
			return error_usage(err, "--%s needs a value: --%s %s", d->name, d->name, d->arg);
		o->value = o->argv[o->index++];
	}
	return d->id;
}

static int short_option(struct options *o, struct error *err)
{
	char letter = *o->cluster++;
	const struct option_def *d = by_letter(o->defs, letter);

	if (!*o->cluster && !(d && d->arg && !optional(d)))
		o->cluster = NULL;
	if (!d) {
		if (letter == 'h')
			return OPTION_HELP;
		return error_usage(err, "unknown option -%c (in \"%s\"); --help lists them", letter,
				   o->argv[o->index - 1]);
	}
	o->value = NULL;
	if (d->arg && !optional(d)) {
		if (*o->cluster)
			o->value = o->cluster;
		else if (o->index < o->argc)
			o->value = o->argv[o->index++];
		else
			return error_usage(err, "-%c needs a value: -%c %s", letter, letter, d->arg);
		o->cluster = NULL;
	}
	return d->id;
}

int options_next(struct options *o, struct error *err)
{
	const char *word;

	if (options_catch) {
		*options_catch = o->defs;
		return error_usage(err, "only the table was wanted");
	}
	if (o->cluster)
		return short_option(o, err);
	if (o->index >= o->argc)
		return 0;
	word = o->argv[o->index++];
	if (!o->only_words && !strcmp(word, "--")) {
		o->only_words = 1;
		return options_next(o, err);
	}
	if (o->only_words || word[0] != '-' || !word[1]) {
		o->value = word;
		return OPTION_WORD;
	}
	if (word[1] == '-')
		return long_option(o, word, err);
	o->cluster = word + 1;
	return short_option(o, err);
}

int options_take_word(const struct options *o, const char **word, struct error *err)
{
	if (*word)
		return error_usage(err, "\"%s\" is one word too many", o->value);
	*word = o->value;
	return 0;
}

int options_need_word(int id, const char *word, const char *question, struct error *err)
{
	if (id < 0)
		return -1;
	return word ? 0 : error_usage(err, "%s", question);
}

char **options_rest(struct options *o)
{
	return o->argv + o->index - 1;
}

void options_help(const struct option_def *d, FILE *to)
{
	for (; d->id || d->help; d++) {
		AUTO_STR struct str left = {0};

		if (!d->id) {
			fprintf(to, "%s\n", d->help);
			continue;
		}
		if (d->letter)
			str_addf(&left, "-%c%s", d->letter, d->name ? ", " : "");
		else
			str_add(&left, "    ");
		if (d->name)
			str_addf(&left, "--%s", d->name);
		if (d->arg)
			str_addf(&left, "%s%s", optional(d) ? "" : " ", d->arg);
		if (left.len > 29)
			fprintf(to, "  %s\n  %31s%s\n", left.p, "", d->help);
		else
			fprintf(to, "  %-31s%s\n", left.p, d->help);
	}
}
