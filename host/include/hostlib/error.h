/* SPDX-License-Identifier: ISC */
/*
 * Errors of the host programs: a function that can fail takes `struct error *err` last and returns -1 (or NULL) with a
 * one-line text in it; callers add what they were doing as it goes up. The text names the thing that is wrong.
 */
#ifndef HOSTLIB_ERROR_H
#define HOSTLIB_ERROR_H

#include <stdarg.h>

#define STATUS_FAILURE 1
#define STATUS_USAGE   2

struct error {
	int status; /* the program's exit status should this end it */
	char text[1024];
};

/* All return -1, so that `return error_set(err, …)` reads well. */
int error_set(struct error *err, const char *f, ...) __attribute__((format(printf, 2, 3)));
/* As error_set, with status STATUS_USAGE: the command line is wrong. */
int error_usage(struct error *err, const char *f, ...) __attribute__((format(printf, 2, 3)));
/* Appends ": " and errno's text. */
int error_errno(struct error *err, const char *f, ...) __attribute__((format(printf, 2, 3)));
/* Puts "…: " before the text that is there. */
int error_wrap(struct error *err, const char *f, ...) __attribute__((format(printf, 2, 3)));

#endif
