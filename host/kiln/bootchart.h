/* SPDX-License-Identifier: ISC */
/* The time line of a start: what the launcher did, then the guest's marks (abi/trace.h), as a picture. */
#ifndef BOOTCHART_H
#define BOOTCHART_H

#include "hostlib/error.h"
#include "launch.h"
#include "trace.h"

/* CLOCK_MONOTONIC, ns, of what the launcher did. */
struct bootchart_times {
	uint64_t start, ready, launched, ended; /* kiln began; image and configuration were there; machine */
	uint64_t launched_tsc, ended_tsc; /* the same by the host's TSC */
};

/*
 * The distance from a static program's entry to its main(), for the guest's breakpoint; 0: it has no such symbol, or an
 * interpreter comes first.
 */
long bootchart_main(const struct image_file *image);
int bootchart(const struct trace *trace, const struct launch *l, const struct bootchart_times *times,
	      const char *output, struct error *err);

#endif
