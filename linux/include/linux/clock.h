/* SPDX-License-Identifier: ISC */
/* Clock ids of programs. */
#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#include "lib/base.h"

#pragma GCC visibility push(default)
/* What the clock shows, ns; -EINVAL: no such clock. */
int clock_now(int clock, uint64_t *ns);
/* The clock is set by clock_settime. */
bool clock_is_real(int clock);
/* ns of that clock, absolute or from now, as a monotonic deadline; -EINVAL: a clock that nothing can wait for. */
int clock_deadline(int clock, bool absolute, uint64_t ns, uint64_t *deadline);
#pragma GCC visibility pop

#endif
