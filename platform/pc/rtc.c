/* SPDX-License-Identifier: ISC */
/* The wall clock: an MC146818 (CMOS), asked once, in UTC; monotonic time from then on. */
#include "kernel/time.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

#define PORT_INDEX 0x70
#define PORT_DATA  0x71
#define NMI_OFF    0x80
#define SECOND     0x00
#define MINUTE     0x02
#define HOUR       0x04
#define DAY        0x07
#define MONTH      0x08
#define YEAR       0x09
#define STATUS_A   0x0a
#define STATUS_B   0x0b
#define UPDATING   0x80
#define BINARY     0x04
#define HOURS_24   0x02
#define PM         0x80
#define PATIENCE   100000u

static uint8_t get(uint8_t reg)
{
	cpu_outb(PORT_INDEX, reg | NMI_OFF);
	return cpu_inb(PORT_DATA);
}

static unsigned number(uint8_t v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15u);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; years count from March, so that February is the last. */
static uint64_t days(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;

	return 365ull * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* Seconds since the epoch; 0: there is no such clock. */
static uint64_t read_rtc(void)
{
	uint8_t first[6], again[6], b;
	static const uint8_t regs[] = {SECOND, MINUTE, HOUR, DAY, MONTH, YEAR};
	unsigned v[6], hour;
	bool same;

	if (get(STATUS_A) == 0xff)
		return 0;
	/* Read until two looks agree with no update between. */
	for (unsigned n = 0; n < PATIENCE; n++) {
		if ((get(STATUS_A) & UPDATING) != 0)
			continue;
		same = true;
		for (unsigned i = 0; i < sizeof regs; i++)
			first[i] = get(regs[i]);
		for (unsigned i = 0; i < sizeof regs; i++) {
			again[i] = get(regs[i]);
			same &= again[i] == first[i];
		}
		if (same)
			break;
	}
	b = get(STATUS_B);
	for (unsigned i = 0; i < sizeof regs; i++)
		v[i] = number(i == 2 ? first[i] & ~PM & 0xff : first[i], (b & BINARY) != 0);
	hour = v[2];
	if ((b & HOURS_24) == 0)
		hour = hour % 12 + ((first[2] & PM) != 0 ? 12 : 0);
	return ((days(2000 + v[5], v[4], v[3]) * 24 + hour) * 60 + v[1]) * 60 + v[0];
}

uint64_t platform_real(void)
{
	static uint64_t offset;

	if (offset == 0)
		offset = read_rtc() * NSEC_PER_SEC - platform_mono();
	return offset + platform_mono();
}
