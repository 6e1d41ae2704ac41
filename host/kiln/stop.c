/* SPDX-License-Identifier: ISC */
/*
 * `kiln stop`, `kill`, `wait`, `rm`, `prune`: each takes names, does what it can for every one, says what it could not, and
 * then has status 1. stop and wait ask all supervisors first, then wait for the answers.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common.h"
#include "control.h"
#include "foreground.h"
#include "hostlib/cleanup.h"
#include "stop.h"

#define TRIES  250
#define TRY_US 20000

enum { SECONDS = OPTION_USER, SIGNAL, FORCE };

static const struct option_def stop_table[] = {
    {SECONDS, 't', "time", "SECONDS", "from SIGTERM to the end (default: its --stop-timeout, or 10)"},
    {0, 0, NULL, NULL, NULL},
};

static const struct option_def kill_table[] = {
    {SIGNAL, 's', "signal", "SIGNAL", "HUP, INT, QUIT, USR1, USR2, TERM or KILL (the default)"},
    {0, 0, NULL, NULL, NULL},
};

static const struct option_def rm_table[] = {
    {FORCE, 'f', "force", NULL, "kill those that run"},
    {0, 0, NULL, NULL, NULL},
};

static const struct option_def none_table[] = {{0, 0, NULL, NULL, NULL}};

struct request {
	const char *verb; /* "stop", "wait" */
	bool known_end; /* print the exit status, not the name */
	bool quiet, background; /* neither; those in the foreground are none of it */
	double seconds; /* negative: as it was started with */
	int sig;
	bool force;
};

/* Prints an error of one name and goes on. */
static int complain(const struct error *err)
{
	fprintf(stderr, "kiln: %s\n", err->text);
	return STATUS_FAILURE;
}

/* Asks to end, or to be told of the end; the connection, or -1 when it has ended (0) or there is an error (1). */
static int ask_one(const struct request *q, struct instance *i, const char *name, int *failed)
{
	struct error err;
	int fd = -1;

	*failed = 0;
	if (instance_open(i, name, &err) < 0) {
		*failed = complain(&err);
		return -1;
	}
	for (unsigned tries = 0; i->alive && !instance_foreground(i); tries++) {
		fd = strcmp(q->verb, "wait") ? control_send(i, &err, "stop %g", q->seconds)
					     : control_send(i, &err, "wait");
		if (fd >= 0)
			return fd;
		if (tries == TRIES) {
			*failed = (error_set(&err, "%s: its supervisor does not answer", name), complain(&err));
			return -1;
		}
		/* It does not listen yet, or, just before its end, not any more. */
		usleep(TRY_US);
		instance_free(i);
		if (instance_open(i, name, &err) < 0)
			return -1;
	}
	return -1;
}

static int ended_status(const struct instance *i)
{
	return strcmp(instance_status(i), "exited") ? 137 : (int)instance_number(i, "exit");
}

/* Without an answer: it may have ended at that moment. The status, or -1 with the error as it is. */
static int last_word(struct instance *i, const char *name)
{
	struct error ignored;

	instance_free(i);
	return instance_open(i, name, &ignored) < 0 || i->alive ? -1 : ended_status(i);
}

/* One in the foreground: nobody is there to ask, and its status is not for us. */
static int end_foreground(const struct request *q, const struct instance *i)
{
	AUTO_CLOSE int pidfd = -1;
	struct error err;

	if (q->background)
		return error_set(&err, "%s: runs in the foreground, where it was started", i->name), complain(&err);
	if (!q->known_end)
		return foreground_stop(i, q->seconds, &err) < 0 ? complain(&err) : 0;
	pidfd = foreground_holder(i);
	if (pidfd >= 0)
		foreground_ended(pidfd, INFINITY);
	error_set(&err, "%s: it ran in the foreground; its exit status went to whoever started it", i->name);
	return complain(&err);
}

