/* SPDX-License-Identifier: ISC */
/*
 * printf without a C library: %d %i %u %x %X %o %c %s %p %% with flags "-0+ #", width, precision, * and the lengths
 * hh h l ll z j t. Unknown directives are copied as they stand. ISO C 7.21.6.1.
 */
#ifndef LIB_FMT_H
#define LIB_FMT_H

#include "lib/base.h"

#pragma GCC visibility push(default)
/* As snprintf(3): terminates when size > 0, returns the length that the whole text would have. */
int fmt_vsnprintf(char *buf, size_t size, const char *f, va_list ap);
int fmt_snprintf(char *buf, size_t size, const char *f, ...) PRINTF(3, 4);
#pragma GCC visibility pop

#endif
