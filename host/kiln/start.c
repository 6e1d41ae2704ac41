/* SPDX-License-Identifier: ISC */
/*
 * `kiln start`, `kiln restart`: what has ended is started again by the same command line, in the same directory, with its
 * name and its log. So it is of the program and the configuration as they are now, unlike a restart of the supervisor's.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "instance.h"
#include "stop.h"

enum { SECONDS = OPTION_USER };

static const struct option_def start_table[] = {{0, 0, NULL, NULL, NULL}};

static const struct option_def restart_table[] = {
    {SECONDS, 't', "time", "SECONDS", "from SIGTERM to the end (default: its --stop-timeout, or 10)"},
    {0, 0, NULL, NULL, NULL},
};

static int start_one(const char *name, struct error *err)
{
	AUTO_INSTANCE struct instance i = {0};
	AUTO_STRV struct strv words = {0};
	const json_t *command;

	if (instance_open(&i, name, err) < 0)
		return -1;
	if (i.alive)
		return error_set(err, "%s: it runs already", name);
	command = json_object_get(i.state, "command");
	if (!json_array_size(command))
		return error_set(err, "%s: its command line is not known", name);
	if (chdir(instance_text(&i, "directory")) < 0)
		return error_errno(err, "%s: %s", name, instance_text(&i, "directory"));
	for (size_t k = 0; k < json_array_size(command); k++)
		strv_add(&words, json_string_value(json_array_get(command, k)));
	return run_again(name, (int)words.n, words.v, err);
}

/* Each that can be is started; the status of the last that could not. */
static int start_all(const struct strv *names)
{
	int status = 0;

	for (size_t k = 0; k < names->n; k++) {
		struct error err = {.status = STATUS_FAILURE};
		int r = start_one(names->v[k], &err);

		if (r < 0)
			fprintf(stderr, "kiln: %s\n", err.text);
		if (r)
			status = r < 0 ? err.status : r;
		fflush(stdout);
	}
	return status;
}

static int help(const struct option_def *table, const char *text)
{
	fputs(text, stdout);
	if (table->id)
		options_help(table, stdout);
	return 0;
}

/* 1: --help was answered. */
static int parse(struct options *o, struct strv *names, double *seconds, const char *verb, const char *text,
		 struct error *err)
{
	int id;

	while ((id = options_next(o, err)) > 0) {
		if (id == OPTION_HELP)
			return help(o->defs, text), 1;
		if (id == OPTION_WORD)
			strv_add(names, o->value);
		else if (seconds && stop_seconds(o->value, seconds, err) < 0)
			return -1;
	}
	if (id == 0 && !names->n)
		return error_usage(err, "which one? kiln %s NAME...", verb);
	return id;
}

int command_start(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(start_table, argc, argv);
	AUTO_STRV struct strv names = {0};
	int r =
	    parse(&o, &names, NULL, "start",
		  "usage: kiln start NAME...\n\n"
		  "Starts background images that have ended again, by the command line that they were started with.\n\n"
		  "Example: kiln start web\n",
		  err);

	return r ? (r < 0 ? -1 : 0) : start_all(&names);
}

int command_restart(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(restart_table, argc, argv);
	AUTO_STRV struct strv names = {0};
	double seconds = -1;
	int r = parse(&o, &names, &seconds, "restart",
		      "usage: kiln restart [options] NAME...\n\n"
		      "Ends background images as kiln stop does, and starts them again as kiln start does.\n\n"
		      "Example: kiln restart -t 30 web\n\n",
		      err);

	if (r)
		return r < 0 ? -1 : 0;
	r = stop_all(&names, seconds);
	return r ? r : start_all(&names);
}
