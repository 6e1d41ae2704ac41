/* SPDX-License-Identifier: ISC */
/*
 * Monotonic time is the TSC. Emulators do not say how fast it counts, so it is measured, without waiting, against the
 * 8254 that counts 16 bits, round and round, from boot on. How well the two can be read together (the emulator may be
 * put aside at any time) is known from the TSC before and after; a measurement's quality is its length by that. Until
 * the first good one, after about a millisecond, time is what the 8254 says; from then on the speed is taken again
 * whenever the time since boot has doubled, up to some 10 ppm. How often the 8254 went round follows from the speed
 * before, within the horizon in which that is good enough. Without an 8254 the local APIC's timer serves, for a few
 * milliseconds. Time never steps back: where it has run ahead, it waits.
 */
#include "clock.h"

#include "apic.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

#define PIT_HZ          1193182u
#define PORT_PIT        0x40
#define PORT_PIT_CMD    0x43
#define PIT_MODE0       0x30
#define PIT_STATUS      0xe2 /* latch the status of counter 0: the mode, as it was set */
#define PIT_STATUS_MODE 0x3f
#define PIT_LATCH       0x00

#define ROUGH_TICKS  1200u /* of the 8254: 1 ms */
#define ROUGH        64u /* quality of the first measurement */
#define FINE         100000u /* no better one is needed */
#define HALF_ROUND   16384u
#define TICKS_PER_NS (((uint64_t)PIT_HZ << 32) / NSEC_PER_SEC) /* by 2^32 */
#define HORIZON_MAX  (1u << 30) /* ticks */
#define SURE_CYCLES  20000000u /* at any speed of a TSC the 8254 has not gone round in so many */
#define STEADY       20000u /* cycles that a look at both clocks may take */
#define TRIES        8
#define APIC_NS      5000000u

struct look { /* at both clocks */
	uint64_t tsc, gap; /* the TSC, and how many cycles it may be off */
	uint32_t ticks; /* of the 8254, modulo 2^16 */
};

static struct look first; /* measurements begin here, at first_ns */
static uint64_t first_ns;
static uint64_t boot_tsc;
static bool no_pit;
static uint64_t base_tsc, base_ns; /* time is base_ns at base_tsc */
static uint64_t quality, length; /* of the measurement that gave the speed; length in cycles */
static uint64_t tsc_hz, mult, inverse; /* ns = cycles * mult / 2^32, cycles = ns * inverse / 2^30 */
static uint64_t next_look; /* cycles since first */
static uint64_t last; /* time told, while it may have to wait */

static inline uint64_t scale(uint64_t cycles)
{
	return (uint64_t)((unsigned __int128)cycles * mult >> 32);
}

static void set_speed(uint64_t hz)
{
	tsc_hz = hz;
	mult = (NSEC_PER_SEC << 32) / hz;
	inverse = (hz << 30) / NSEC_PER_SEC;
}

static uint64_t ticks_ns(uint64_t ticks)
{
	return ticks * NSEC_PER_SEC / PIT_HZ;
}

static struct look look(void)
{
	struct look best = {0, UINT64_MAX, 0};

	for (int i = 0; i < TRIES && best.gap > STEADY; i++) {
		uint64_t before = cpu_rdtsc(), gap;
		uint32_t n;

		cpu_outb(PORT_PIT_CMD, PIT_LATCH);
		n = cpu_inb(PORT_PIT);
		n |= (uint32_t)cpu_inb(PORT_PIT) << 8;
		gap = cpu_rdtsc() - before;
		if (gap < best.gap)
			best = (struct look){before + gap / 2, gap, -n & 0xffff};
	}
	return best;
}

static uint64_t quality_of(const struct look *l)
{
	return (l->tsc - first.tsc) / (first.gap + l->gap + 1);
}

void clock_init(void)
{
	cpu_outb(PORT_PIT_CMD, PIT_MODE0);
	cpu_outb(PORT_PIT, 0);
	cpu_outb(PORT_PIT, 0);
	cpu_outb(PORT_PIT_CMD, PIT_STATUS);
	no_pit = (cpu_inb(PORT_PIT) & PIT_STATUS_MODE) != PIT_MODE0;
	first = look();
	boot_tsc = base_tsc = first.tsc;
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
	uint64_t hz = clock_apic_hz(), start, ns, end;

	if (hz == 0 || !apic_count_start())
		panic("this machine has no clock to measure the TSC against");
	start = cpu_rdtsc();
	do
		ns = apic_count() * NSEC_PER_SEC / hz;
	while (ns < APIC_NS);
	end = cpu_rdtsc();
	apic_count_end();
	set_speed((end - start) * NSEC_PER_SEC / ns);
	quality = FINE;
	next_look = UINT64_MAX;
	base_tsc = boot_tsc;
}

/* By the 8254: the speed, if that is better than what is known, and the time. */
static void take(const struct look *l, uint64_t ticks)
{
	if (quality_of(l) > quality) {
		quality = quality_of(l);
		length = l->tsc - first.tsc;
		set_speed(length * PIT_HZ / ticks);
	}
	next_look = quality >= FINE ? UINT64_MAX : 2 * (l->tsc - first.tsc);
	base_tsc = l->tsc;
	base_ns = MAX(first_ns + ticks_ns(ticks), last);
}

/* The first measurement; until it can be made, the time so far. */
static uint64_t measure_first(void)
{
	struct look l;
	uint32_t ticks;

	if (no_pit) {
		measure_by_apic();
		return 0;
	}
	for (bool wait = false;;) {
		l = look();
		ticks = (l.ticks - first.ticks) & 0xffff;
		if (l.tsc - first.tsc >= SURE_CYCLES) { /* too late: begin again, and wait for it */
			first = l;
			wait = true;
		} else if (ticks >= ROUGH_TICKS && quality_of(&l) >= ROUGH) {
			break;
		} else if (!wait) {
			last = MAX(last, ticks_ns(ticks));
			return last;
		}
	}
	set_speed((l.tsc - first.tsc) * PIT_HZ / ticks);
	first_ns = scale(first.tsc - boot_tsc);
	take(&l, ticks);
	return 0;
}

static void measure_again(void)
{
	struct look l = look();
	uint64_t expect = (uint64_t)((unsigned __int128)scale(l.tsc - first.tsc) * TICKS_PER_NS >> 32);
	uint32_t low = (l.ticks - first.ticks) & 0xffff;

	if (expect > MIN(HALF_ROUND * quality, HORIZON_MAX)) {
		base_ns += scale(l.tsc - base_tsc);
		base_tsc = l.tsc;
		first = l;
		first_ns = base_ns;
		next_look = 2 * length;
		return;
	}
	take(&l, low + ((expect + 0x8000 - low) & ~0xffffull));
}

uint64_t platform_mono(void)
{
	uint64_t tsc, now;

	if (UNLIKELY(tsc_hz == 0)) {
		now = measure_first();
		if (tsc_hz == 0)
			return now;
	}
	tsc = cpu_rdtsc();
	if (UNLIKELY(tsc - first.tsc >= next_look))
		measure_again();
	now = base_ns + scale(tsc < base_tsc ? 0 : tsc - base_tsc);
	if (LIKELY(next_look == UINT64_MAX))
		return now;
	last = MAX(last, now);
	return last;
}

uint64_t clock_tsc(uint64_t mono)
{
	uint64_t now = platform_mono();

	return cpu_rdtsc() + (mono <= now ? 0 : (uint64_t)((unsigned __int128)(mono - now) * inverse >> 30));
}
