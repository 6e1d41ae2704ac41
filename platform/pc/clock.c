/* SPDX-License-Identifier: ISC */
/*
 * Monotonic time is the TSC. Emulators do not say how fast it counts, so it is measured, without waiting, against the
 * 8254 that counts 16 bits from boot on. In the first millisecond time is what the 8254 says. Then the speed is known
 * to about 1 %, and is taken again whenever the time since boot has doubled, until that is half a second (some ppm):
 * how often the 8254 went round follows from the speed before, within the horizon in which that is good enough for it.
 * Where there is no 8254, the local APIC's timer is taken, for a few milliseconds. Time never steps back.
 */
#include "clock.h"

#include "apic.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

#define PIT_HZ       1193182u
#define PORT_PIT     0x40
#define PORT_PIT_CMD 0x43
#define PIT_MODE0    0x30
#define PIT_LATCH    0x00

#define ROUGH_TICKS 1200u /* of the 8254: 1 ms */
#define FINE_TICKS  (PIT_HZ / 2)
#define HORIZON     (32768u / 40) /* per tick measured over: half a round, by the ticks that a measurement may be wrong */
#define SURE_CYCLES 20000000u /* at any speed of a TSC the 8254 has not gone round in so many */
#define DEAD_CYCLES 100000000u /* and has counted ROUGH_TICKS in so many */
#define STEADY      20000u /* cycles that a look at both clocks may take */
#define TRIES       8
#define APIC_NS     5000000u

static uint64_t pit_tsc; /* the TSC when the 8254 began to count */
static uint64_t base_tsc, base_ns; /* time is base_ns at base_tsc */
static uint64_t measured; /* ticks over which the speed was taken; FINE_TICKS or more: no better is needed */
static uint64_t tsc_hz, mult, inverse; /* ns = cycles * mult / 2^32, cycles = ns * inverse / 2^30 */
static uint64_t next_look; /* cycles since pit_tsc */

static inline uint64_t scale(uint64_t cycles)
{
	return (uint64_t)((unsigned __int128)cycles * mult >> 32);
}

static void set_speed(uint64_t hz, uint64_t ticks)
{
	tsc_hz = hz;
	mult = (NSEC_PER_SEC << 32) / hz;
	inverse = (hz << 30) / NSEC_PER_SEC;
	measured = ticks;
	next_look = ticks >= FINE_TICKS ? UINT64_MAX : 2 * ticks * hz / PIT_HZ;
}

static void pit_start(void)
{
	cpu_outb(PORT_PIT_CMD, PIT_MODE0);
	cpu_outb(PORT_PIT, 0);
	cpu_outb(PORT_PIT, 0);
	pit_tsc = cpu_rdtsc();
}

/* The 8254's ticks since pit_start, modulo 2^16, and the TSC at the same time. */
static uint32_t pit_read(uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, before, after;
	uint32_t ticks = 0;

	for (int i = 0; i < TRIES && best > STEADY; i++) {
		uint32_t n;

		before = cpu_rdtsc();
		cpu_outb(PORT_PIT_CMD, PIT_LATCH);
		n = cpu_inb(PORT_PIT);
		n |= (uint32_t)cpu_inb(PORT_PIT) << 8;
		after = cpu_rdtsc();
		if (after - before < best) {
			best = after - before;
			ticks = -n & 0xffff;
			*tsc = before + best / 2;
		}
	}
	return ticks;
}

void clock_init(void)
{
	pit_start();
	base_tsc = pit_tsc;
}

uint64_t clock_apic_hz(void)
{
	struct cpuid id = cpu_id(0x40000000, 0);

	if ((id.b == 0x54474354 && id.c == 0x43544743) || (id.b == 0x4b4d564b && id.c == 0x564b4d56)) /* TCG, KVM */
		return NSEC_PER_SEC;
	return 0;
}

static void measure_by_apic(void)
{
	uint64_t start = cpu_rdtsc(), ns, end;

	if (clock_apic_hz() == 0 || !apic_count_start())
		panic("this machine has no clock to measure the TSC against");
	do
		ns = apic_count() * NSEC_PER_SEC / clock_apic_hz();
	while (ns < APIC_NS);
	end = cpu_rdtsc();
	apic_count_end();
	set_speed((end - start) * NSEC_PER_SEC / ns, FINE_TICKS);
}

/* The first measurement; the time so far while it is too early for it, else 0. */
static uint64_t measure_first(void)
{
	uint64_t tsc;
	uint32_t ticks = pit_read(&tsc);

	if (tsc - pit_tsc < SURE_CYCLES && ticks < ROUGH_TICKS)
		return (uint64_t)ticks * NSEC_PER_SEC / PIT_HZ;
	if (tsc - pit_tsc >= SURE_CYCLES) {
		pit_start();
		do
			ticks = pit_read(&tsc);
		while (ticks < ROUGH_TICKS && tsc - pit_tsc < DEAD_CYCLES);
	}
	if (ticks < ROUGH_TICKS)
		measure_by_apic();
	else
		set_speed((tsc - pit_tsc) * PIT_HZ / ticks, ticks);
	return 0;
}

static void measure_again(void)
{
	uint64_t tsc, expect, ticks, now;
	uint32_t low = pit_read(&tsc);

	expect = (tsc - pit_tsc) * PIT_HZ / tsc_hz;
	now = base_ns + scale(tsc - base_tsc);
	base_tsc = tsc;
	base_ns = now;
	if (expect > measured * HORIZON) {
		pit_start();
		next_look = 2 * measured * tsc_hz / PIT_HZ;
		return;
	}
	ticks = low + ((expect + 0x8000 - low) & ~0xffffull);
	set_speed((tsc - pit_tsc) * PIT_HZ / ticks, ticks);
}

uint64_t platform_mono(void)
{
	uint64_t tsc;

	if (UNLIKELY(tsc_hz == 0)) {
		uint64_t early = measure_first();

		if (tsc_hz == 0)
			return early;
	}
	tsc = cpu_rdtsc();
	if (UNLIKELY(tsc - pit_tsc >= next_look))
		measure_again();
	return base_ns + scale(tsc < base_tsc ? 0 : tsc - base_tsc);
}

uint64_t clock_tsc(uint64_t mono)
{
	uint64_t now = platform_mono();

	return cpu_rdtsc() + (mono <= now ? 0 : (uint64_t)((unsigned __int128)(mono - now) * inverse >> 30));
}
