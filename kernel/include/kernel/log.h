/* SPDX-License-Identifier: ISC */
/*
 * The kernel's log: lines "kiln: text" on the console (stderr's side of it), and panic. Any context but not from an
 * interrupt that hit the console driver itself. log_level is set by the configuration (`kiln.log=`); default WARN, so
 * that a run shows the program's output alone.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include "lib/base.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#pragma GCC visibility push(default)
extern enum log_level log_level;
/* One line, at most 500 bytes; the newline is added. */
void log_line(enum log_level level, const char *f, ...) PRINTF(2, 3);
/* As it stands: no prefix, no newline, no level (traces, dumps). */
void log_raw(const char *f, ...) PRINTF(1, 2);
/* A broken invariant of the kernel itself: prints, then platform_exit(PANIC_STATUS). Never for what a program does. */
NORETURN void panic(const char *f, ...) PRINTF(1, 2);
#pragma GCC visibility pop

#define PANIC_STATUS   255
#define log_err(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* An invariant; the expression must have no side effect. */
#define ASSERT(x)                                                                                                      \
	do {                                                                                                           \
		if (UNLIKELY(!(x)))                                                                                    \
			panic("%s:%d: %s", __FILE__, __LINE__, #x);                                                    \
	} while (0)

#endif
