/* SPDX-License-Identifier: ISC */
/*
 * What a background image prints, as it is: the file log, and log.1 with what came before. When log has half of the
 * limit it becomes log.1, so that the two never hold more than the limit.
 */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stddef.h>
#include <stdint.h>

#include "instance.h"

#define LOGFILE_LIMIT (1 << 20) /* without --log-size */

struct logfile {
	char *path, *old;
	int fd;
	uint64_t size, half;
};

int logfile_open(struct logfile *l, const struct instance *i, uint64_t limit, struct error *err);
/* What does not fit on the disk is lost: the program goes on. */
void logfile_add(struct logfile *l, const char *bytes, size_t n);

/* A reader: first log.1 and log as they are, then what comes. */
struct logfile_reader {
	char *path;
	int fd; /* of log, once it was there */
};

/* The last `lines` (negative: all) to descriptor 1. */
int logfile_print(struct logfile_reader *r, const struct instance *i, long lines, struct error *err);
/* What came since, if anything, to descriptor 1. */
int logfile_more(struct logfile_reader *r, struct error *err);
/* A descriptor that can be read when there may be more, or -1: then there is still the time; logfile_watched reads it. */
int logfile_watch(const struct instance *i);
void logfile_watched(int fd);
void logfile_close(struct logfile_reader *r);

#endif
