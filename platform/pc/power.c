/* SPDX-License-Identifier: ISC */
/*
 * The power button (ACPI 6.5, 4.8.2.2 and 4.8.3.1: PM1 event and control registers) of the chip sets that QEMU plays: PIIX4
 * (function 3 of its ISA bridge) and ICH9 (its LPC bridge); on microvm with ACPI that of its generic event
 * device (5.6.9; registers as in QEMU's docs/specs/acpi_hw_reduced_hotplug): a read tells what is pending. Pressed, it is SIGTERM for the
 * programs. A machine with another chip set has none.
 */
#include <asm/signal.h>

#include "drivers/machine.h"
#include "kernel/init.h"
#include "kernel/personality.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"

#define PIIX4_PM    0x71138086u
#define ICH9_LPC    0x29188086u
#define PM_BASE     0x40u /* of both */
#define PM_MASK     0xff80u
#define PIIX4_MISC  0x80u
#define ICH9_CNTL   0x44u
#define PIIX4_ON    0x01u
#define ICH9_ON     0x80u
#define DEFAULT     0x600u
#define SCI_LINE    9u
#define PM1_STATUS  0u
#define PM1_ENABLE  2u
#define PM1_CONTROL 4u
#define BUTTON      (1u << 8)
#define SCI_EN      1u
#define GED         0xfea00000u
#define GED_LINE    9u
#define GED_BUTTON  2u

static uint16_t base;
static volatile uint32_t *ged;

static void pressed_ged(void *arg UNUSED)
{
	if ((*ged & GED_BUTTON) != 0)
		personality_host_signal(SIGTERM);
}

static void pressed(void *arg UNUSED)
{
	uint16_t status = cpu_inw((uint16_t)(base + PM1_STATUS));

	if ((status & BUTTON) == 0)
		return;
	cpu_outw((uint16_t)(base + PM1_STATUS), BUTTON);
	personality_host_signal(SIGTERM);
}

/* The registers' port; made to answer if the firmware has not. */
static uint16_t find(unsigned slot, unsigned function, unsigned switch_at, unsigned on)
{
	uint32_t at = machine_pci_read(0, slot, function, PM_BASE, 4) & PM_MASK;

	if (at == 0) {
		at = DEFAULT;
		machine_pci_write(0, slot, function, PM_BASE, 4, at | 1);
	}
	machine_pci_write(0, slot, function, switch_at, 1, machine_pci_read(0, slot, function, switch_at, 1) | on);
	return (uint16_t)at;
}

static void power_init(void)
{
	static struct irq irq = {.fn = pressed}, ged_irq = {.fn = pressed_ged};

	/* Without ACPI there is nothing, and its line stays quiet. */
	if (machine_is_microvm() && (ged = machine_map(GED, sizeof *ged)) != NULL &&
	    machine_irq(GED_LINE, false, &ged_irq) != 0)
		ged = NULL;
	if (machine_pci_read(0, 1, 3, 0, 4) == PIIX4_PM)
		base = find(1, 3, PIIX4_MISC, PIIX4_ON);
	else if (machine_pci_read(0, 31, 0, 0, 4) == ICH9_LPC)
		base = find(31, 0, ICH9_CNTL, ICH9_ON);
	if (base == 0 || machine_irq(SCI_LINE, true, &irq) != 0)
		return;
	cpu_outw((uint16_t)(base + PM1_STATUS), BUTTON);
	cpu_outw((uint16_t)(base + PM1_ENABLE), BUTTON);
	cpu_outw((uint16_t)(base + PM1_CONTROL), (uint16_t)(cpu_inw((uint16_t)(base + PM1_CONTROL)) | SCI_EN));
}
INIT(INIT_LATE, power_init);
