/* SPDX-License-Identifier: ISC */
/* A run whose memory is a file of ours (trace.c), and what becomes of the records in it. */
#include "see.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fold.h"
#include "hostlib/cleanup.h"

#define SAMPLE_HZ 997 /* not in step with what happens a hundred or a thousand times a second */

int see_option(struct see *s, const char *key, const char *value, json_t *options, struct error *err)
{
	bool core = !strcmp(key, "core"), fresh = !core && access(value, F_OK) < 0;
	FILE *f = core ? NULL : fopen(value, "a");

	if (core && trace_core_set(&s->trace, value, err) < 0)
		return -1;
	if (!f && !core)
		return error_errno(err, "--%s %s", key, value);
	if (f)
		fclose(f);
	if (f && fresh) /* whether anything will be written is not known yet */
		unlink(value);
	*(core ? &s->core : !strcmp(key, "profile") ? &s->profile : &s->boot_chart) = value;
	json_object_set_new(config_object(options, "kiln"), key, json_true());
	return 0;
}

void see_symbols(struct see *s, const char *path)
{
	if (s->profile)
		s->symbols = open(path, O_RDONLY | O_CLOEXEC);
}

void see_image(struct see *s, const struct image_file *image, json_t *config)
{
	long distance = s->boot_chart ? bootchart_main(image) : 0;
	AUTO_FREE char *text = xasprintf("%ld", distance);

	if (distance)
		json_object_set_new(config_object(config, "kiln"), "boot-chart", json_string(text));
}

static int write_profile(struct see *s, const struct image_file *image, struct error *err)
{
	AUTO_FREE char *symbols = s->symbols >= 0 ? xasprintf("/proc/self/fd/%d", s->symbols) : NULL;
	unsigned long samples = 0;

	if (fold(s->trace.raw, image, symbols, s->profile, &samples, err) < 0)
		return error_wrap(err, "--profile");
	fprintf(stderr, "kiln: %lu samples in %s", samples, s->profile);
	if (s->trace.lost)
		fprintf(stderr, ", and %llu more were lost", (unsigned long long)s->trace.lost);
	fprintf(stderr, "%s\n", samples ? "" : "; did the program run at all?");
	if (s->trace.full)
		fprintf(stderr, "kiln: --profile: the samples after these are missing: %s\n", strerror(s->trace.full));
	return 0;
}

int see_run(struct see *s, struct launch *l, struct error *err)
{
	sigset_t before;
	int status;

	if (l->dry_run)
		return error_usage(
		    err, "--dry-run: not with --profile, --boot-chart and --core, which look at the guest's memory");
	s->times.ready = trace_now();
	sigprocmask(SIG_SETMASK, NULL, &before);
	supervise_prepare();
	l->memory += TRACE_EXTRA;
	if (trace_start(&s->trace, l->memory, err) < 0)
		return -1;
	l->trace = &s->trace;
	l->sample = s->profile ? SAMPLE_HZ : 0;
	s->trace.quick = s->boot_chart != NULL;
	s->times.launched = trace_now();
	s->times.launched_tsc = __builtin_ia32_rdtsc();
	status = launch_run(l, err);
	s->times.ended = trace_now();
	s->times.ended_tsc = __builtin_ia32_rdtsc();
	trace_stop(&s->trace);
	sigprocmask(SIG_SETMASK, &before, NULL); /* what is left may take its time, or wait for a reader */
	if (s->boot_chart && status >= 0 && bootchart(&s->trace, l, &s->times, s->boot_chart, err) < 0)
		return -1;
	if (s->profile && status >= 0 && write_profile(s, l->image, err) < 0)
		return -1;
	return status;
}

void see_free(struct see *s)
{
	trace_free(&s->trace);
	if (s->symbols >= 0)
		close(s->symbols);
}
