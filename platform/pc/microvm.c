/* SPDX-License-Identifier: ISC */
/*
 * Where virtio's devices in memory are: words virtio_mmio.device=SIZE@ADDRESS:LINE[:ID] of the command line (Linux's
 * admin-guide/kernel-parameters; QEMU's microvm without ACPI and Firecracker add them), else what QEMU's microvm has
 * with ACPI: 24 or 8 regions from 0xfeb00000 on, with lines of the second I/O APIC, or from 16 on. A PC with a PCI bus
 * has none, and other things at that address.
 */
#include "abi/boot.h"
#include "abi/errno.h"
#include "apic.h"
#include "drivers/machine.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "platform_pc.h"

#define WORD             "virtio_mmio.device="
#define BASE             0xfeb00000u
#define STRIDE           512u
#define MAGIC            0x74726976u
#define FIRST_LINE       16u
#define SECOND_APIC_LINE 24u

/* A number with an optional unit, as SIZE has it ("4K", "512", "0x200"). */
static uint64_t with_unit(const char *s, const char **end)
{
	uint64_t n = str_to_u64(s, end);

	if (**end == 'K' || **end == 'k')
		n <<= 10, ++*end;
	return n;
}

static const char *find_word(const char *s)
{
	for (; *s != '\0'; s++)
		if (strncmp(s, WORD, sizeof WORD - 1) == 0)
			return s + sizeof WORD - 1;
	return NULL;
}

static bool parse(const char *s, paddr_t *pa, size_t *size, unsigned *line)
{
	*size = with_unit(s, &s);
	if (*s++ != '@')
		return false;
	*pa = str_to_u64(s, &s);
	if (*s++ != ':')
		return false;
	*line = (unsigned)str_to_u64(s, &s);
	return true;
}

bool machine_is_microvm(void)
{
	volatile uint32_t *first;

	if (machine_pci_read(0, 0, 0, 0, 4) != UINT32_MAX)
		return false;
	first = machine_map(BASE, STRIDE);
	return first != NULL && *first == MAGIC;
}

int machine_virtio_mmio(unsigned i, paddr_t *pa, size_t *size, unsigned *line)
{
	const char *s = (const char *)platform_boot_info()->cmdline;
	static int microvm = -1;
	bool second;

	s = s == NULL ? NULL : find_word(s);
	if (s != NULL) {
		for (; s != NULL && i > 0; i--)
			s = find_word(s);
		return s != NULL && parse(s, pa, size, line) ? 0 : -ENOENT;
	}
	if (microvm < 0)
		microvm = machine_is_microvm();
	second = ioapic_has(SECOND_APIC_LINE);
	if (!microvm || i >= (second ? 24u : 8u))
		return -ENOENT;
	*pa = BASE + i * STRIDE;
	*size = STRIDE;
	*line = (second ? SECOND_APIC_LINE : FIRST_LINE) + i;
	return 0;
}
