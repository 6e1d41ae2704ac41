/* SPDX-License-Identifier: ISC */
/* I/O ports for drivers, and PCI configuration space by the ports 0xcf8 and 0xcfc (configuration mechanism 1). */
#include "drivers/machine.h"
#include "x86_64/cpu.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc
#define ENABLE       0x80000000u

uint32_t machine_port_read(uint16_t port, unsigned size)
{
	return size == 1 ? cpu_inb(port) : size == 2 ? cpu_inw(port) : cpu_inl(port);
}

void machine_port_write(uint16_t port, unsigned size, uint32_t v)
{
	if (size == 1)
		cpu_outb(port, (uint8_t)v);
	else if (size == 2)
		cpu_outw(port, (uint16_t)v);
	else
		cpu_outl(port, v);
}

static uint16_t address(unsigned bus, unsigned slot, unsigned function, unsigned offset)
{
	cpu_outl(PORT_ADDRESS, ENABLE | bus << 16 | slot << 11 | function << 8 | (offset & 0xfc));
	return (uint16_t)(PORT_DATA + (offset & 3));
}

uint32_t machine_pci_read(unsigned bus, unsigned slot, unsigned function, unsigned offset, unsigned size)
{
	return machine_port_read(address(bus, slot, function, offset), size);
}

void machine_pci_write(unsigned bus, unsigned slot, unsigned function, unsigned offset, unsigned size, uint32_t v)
{
	machine_port_write(address(bus, slot, function, offset), size, v);
}

/*
 * QEMU's TCG up to 7.2 leaves out the fences of a machine with one CPU, although its devices run in threads beside it:
 * the host's CPU may then load before it stores, and a kick or an interrupt is lost. popf ends what is translated in one
 * piece, and between two such pieces QEMU has a fence of its own.
 */
void machine_barrier(void)
{
	__asm__ volatile("mfence; pushf; popf" : : : "memory", "cc");
}
