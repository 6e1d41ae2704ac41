/* SPDX-License-Identifier: ISC */
/*
 * TAP output and a clock for the sandbox's prototypes: small native Linux programs that prove what the design
 * of platform `sandbox` claims of the host. Figures are printed as comments; they never decide a test.
 */
#ifndef PROTO_H
#define PROTO_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int tap_count, tap_failed;

static inline void ok(int good, const char *what)
{
	tap_count++;
	tap_failed += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tap_count, what);
	fflush(stdout);
}

static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, what, why);
}

__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	printf("# ");
	vprintf(format, ap);
	printf("\n");
	va_end(ap);
}

static inline double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static inline int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

/* A precondition of the whole prototype; without it nothing below means anything. */
#define need(cond)                                                                                                     \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, #cond);                                    \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

#endif
