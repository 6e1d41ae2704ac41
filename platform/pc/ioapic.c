/* SPDX-License-Identifier: ISC */
/*
 * I/O APICs (Intel 82093AA) at the places where virtual machines have them: one at 0xfec00000 and, on QEMU's microvm, a
 * second for virtio's lines. The 8254's line 0 stands at input 2. All lines are active high: emulated machines say so.
 */
#include "apic.h"
#include "drivers/machine.h"

#define FIRST  0xfec00000u
#define STRIDE 0x10000u
#define COUNT  2u
#define WINDOW 4u /* register numbers are words of the page */

#define REG_VERSION  1u
#define REG_REDIRECT 0x10u
#define LEVEL        (1u << 15)
#define PINS_MAX     240u

static volatile uint32_t *base[COUNT];
static unsigned pins[COUNT];

static uint32_t get(unsigned i, unsigned reg)
{
	base[i][0] = reg;
	return base[i][WINDOW];
}

static void set(unsigned i, unsigned reg, uint32_t v)
{
	base[i][0] = reg;
	base[i][WINDOW] = v;
}

static void find(void)
{
	for (unsigned i = 0; i < COUNT; i++) {
		uint32_t version;

		base[i] = machine_map(FIRST + i * STRIDE, 2 * sizeof(uint32_t) * WINDOW);
		if (base[i] == NULL)
			return;
		version = get(i, REG_VERSION);
		if (version == 0 || version == UINT32_MAX || (version >> 16 & 0xff) >= PINS_MAX)
			return;
		pins[i] = (version >> 16 & 0xff) + 1;
	}
}

static bool locate(unsigned line, unsigned *i, unsigned *pin)
{
	if (base[0] == NULL)
		find();
	*pin = line == 0 ? 2 : line;
	for (*i = 0; *i < COUNT && pins[*i] != 0; ++*i) {
		if (*pin < pins[*i])
			return true;
		*pin -= pins[*i];
	}
	return false;
}

bool ioapic_has(unsigned line)
{
	unsigned i, pin;

	return locate(line, &i, &pin);
}

void ioapic_route(unsigned line, unsigned vector, bool level)
{
	unsigned i, pin;

	if (!locate(line, &i, &pin))
		return;
	set(i, REG_REDIRECT + 2 * pin + 1, (uint32_t)(apic_msi_address() >> 12 & 0xff) << 24);
	set(i, REG_REDIRECT + 2 * pin, vector | (level ? LEVEL : 0));
}
