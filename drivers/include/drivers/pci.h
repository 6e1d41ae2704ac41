/* SPDX-License-Identifier: ISC */
/*
 * PCI devices (PCI Local Bus Specification 3.0): configuration space, memory behind base address registers, interrupts.
 * A driver registers the devices it takes with PCI_DRIVER; each is offered once, at INIT_DRIVER.
 */
#ifndef DRIVERS_PCI_H
#define DRIVERS_PCI_H

#include "drivers/machine.h"

struct pci_device {
	uint8_t bus, slot, function;
	uint16_t vendor, device;
};

struct pci_driver {
	uint16_t vendor, first, last; /* devices from first to last */
	void (*probe)(const struct pci_device *p); /* p is the caller's: copy it */
};

#define PCI_DRIVER(name) static const struct pci_driver name __attribute__((used, aligned(8), section(".kiln.pci")))

#define PCI_COMMAND    0x04
#define PCI_SUBSYSTEM  0x2e
#define PCI_CAP_VENDOR 0x09

#define PCI_COMMAND_IO     1u
#define PCI_COMMAND_MEMORY 2u
#define PCI_COMMAND_MASTER 4u

#pragma GCC visibility push(default)
/* size: 1, 2 or 4; offset aligned to it. */
uint32_t pci_read(const struct pci_device *p, unsigned offset, unsigned size);
void pci_write(const struct pci_device *p, unsigned offset, unsigned size, uint32_t v);
/* The offset of the first capability with that id behind `after` (0: from the start); 0: no more. */
unsigned pci_capability(const struct pci_device *p, uint8_t id, unsigned after);
/* length bytes at offset of a memory BAR; NULL: not memory, or no address was given to it. */
volatile void *pci_map(const struct pci_device *p, unsigned bar, uint64_t offset, size_t length);
/* The first port of an I/O BAR; 0: it is not one. */
uint16_t pci_ports(const struct pci_device *p, unsigned bar);
/* Calls q->fn after an interrupt. 1: by MSI-X, table entry 0; 0: by the shared line. -ENODEV, -ENOSPC. */
int pci_irq(const struct pci_device *p, struct irq *q) MUST_CHECK;
#pragma GCC visibility pop

#endif
