/* SPDX-License-Identifier: ISC */
/* What kiln run lets one see of a run besides its output: --profile, --boot-chart and --core. */
#ifndef SEE_H
#define SEE_H

#include <jansson.h>

#include "bootchart.h"
#include "launch.h"
#include "trace.h"

struct see {
	const char *profile, *boot_chart, *core; /* where they go, or NULL */
	int symbols; /* the kernel's, an open file, or -1 */
	struct trace trace;
	struct bootchart_times times;
};

#define SEE_INIT                                                                                                       \
	{                                                                                                              \
		.symbols = -1, .trace = TRACE_INIT, .times.start = trace_now()                                         \
	}

static inline bool see_wanted(const struct see *s)
{
	return s->profile || s->boot_chart || s->core;
}

/* Takes an option's value ("profile", "boot-chart"): a file that can be written; says so in the configuration. */
int see_option(struct see *s, const char *key, const char *value, json_t *options, struct error *err);
/* The image is known, the configuration not yet given: adds what the guest must know of the program. */
void see_image(struct see *s, const struct image_file *image, json_t *config);
/* The kernel's symbols, if the file is there. */
void see_symbols(struct see *s, const char *path);
/* launch_run, and writes what was seen; its result. */
int see_run(struct see *s, struct launch *l, struct error *err);
void see_free(struct see *s);

#endif
