/* SPDX-License-Identifier: ISC */
/* What `kiln stop` does, for others. */
#ifndef STOP_H
#define STOP_H

#include "hostlib/error.h"
#include "hostlib/str.h"

/* Takes the value of -t. */
int stop_seconds(const char *word, double *seconds, struct error *err);
/* Ends background images and prints what went wrong: the status. seconds negative: as they were started with. */
int stop_all(const struct strv *names, double seconds);

#endif
