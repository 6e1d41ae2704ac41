/* SPDX-License-Identifier: ISC */
/* `kiln logs`: what a background image has printed, and, with -f, what it prints until it ends. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "logfile.h"

enum { FOLLOW = OPTION_USER, TAIL };

#define LOOK_MS 500 /* a supervisor that was killed wakes nobody */

static const struct option_def options[] = {
    {FOLLOW, 'f', "follow", NULL, "go on with what is printed, until it ends"},
    {TAIL, 0, "tail", "N", "only the last N lines of what is there (all: everything)"},
    {0, 0, NULL, NULL, NULL},
};

static int help(void)
{
	fputs("usage: kiln logs [options] NAME\n\n"
	      "Shows what a background image has printed; the oldest is lost above its --log-size.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExample: kiln logs -f --tail 10 web\n", stdout);
	return 0;
}

static int parse_lines(const char *word, long *lines, struct error *err)
{
	char *end;

	*lines = strtol(word, &end, 10);
	if (!strcmp(word, "all"))
		*lines = -1;
	else if (end == word || *end || *lines < 0)
		return error_usage(err, "--tail %s: not a number of lines", word);
	return 0;
}

static bool over(const char *name)
{
	AUTO_INSTANCE struct instance i = {0};
	struct error ignored;

	return instance_open(&i, name, &ignored) < 0 || !i.alive;
}

static int follow(struct logfile_reader *r, const struct instance *i, struct error *err)
{
	AUTO_CLOSE int events = logfile_watch(i);
	struct pollfd p = {.fd = events, .events = POLLIN};
	bool last;

	do {
		last = over(i->name); /* asked before the last look at the file */
		if (logfile_more(r, err) < 0)
			return -1;
		if (!last && poll(&p, 1, LOOK_MS) > 0)
			logfile_watched(events);
	} while (!last);
	return 0;
}

int command_logs(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	AUTO_INSTANCE struct instance i = {0};
	struct logfile_reader r = {.fd = -1};
	const char *name = NULL;
	bool wants_more = false;
	long lines = -1;
	int id, status;

	while ((id = options_next(&o, err)) > 0)
		switch (id) {
		case OPTION_HELP: return help();
		case FOLLOW: wants_more = true; break;
		case TAIL:
			if (parse_lines(o.value, &lines, err) < 0)
				return -1;
			break;
		default:
			if (options_take_word(&o, &name, err) < 0)
				return -1;
		}
	if (options_need_word(id, name, "which one? kiln logs NAME", err) < 0)
		return -1;
	if (instance_open(&i, name, err) < 0)
		return -1;
	if (instance_foreground(&i))
		return error_set(err, "%s: runs in the foreground, so its output is where it was started", name);
	status = logfile_print(&r, &i, lines, err);
	if (status == 0 && wants_more)
		status = follow(&r, &i, err);
	logfile_close(&r);
	return status;
}
