/* SPDX-License-Identifier: ISC */
/* Images that run in the foreground are instances too, for as long as they run. */
#ifndef FOREGROUND_H
#define FOREGROUND_H

#include "instance.h"
#include "launch.h"

/*
 * This process runs an image: makes an instance of it, and gives the launch its name and lock. Without a name that was asked
 * for (-n) a failure is no error: then it is not listed, and that is all.
 */
int foreground_begin(struct launch *l, char **words, int count, struct error *err);

/* The holder of an instance in the foreground, as a pidfd, or -1: it has ended. */
int foreground_holder(const struct instance *i);
/* Waits for its end; false: not within so many seconds (INFINITY: without end). */
bool foreground_ended(int pidfd, double seconds);
/* Sends a signal: SIGINT, SIGTERM, SIGHUP and the like reach its programs (supervise.c, platform/sandbox/wait.c). */
int foreground_kill(const struct instance *i, int sig, struct error *err);
/* SIGTERM; SIGKILL when it has not ended after so many seconds (negative: after its own time). */
int foreground_stop(const struct instance *i, double seconds, struct error *err);

#endif
