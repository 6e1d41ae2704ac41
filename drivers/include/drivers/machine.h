/* SPDX-License-Identifier: ISC */
/*
 * What drivers ask of a platform that has devices of its own (pc): device memory and interrupts. A handler is called
 * from platform_poll, in the kernel, not at the interrupt itself; it may be called without need. Kernel lock.
 */
#ifndef DRIVERS_MACHINE_H
#define DRIVERS_MACHINE_H

#include "kernel/page.h"

struct irq {
	void (*fn)(void *arg);
	void *arg;
	struct irq *next; /* the platform's */
};

#pragma GCC visibility push(default)
/* n bytes of device memory from pa on, uncached, for good; NULL: no memory for page tables. */
volatile void *machine_map(paddr_t pa, size_t n);
/* Calls q->fn after interrupts of a line: the number of an interrupt controller's input. q stays the platform's.
 * `level`: level-triggered and shareable. 0, -ENODEV (no such line), -ENOSPC. */
int machine_irq(unsigned line, bool level, struct irq *q) MUST_CHECK;
/* The same for a message-signalled interrupt: what the device has to write where. 0 or -ENOSPC, -ENODEV. */
int machine_msi(struct irq *q, uint64_t *address, uint32_t *data) MUST_CHECK;
#pragma GCC visibility pop

#endif
