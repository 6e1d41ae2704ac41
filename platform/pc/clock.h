/* SPDX-License-Identifier: ISC */
/* What the APIC timer asks of the clock (clock.c). */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

void clock_init(void); /* at boot: monotonic time begins */
uint64_t clock_tsc(uint64_t mono); /* the TSC's value at that time */
uint64_t clock_apic_hz(void); /* of the local APIC's timer, 0: unknown */

#endif