/* stop and wait: names, all at once. */
static int for_end(const struct request *q, const struct strv *names)
{
	struct instance *list = xcalloc(names->n, sizeof *list);
	int *fd = xcalloc(names->n, sizeof *fd), *failed = xcalloc(names->n, sizeof *failed), status = 0;
	struct error err;

	for (size_t k = 0; k < names->n; k++)
		fd[k] = ask_one(q, &list[k], names->v[k], &failed[k]);
	for (size_t k = 0; k < names->n; k++) {
		int code = 0;

		if (fd[k] >= 0) {
			code = control_answer(fd[k], &list[k], &err);
			if (code < 0)
				code = last_word(&list[k], names->v[k]);
			if (code < 0)
				failed[k] = complain(&err);
		} else if (!failed[k] && instance_foreground(&list[k])) {
			failed[k] = end_foreground(q, &list[k]);
		} else if (!failed[k]) {
			code = ended_status(&list[k]);
		}
		if (failed[k])
			status = STATUS_FAILURE;
		else if (q->known_end)
			printf("%d\n", code);
		else if (!q->quiet)
			puts(names->v[k]);
		fflush(stdout);
		instance_free(&list[k]);
	}
	free(list);
	free(fd);
	free(failed);
	return status;
}

int stop_all(const struct strv *names, double seconds)
{
	struct request q = {.verb = "stop", .seconds = seconds, .quiet = true, .background = true};

	return for_end(&q, names);
}

static int kill_one(const struct request *q, const char *name, struct error *err)
{
	AUTO_INSTANCE struct instance i = {0};
	int fd;

	if (instance_open(&i, name, err) < 0)
		return -1;
	if (!i.alive)
		return error_set(err, "%s: not running", name);
	if (instance_foreground(&i))
		return foreground_kill(&i, q->sig, err);
	fd = control_send(&i, err, "kill %d", q->sig);
	return fd < 0 ? -1 : control_answer(fd, &i, err);
}

static int remove_one(const struct request *q, const char *name, struct error *err)
{
	AUTO_INSTANCE struct instance i = {0};
	struct error ignored;
	int fd;

	if (instance_open(&i, name, err) < 0)
		return -1;
	if (q->force && instance_foreground(&i))
		return foreground_kill(&i, SIGKILL, err);
	if (q->force && i.alive) {
		fd = control_send(&i, err, "stop 0");
		if (fd >= 0)
			control_answer(fd, &i, &ignored);
	}
	if (instance_remove(name, err) == 0)
		return 0;
	/* One with --rm was faster. */
	return q->force && access(i.path, F_OK) < 0 ? 0 : -1;
}

static int for_each(const struct request *q, const struct strv *names,
		    int (*fn)(const struct request *, const char *, struct error *))
{
	int status = 0;

	for (size_t k = 0; k < names->n; k++) {
		struct error err;

		if (fn(q, names->v[k], &err) < 0)
			status = complain(&err);
		else
			puts(names->v[k]);
	}
	return status;
}

static int parse_signal(const char *word, int *sig, struct error *err)
{
	static const struct {
		int number;
		const char *name;
	} signals[] = {{SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGUSR1, "USR1"},
		       {SIGUSR2, "USR2"}, {SIGTERM, "TERM"}, {SIGKILL, "KILL"}};
	const char *name = strncasecmp(word, "SIG", 3) ? word : word + 3;
	char *end;
	long n = strtol(word, &end, 10);

	for (size_t k = 0; k < sizeof signals / sizeof *signals; k++)
		if (!strcasecmp(signals[k].name, name) || (end != word && !*end && n == signals[k].number)) {
			*sig = signals[k].number;
			return 0;
		}
	return error_usage(err, "-s %s: not one of HUP, INT, QUIT, USR1, USR2, TERM and KILL", word);
}

int stop_seconds(const char *word, double *seconds, struct error *err)
{
	char *end;

	*seconds = strtod(word, &end);
	if (end == word || *end || !isfinite(*seconds) || *seconds < 0 || *seconds > 1e6)
		return error_usage(err, "-t %s: not a number of seconds", word);
	return 0;
}

