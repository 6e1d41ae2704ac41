/* SPDX-License-Identifier: ISC */
/*
 * Records for the launcher (abi/trace.h). A record is begun, added to and ended; an interrupt that comes meanwhile and
 * wants to write one too gets false, and its record counts as lost. Without trace_open every record is lost.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "abi/trace.h"
#include "lib/base.h"

#pragma GCC visibility push(default)
/*
 * Makes the ring with `bytes` (a power of two, multiple of pages) of data, unless there is one: the small one of the boot's
 * marks does for all, since its launcher looks often. After INIT_MEMORY. 0 or -ENOMEM.
 */
int trace_open(size_t bytes) MUST_CHECK;
/* There is a ring. */
bool trace_ready(void);
/* False: no room for max_bytes, or another record is being written. */
bool trace_begin(size_t max_bytes) MUST_CHECK;
/* All of these are positions in the record; the sum of added bytes must not exceed max_bytes. */
void trace_add(const void *p, size_t n);
/* Changes bytes that were added. */
void trace_patch(size_t at, const void *p, size_t n);
size_t trace_added(void);
/* Sets the record's size (in its first bytes), pads it and makes it visible. */
void trace_end(void);
#pragma GCC visibility pop

#endif
