/* SPDX-License-Identifier: ISC */
/*
 * Temporary files. The paths are kept in a fixed array, so that a signal handler can unlink them: it may only make
 * system calls. An entry is published by its pointer, last; the program is single-threaded.
 */
#include "hostlib/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMP_MAX 320

static char *volatile files[TEMP_MAX];
static char *volatile directory;
static pid_t owner;

void temp_cleanup(void)
{
	if (owner != getpid())
		return;
	/* From the end: a directory comes before what is in it. */
	for (unsigned i = TEMP_MAX; i-- > 0;) {
		if (files[i] && unlink(files[i]) < 0)
			rmdir(files[i]);
		files[i] = NULL;
	}
	if (directory)
		rmdir(directory);
	directory = NULL;
}

static void on_signal(int sig)
{
	temp_cleanup();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void setup(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal}, was;

	if (owner == getpid())
		return;
	owner = getpid();
	atexit(temp_cleanup);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		if (!sigaction(signals[i], NULL, &was) && was.sa_handler == SIG_DFL)
			sigaction(signals[i], &sa, NULL);
}

void temp_register(const char *path)
{
	setup();
	for (unsigned i = 0; i < TEMP_MAX; i++) {
		if (files[i])
			continue;
		files[i] = xstrdup(path);
		return;
	}
	abort(); /* the most are gdb_files's */
}

void temp_keep(const char *path)
{
	for (unsigned i = 0; i < TEMP_MAX; i++) {
		if (!files[i] || strcmp(files[i], path) != 0)
			continue;
		free(files[i]);
		files[i] = NULL;
		return;
	}
}

int temp_path(char **path, const char *name, struct error *err)
{
	if (!directory) {
		const char *base = getenv("TMPDIR");
		char *d = xasprintf("%s/kiln.XXXXXX", base && *base ? base : "/tmp");

		setup();
		if (!mkdtemp(d)) {
			error_errno(err, "cannot make a temporary directory %s", d);
			free(d);
			return -1;
		}
		directory = d;
	}
	*path = xasprintf("%s/%s", directory, name);
	temp_register(*path);
	return 0;
}
