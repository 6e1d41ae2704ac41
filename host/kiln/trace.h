/* SPDX-License-Identifier: ISC */
/*
 * The launcher's end of abi/trace.h: guest memory in a memory file of ours, which QEMU or the tender takes as the guest's,
 * and a thread that empties the ring in it into a file without a name while the guest runs.
 */
#ifndef KILN_TRACE_H
#define KILN_TRACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/trace.h"
#include "hostlib/error.h"

#define TRACE_EXTRA (5ull << 20) /* memory that the guest gets besides, for the ring */

struct trace {
	int memory; /* the guest's memory, for QEMU and the tender; not closed on exec */
	uint64_t bytes;
	uint8_t *map;
	struct trace_ring *ring; /* NULL: not found yet */
	uint64_t size, tail; /* the ring's, as it was when it was found, and how far it has been read */
	int raw; /* the records, one behind the other */
	uint64_t kept; /* bytes in it */
	int full; /* why there are not more, an errno, or 0 */
	uint64_t lost; /* records that the guest had no room for */
	int64_t offset; /* host's monotonic time minus the guest's, ns: marks say it to a fraction of a millisecond */
	bool synced;
	pthread_t thread;
	/* --core: the directory, or the file; what is being written */
	const char *core;
	int core_fd;
	uint64_t core_room; /* bytes that may still go into it */
	unsigned cores; /* files so far */
	bool quick; /* look often: times matter */
	volatile bool stop;
	bool running;
};

#define TRACE_INIT                                                                                                     \
	{                                                                                                              \
		.memory = -1, .raw = -1, .core_fd = -1                                                                 \
	}

/* bytes: the guest's memory, TRACE_EXTRA included. */
int trace_start(struct trace *t, uint64_t bytes, struct error *err);
/* The machine has ended: takes what is left and ends the thread. */
void trace_stop(struct trace *t);
void trace_free(struct trace *t);
/* --core's word: a directory that can be written, or a file in one. */
int trace_core_set(struct trace *t, const char *path, struct error *err);
/* core.c: takes the pieces of a core file that a record names, and answers the guest. */
void trace_core(struct trace *t, const struct trace_core *r);
/* CLOCK_MONOTONIC, ns. */
uint64_t trace_now(void);

/* The next record of what was read, bounds checked; NULL at the end. Begin with *at 0. */
const struct trace_record *trace_next(const uint8_t *raw, uint64_t size, uint64_t *at);

#endif
