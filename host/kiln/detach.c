/* SPDX-License-Identifier: ISC */
/*
 * The command's side of `kiln run -d`. Image and configuration are open files by now, so a restart starts the same thing
 * whatever has become of their names. The supervisor is a fork in a session of its own with nothing else open; it tells by
 * a pipe whether the guest came up, and if not, what it said.
 */
#include "detach.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "describe.h"
#include "hostlib/cleanup.h"
#include "hostlib/record.h"

#define GRACE_BACKGROUND 10.0

int detach_set_restart(struct detach *d, const char *word, struct error *err)
{
	char *end;
	unsigned long n;

	d->restart.max = 0;
	if (!strcmp(word, "no")) {
		d->restart.when = RESTART_NO;
	} else if (!strcmp(word, "always")) {
		d->restart.when = RESTART_ALWAYS;
	} else if (!strcmp(word, "on-failure")) {
		d->restart.when = RESTART_FAILURE;
	} else if (!strncmp(word, "on-failure:", 11)) {
		n = strtoul(word + 11, &end, 10);
		if (!isdigit((unsigned char)word[11]) || *end || n < 1 || n > 1000000)
			return error_usage(err, "--restart %s: not a number of times: \"%s\"", word, word + 11);
		d->restart.when = RESTART_FAILURE;
		d->restart.max = (unsigned)n;
	} else {
		return error_usage(err, "--restart %s: there are no, on-failure[:N] and always", word);
	}
	return 0;
}

int detach_check(const struct detach *d, struct error *err)
{
	if (!d->on && d->restart.when != RESTART_NO)
		return error_usage(err, "--restart: only with -d");
	if (d->remove && d->restart.when != RESTART_NO)
		return error_usage(err, "--rm and --restart: one or the other");
	return 0;
}

static const char *policy_name(const struct restart_policy *r)
{
	return r->when == RESTART_NO ? "no" : r->when == RESTART_ALWAYS ? "always" : "on-failure";
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The caller's files must not be held open by a supervisor: all but these. */
static void close_others(int *keep, unsigned count)
{
	unsigned next = 3;

	qsort(keep, count, sizeof *keep, compare);
	for (unsigned k = 0; k < count; k++) {
		if (keep[k] < (int)next)
			continue;
		if (keep[k] > (int)next)
			close_range(next, (unsigned)keep[k] - 1, 0);
		next = (unsigned)keep[k] + 1;
	}
	close_range(next, ~0u, 0);
}

/* The descriptor behind "/proc/self/fd/N", or -1. */
static int descriptor(const char *path)
{
	int fd;

	return path && sscanf(path, "/proc/self/fd/%d", &fd) == 1 ? fd : -1;
}

__attribute__((noreturn)) static void background(struct warden *w)
{
	int keep[8 + NICS_MAX] = {w->lock_fd,
				  w->result_fd,
				  w->log.fd,
				  w->launch->record_fd,
				  descriptor(w->launch->image_path),
				  descriptor(w->launch->config_path),
				  w->launch->debugger.symbols_fd,
				  w->see->symbols};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned n = 8;

	for (unsigned i = 0; i < w->launch->net.nics; i++)
		keep[n++] = w->launch->net.nic[i].fd;
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_others(keep, n);
	warden_run(w);
}

/* What the supervisor says about the start. */
static int hear(int fd, const struct instance *i, struct error *err)
{
	AUTO_STR struct str said = {0};
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) != 0)
		if (n > 0)
			str_add_n(&said, buf, (size_t)n);
		else if (errno != EINTR)
			break;
	if (!said.len)
		return error_set(err, "%s: its supervisor ended before it was started", i->name);
	if (!said.p[0]) {
		puts(i->name);
		return 0;
	}
	if (said.len > 1)
		fwrite(said.p + 1, 1, said.len - 1, stderr);
	else
		fprintf(stderr, "kiln: %s: ended before it was up\n", i->name);
	return (unsigned char)said.p[0];
}

/* What start needs; words that are not UTF-8 cannot be kept. */
static void describe_command(json_t *state, const struct detach *d)
{
	AUTO_FREE char *directory = getcwd(NULL, 0);
	json_t *words = json_array();
	int r = 0;

	for (int k = 0; k < d->argc; k++)
		r |= json_array_append_new(words, json_string(d->argv[k]));
	if (r == 0 && directory) {
		json_object_set(state, "command", words);
		json_object_set_new(state, "directory", json_string(directory));
	}
	json_decref(words);
}

int detach_run(const struct detach *d, const struct launch *given, char **words, int count, struct error *err)
{
	const char *wanted = d->again ? d->again : given->name;
	unsigned claim = d->again ? CLAIM_EXACT | CLAIM_AGAIN : given->name ? CLAIM_EXACT : 0;
	AUTO_INSTANCE struct instance instance = {0};
	AUTO_FREE char *name = wanted ? xstrdup(wanted) : describe_name(words[0]);
	AUTO_CLOSE int lock = -1;
	AUTO_CLOSE int record = record_open();
	struct launch l = *given;
	struct warden w = {.instance = &instance,
			   .launch = &l,
			   .see = d->see,
			   .again = d->again != NULL,
			   .restart = d->restart,
			   .grace = given->grace > 0 ? given->grace : GRACE_BACKGROUND,
			   .timeout = given->timeout,
			   .remove = d->remove};
	int result[2], status;
	struct error ignored;
	pid_t pid;

	if (record < 0 || pipe2(result, O_CLOEXEC) < 0)
		return error_errno(err, "cannot start in the background");
	if (instance_create(&instance, name, claim, &lock, err) < 0)
		return -1;
	describe(&instance, &l, words, count);
	json_object_set_new(instance.state, "restart", json_string(policy_name(&d->restart)));
	describe_command(instance.state, d);
	l.name = instance.name;
	l.grace = INFINITY;
	l.timeout = 0;
	l.record_fd = record;
	w.lock_fd = lock;
	w.result_fd = result[1];
	fflush(NULL);
	if (instance_save(&instance, err) < 0 || logfile_open(&w.log, &instance, d->log_size, err) < 0) {
		if (!d->again)
			instance_remove_own(&instance, &ignored);
		return -1;
	}
	pid = fork();
	if (pid == 0)
		background(&w);
	close(result[1]);
	if (pid < 0) {
		error_errno(err, "cannot start in the background");
		if (!d->again)
			instance_remove_own(&instance, &ignored);
		return -1;
	}
	status = hear(result[0], &instance, err);
	close(result[0]);
	return status;
}
