/* SPDX-License-Identifier: ISC */
/*
 * Finds the devices of all buses, from bus 0 on through bridges, and offers them to the drivers in the image. Firmware
 * has given them addresses and lines. Interrupts are message-signalled (MSI-X) where the device has them: a message
 * needs no routing tables and no acknowledgement.
 */
#include "drivers/pci.h"

#include "abi/errno.h"
#include "kernel/init.h"
#include "kernel/log.h"

#define VENDOR       0x00
#define DEVICE       0x02
#define STATUS       0x06
#define HEADER_TYPE  0x0e
#define BAR0         0x10
#define SECONDARY    0x19
#define CAPABILITIES 0x34
#define IRQ_LINE     0x3c
#define IRQ_PIN      0x3d

#define STATUS_CAPABILITIES 0x10u
#define MULTI_FUNCTION      0x80u
#define TYPE_BRIDGE         1u
#define BARS                6u
#define BAR_IO              1u
#define BAR_64              4u
#define INTX_OFF            0x400u
#define CAP_MSIX            0x11
#define MSIX_ENABLE         0x8000u
#define MSIX_ENTRY          16u
#define MSIX_MASKED         1u
#define SLOTS               32u
#define FUNCTIONS           8u
#define BUSES               256u
#define CHAIN_MAX           48u /* capabilities in 192 bytes */
#define NO_LINE             0xffu

extern const struct pci_driver kiln_pci_start[], kiln_pci_end[];

static unsigned next_bus = 1; /* the lowest bus that no bridge has led to: a loop ends */

uint32_t pci_read(const struct pci_device *p, unsigned offset, unsigned size)
{
	return machine_pci_read(p->bus, p->slot, p->function, offset, size);
}

void pci_write(const struct pci_device *p, unsigned offset, unsigned size, uint32_t v)
{
	machine_pci_write(p->bus, p->slot, p->function, offset, size, v);
}

unsigned pci_capability(const struct pci_device *p, uint8_t id, unsigned after)
{
	unsigned offset;

	if ((pci_read(p, STATUS, 2) & STATUS_CAPABILITIES) == 0)
		return 0;
	offset = pci_read(p, after == 0 ? CAPABILITIES : after + 1, 1) & ~3u;
	for (unsigned n = 0; offset >= 0x40 && n < CHAIN_MAX; n++) {
		if (pci_read(p, offset, 1) == id)
			return offset;
		offset = pci_read(p, offset + 1, 1) & ~3u;
	}
	return 0;
}

volatile void *pci_map(const struct pci_device *p, unsigned bar, uint64_t offset, size_t length)
{
	uint64_t base;

	if (bar >= BARS)
		return NULL;
	base = pci_read(p, BAR0 + 4 * bar, 4);
	if ((base & BAR_IO) != 0)
		return NULL;
	if ((base & BAR_64) != 0 && bar + 1 < BARS)
		base |= (uint64_t)pci_read(p, BAR0 + 4 * bar + 4, 4) << 32;
	base &= ~15ull;
	return base == 0 ? NULL : machine_map(base + offset, length);
}

uint16_t pci_ports(const struct pci_device *p, unsigned bar)
{
	uint32_t base = bar < BARS ? pci_read(p, BAR0 + 4 * bar, 4) : 0;

	return (base & BAR_IO) != 0 ? (uint16_t)(base & ~3u) : 0;
}

static int msix(const struct pci_device *p, unsigned cap, struct irq *q)
{
	uint32_t control = pci_read(p, cap + 2, 2), where = pci_read(p, cap + 4, 4), data;
	unsigned count = (control & 0x7ff) + 1;
	volatile uint32_t *table = pci_map(p, where & 7, where & ~7u, count * MSIX_ENTRY);
	uint64_t address;
	int err;

	if (table == NULL)
		return -ENODEV;
	err = machine_msi(q, &address, &data);
	if (err != 0)
		return err;
	pci_write(p, cap + 2, 2, control | MSIX_ENABLE);
	for (unsigned i = 1; i < count; i++)
		table[4 * i + 3] = MSIX_MASKED;
	table[0] = (uint32_t)address;
	table[1] = (uint32_t)(address >> 32);
	table[2] = data;
	table[3] = 0;
	return 1;
}

int pci_irq(const struct pci_device *p, struct irq *q)
{
	unsigned cap = pci_capability(p, CAP_MSIX, 0), line;

	if (cap != 0) {
		int r = msix(p, cap, q);

		if (r >= 0) {
			pci_write(p, PCI_COMMAND, 2, pci_read(p, PCI_COMMAND, 2) | INTX_OFF);
			return r;
		}
	}
	line = pci_read(p, IRQ_LINE, 1);
	if (pci_read(p, IRQ_PIN, 1) == 0 || line == NO_LINE)
		return -ENODEV;
	return machine_irq(line, true, q);
}

static void offer(const struct pci_device *p)
{
	for (const struct pci_driver *d = kiln_pci_start; d < kiln_pci_end; d++)
		if (d->vendor == p->vendor && p->device >= d->first && p->device <= d->last) {
			d->probe(p);
			return;
		}
	log_debug("pci %02x:%02x.%u: no driver for %04x:%04x", p->bus, p->slot, p->function, p->vendor, p->device);
}

static void scan_bus(unsigned bus)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		unsigned functions = 1;

		for (unsigned function = 0; function < functions; function++) {
			struct pci_device p = {(uint8_t)bus, (uint8_t)slot, (uint8_t)function, 0, 0};
			unsigned type;

			p.vendor = (uint16_t)pci_read(&p, VENDOR, 2);
			if (p.vendor == 0xffff || p.vendor == 0)
				continue;
			p.device = (uint16_t)pci_read(&p, DEVICE, 2);
			type = pci_read(&p, HEADER_TYPE, 1);
			if (function == 0 && (type & MULTI_FUNCTION) != 0)
				functions = FUNCTIONS;
			if ((type & ~MULTI_FUNCTION) == TYPE_BRIDGE) {
				unsigned behind = pci_read(&p, SECONDARY, 1);

				if (behind >= next_bus && behind < BUSES) {
					next_bus = behind + 1;
					scan_bus(behind);
				}
				continue;
			}
			offer(&p);
		}
	}
}

static void pci_init(void)
{
	scan_bus(0);
}

INIT(INIT_DRIVER, pci_init);
