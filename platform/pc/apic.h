/* SPDX-License-Identifier: ISC */
/* The local APIC and the I/O APICs: apic.c, ioapic.c. */
#ifndef APIC_H
#define APIC_H

#include "lib/base.h"

/* Maps and enables the local APIC, once; 0, -ENODEV or -ENOMEM. */
int apic_init(void) MUST_CHECK;
void apic_eoi(void);
void apic_timer_fired(void);
uint64_t apic_msi_address(void);

/* The timer as a stop watch, while it is not needed as a timer: false without an APIC; ticks since the start. */
bool apic_count_start(void) MUST_CHECK;
uint64_t apic_count(void);
void apic_count_end(void);

/* An I/O APIC's input, numbered through all of them. */
bool ioapic_has(unsigned line);
void ioapic_route(unsigned line, unsigned vector, bool level);

#endif
