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
/* PCI configuration space, and I/O ports; size 1, 2 or 4, aligned. What is not there reads as all ones. */
uint32_t machine_pci_read(unsigned bus, unsigned slot, unsigned function, unsigned offset, unsigned size);
void machine_pci_write(unsigned bus, unsigned slot, unsigned function, unsigned offset, unsigned size, uint32_t v);
uint32_t machine_port_read(uint16_t port, unsigned size);
void machine_port_write(uint16_t port, unsigned size, uint32_t v);
/* The i-th region of virtio's MMIO transport, by the command line or the machine's fixed ones, and its interrupt line.
 * 0, or -ENOENT: there are no more. */
int machine_virtio_mmio(unsigned i, paddr_t *pa, size_t *size, unsigned *line) MUST_CHECK;
/* What was stored before is seen by devices before anything is loaded after. */
void machine_barrier(void);
#pragma GCC visibility pop

#endif
