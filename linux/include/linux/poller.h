/* SPDX-License-Identifier: ISC */
/*
 * Waiting for one of several files (linux/poller.c), for poll and select: pass the poller's table to file_ops.poll once
 * for each file, then poller_wait; from then on look at the files without it (poller_look). The caller holds the files.
 */
#ifndef LINUX_POLLER_H
#define LINUX_POLLER_H

#include "fs/file.h"

#define POLLER_FAST 8u

struct poller_entry {
	struct wait_entry wait;
	struct poller *poller;
};

struct poller_chunk;

struct poller {
	struct poll_table table;
	struct thread *thread;
	bool woken, failed; /* failed: no memory for an entry */
	unsigned used;
	struct poller_chunk *more;
	struct poller_entry first[POLLER_FAST];
};

void poller_begin(struct poller *p);
void poller_end(struct poller *p);
/* 0 when something was woken, -ETIMEDOUT, -EINTR, -ENOMEM. */
int poller_wait(struct poller *p, uint64_t deadline) MUST_CHECK;
/* What f is ready for, without waiting. */
unsigned poller_look(struct file *f);
/* A relative timeout in program memory (struct timespec, or timeval with `usec`) as a deadline; and what is left of it
 * written back. */
int poller_deadline(struct uptr timeout, bool usec, uint64_t *deadline) MUST_CHECK;
void poller_left(struct uptr timeout, bool usec, uint64_t deadline);

#endif