static int help(const struct option_def *table, const char *text, const char *example)
{
	fputs(text, stdout);
	if (table->id) {
		putchar('\n');
		options_help(table, stdout);
	}
	printf("\nExample: %s\n", example);
	return 0;
}

/* 1: --help was answered. */
static int parse(struct options *o, struct request *q, struct strv *names, const char *text, const char *example,
		 struct error *err)
{
	int id;

	while ((id = options_next(o, err)) > 0)
		switch (id) {
		case OPTION_HELP: help(o->defs, text, example); return 1;
		case OPTION_WORD: strv_add(names, o->value); break;
		case SECONDS:
			if (stop_seconds(o->value, &q->seconds, err) < 0)
				return -1;
			break;
		case SIGNAL:
			if (parse_signal(o->value, &q->sig, err) < 0)
				return -1;
			break;
		case FORCE: q->force = true; break;
		}
	return id;
}

static int need_names(const struct strv *names, const char *verb, struct error *err)
{
	return names->n ? 0 : error_usage(err, "which one? kiln %s NAME...", verb);
}

int command_stop(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(stop_table, argc, argv);
	struct request q = {.verb = "stop", .seconds = -1};
	AUTO_STRV struct strv names = {0};
	int r = parse(&o, &q, &names,
		      "usage: kiln stop [options] NAME...\n\n"
		      "Ends images that run: the program gets SIGTERM; what still runs after the time is ended.\n",
		      "kiln stop -t 30 web", err);

	if (r)
		return r < 0 ? -1 : 0;
	return need_names(&names, "stop", err) < 0 ? -1 : for_end(&q, &names);
}

int command_wait(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(none_table, argc, argv);
	struct request q = {.verb = "wait", .known_end = true};
	AUTO_STRV struct strv names = {0};
	int r = parse(&o, &q, &names,
		      "usage: kiln wait NAME...\n\n"
		      "Waits until background images have ended, and prints the exit status of each.\n",
		      "kiln wait job", err);

	if (r)
		return r < 0 ? -1 : 0;
	return need_names(&names, "wait", err) < 0 ? -1 : for_end(&q, &names);
}

int command_kill(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(kill_table, argc, argv);
	struct request q = {.sig = SIGKILL};
	AUTO_STRV struct strv names = {0};
	int r = parse(&o, &q, &names,
		      "usage: kiln kill [options] NAME...\n\n"
		      "Sends a signal to the programs of images that run. SIGKILL ends the machine itself.\n",
		      "kiln kill -s HUP web", err);

	if (r)
		return r < 0 ? -1 : 0;
	return need_names(&names, "kill", err) < 0 ? -1 : for_each(&q, &names, kill_one);
}

int command_rm(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(rm_table, argc, argv);
	struct request q = {0};
	AUTO_STRV struct strv names = {0};
	int r = parse(&o, &q, &names,
		      "usage: kiln rm [options] NAME...\n\n"
		      "Forgets background images that have ended or died: their state and what they printed.\n",
		      "kiln rm -f web", err);

	if (r)
		return r < 0 ? -1 : 0;
	return need_names(&names, "rm", err) < 0 ? -1 : for_each(&q, &names, remove_one);
}

int command_prune(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(none_table, argc, argv);
	struct request q = {0};
	AUTO_STRV struct strv names = {0};
	struct instance *list;
	struct error why;
	int n, status = 0,
	       r = parse(&o, &q, &names,
			 "usage: kiln prune\n\n"
			 "Forgets all background images that have ended or died; prints their names.\n",
			 "kiln prune", err);

	if (r)
		return r < 0 ? -1 : 0;
	if (names.n)
		return error_usage(err, "\"%s\" is one word too many", names.v[0]);
	n = instance_list(&list, err);
	for (int k = 0; k < n; k++) {
		if (list[k].alive)
			continue;
		if (instance_remove(list[k].name, &why) == 0)
			puts(list[k].name);
		else if (access(list[k].path, F_OK) == 0) /* else somebody else was faster */
			status = complain(&why);
	}
	instance_list_free(list, n);
	return n < 0 ? -1 : status;
}
