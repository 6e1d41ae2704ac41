/* SPDX-License-Identifier: ISC */
/* `kiln ps`: the images that run, one line each, or as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "instance.h"

enum { ALL = OPTION_USER, JSON, QUIET };

static const struct option_def options[] = {
    {ALL, 'a', "all", NULL, "those that have ended, too"},
    {QUIET, 'q', "quiet", NULL, "names only"},
    {JSON, 0, "json", NULL, "as a JSON array"},
    {0, 0, NULL, NULL, NULL},
};

static int help(void)
{
	fputs("usage: kiln ps [options]\n\n"
	      "Lists the images that run, and those that died in the background (kiln run -d).\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExamples:\n"
	      "  kiln ps -a\n"
	      "  kiln rm $(kiln ps -aq)\n",
	      stdout);
	return 0;
}

/* "3 minutes" since then. */
static char *since(int64_t then)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	int64_t n = time(NULL) - then;

	for (size_t k = 0; k < sizeof units / sizeof *units; k++)
		if (n >= units[k].seconds) {
			n /= units[k].seconds;
			return xasprintf("%lld %s%s", (long long)n, units[k].name, n > 1 ? "s" : "");
		}
	return xstrdup("0 seconds");
}

static char *status_text(const struct instance *i)
{
	const char *status = instance_status(i);
	AUTO_FREE char *started = since(instance_number(i, "started"));
	AUTO_FREE char *finished = since(instance_number(i, "finished"));
	int exit = (int)instance_number(i, "exit");

	if (instance_foreground(i))
		return xasprintf("up %s, in the foreground", started);
	if (!strcmp(status, "running"))
		return xasprintf("up %s", started);
	if (!strcmp(status, "exited"))
		return xasprintf("exited (%d) %s ago", exit, finished);
	if (!strcmp(status, "restarting"))
		return xasprintf("restarting (%d), ended %s ago", exit, finished);
	if (!strcmp(status, "dead"))
		return xasprintf("dead: %s", instance_reason(i));
	return xstrdup(status);
}

static char *ports_text(const struct instance *i)
{
	const json_t *list = json_object_get(i->state, "ports");
	AUTO_STR struct str s = {0};

	str_add(&s, "");
	for (size_t k = 0; k < json_array_size(list); k++) {
		const json_t *p = json_array_get(list, k);

		str_addf(&s, "%s%s:%d->%d/%s", k ? ", " : "", json_string_value(json_object_get(p, "address")),
			 (int)json_integer_value(json_object_get(p, "host")),
			 (int)json_integer_value(json_object_get(p, "guest")),
			 json_string_value(json_object_get(p, "protocol")));
	}
	return TAKE(s.p);
}

static char *memory_text(const struct instance *i)
{
	int64_t n = instance_number(i, "memory");

	if (!n)
		return xstrdup(""); /* nobody said */
	if (n % (1 << 20))
		return xasprintf("%lldK", (long long)(n >> 10));
	return xasprintf("%lldM", (long long)(n >> 20));
}

#define COLUMNS 6

/* Columns as wide as their widest word, the last one as it is. */
static void print_table(char *(*rows)[COLUMNS], unsigned count)
{
	unsigned width[COLUMNS] = {0};

	for (unsigned r = 0; r < count; r++)
		for (unsigned c = 0; c < COLUMNS; c++)
			if (strlen(rows[r][c]) > width[c])
				width[c] = (unsigned)strlen(rows[r][c]);
	for (unsigned r = 0; r < count; r++) {
		for (unsigned c = 0; c < COLUMNS - 1; c++)
			printf("%-*s  ", width[c], rows[r][c]);
		printf("%s\n", rows[r][COLUMNS - 1]);
	}
}

static void table(const struct instance *list, unsigned n)
{
	static const char *const heads[COLUMNS] = {"NAME", "PLATFORM", "IMAGE", "STATUS", "MEMORY", "PORTS"};
	char *(*rows)[COLUMNS] = xcalloc(n + 1, sizeof *rows);

	for (unsigned c = 0; c < COLUMNS; c++)
		rows[0][c] = xstrdup(heads[c]);
	for (unsigned k = 0; k < n; k++) {
		const struct instance *i = &list[k];

		rows[k + 1][0] = xstrdup(i->name);
		rows[k + 1][1] = xstrdup(instance_text(i, "platform"));
		rows[k + 1][2] = xstrdup(instance_text(i, "image"));
		rows[k + 1][3] = status_text(i);
		rows[k + 1][4] = memory_text(i);
		rows[k + 1][5] = ports_text(i);
	}
	print_table(rows, n + 1);
	for (unsigned r = 0; r <= n; r++)
		for (unsigned c = 0; c < COLUMNS; c++)
			free(rows[r][c]);
	free(rows);
}

static void print_json(const struct instance *list, unsigned n)
{
	json_t *all = json_array();

	for (unsigned k = 0; k < n; k++) {
		json_t *one = json_deep_copy(list[k].state);

		json_object_set_new(one, "name", json_string(list[k].name));
		json_object_set_new(one, "status", json_string(instance_status(&list[k])));
		if (list[k].holder)
			json_object_set_new(one, "pid", json_integer(list[k].holder));
		if (!strcmp(instance_status(&list[k]), "dead"))
			json_object_set_new(one, "reason", json_string(instance_reason(&list[k])));
		json_array_append_new(all, one);
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

int command_ps(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	bool all = false, json = false, quiet = false;
	struct instance *list;
	int id, n, kept = 0;

	while ((id = options_next(&o, err)) > 0)
		switch (id) {
		case OPTION_HELP: return help();
		case ALL: all = true; break;
		case JSON: json = true; break;
		case QUIET: quiet = true; break;
		default: return error_usage(err, "\"%s\" is one word too many", o.value);
		}
	n = id < 0 ? -1 : instance_list(&list, err);
	if (n < 0)
		return -1;
	for (int k = 0; k < n; k++) {
		struct instance i = list[k];

		if (!all && !strcmp(instance_status(&i), "exited"))
			continue;
		list[k] = list[kept];
		list[kept++] = i;
	}
	if (json)
		print_json(list, (unsigned)kept);
	else if (quiet)
		for (int k = 0; k < kept; k++)
			puts(list[k].name);
	else
		table(list, (unsigned)kept);
	instance_list_free(list, n);
	return 0;
}
