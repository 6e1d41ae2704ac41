/* SPDX-License-Identifier: ISC */
/*
 * Clocks. Until the TSC's frequency is known, and where it is no good, CLOCK_MONOTONIC is read through the gate
 * (some 160 ns). The frequency is learned on the way: two readings of both clocks, CALIBRATE_NS apart, give it to a few
 * parts in a million; from then on each REFRESH_NS the host's clock is read once and the rate corrected, so that we
 * follow what NTP does to it. Time never goes back: after a correction it waits.
 */
#include "kernel/time.h"
#include "platform/platform.h"
#include "sandbox.h"
#include "x86_64/cpu.h"

#include <linux/time.h>
#include <linux/time_types.h>

#define CALIBRATE_NS   (20 * 1000 * 1000ull)
#define REFRESH_NS     (500 * 1000 * 1000ull)
#define EARLY_NS       (1000 * 1000ull) /* by which the kernel takes a timer's event as its own */
#define TRIES          4
#define CLOSE_TICKS    20000u
#define SHIFT          32
#define CPUID_EXTENDED 0x80000000u
#define CPUID_POWER    0x80000007u
#define INVARIANT      (1u << 8)
#define WILD_NS        (5 * 1000 * 1000ull) /* the TSC and the host's clock disagree so much: never again */

static uint64_t mono_offset; /* the host's clock at boot */
static uint64_t first_tsc, first_ns; /* the first reading of both */
static uint64_t base_tsc, base_ns, rate; /* ns = base_ns + (tsc - base_tsc) * rate >> SHIFT; 0: not known */
static uint64_t refresh_tsc; /* when the base is too old */
static uint64_t real_offset; /* to the wall clock */
static uint64_t last;
static bool no_tsc;
static uint64_t core_deadline = TIME_NEVER, tick_deadline = TIME_NEVER;
static volatile uint64_t host_armed = TIME_NEVER; /* cleared by the signal */

static uint64_t host_clock(int clock)
{
	struct __kernel_timespec ts;

	host_call(__NR_clock_gettime, clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static inline uint64_t scaled(uint64_t ticks)
{
	return (uint64_t)((unsigned __int128)ticks * rate >> SHIFT);
}

static bool tsc_is_steady(void)
{
	return cpu_id(CPUID_EXTENDED, 0).a >= CPUID_POWER && (cpu_id(CPUID_POWER, 0).d & INVARIANT) != 0;
}

/* The host's clock and the TSC at the same time: the best of a few tries, as the host may interrupt us in between. */
static uint64_t read_pair(uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, ns = 0;

	for (int i = 0; i < TRIES && best > CLOSE_TICKS; i++) {
		uint64_t before = cpu_rdtsc(), now = host_clock(CLOCK_MONOTONIC) - mono_offset,
			 took = cpu_rdtsc() - before;

		if (took < best) {
			best = took;
			ns = now;
			*tsc = before + took / 2;
		}
	}
	return ns;
}

void time_start(void)
{
	mono_offset = host_clock(CLOCK_MONOTONIC);
	first_ns = read_pair(&first_tsc);
}

static uint64_t rate_of(uint64_t ns, uint64_t ticks)
{
	while (ns >> SHIFT != 0) {
		ns >>= 1;
		ticks >>= 1;
	}
	return ticks == 0 ? 0 : (ns << SHIFT) / ticks;
}

/* Reads the host's clock and, when enough time has gone by, sets base and rate anew. */
static uint64_t read_host(void)
{
	uint64_t tsc, now = host_clock(CLOCK_MONOTONIC) - mono_offset;

	if (no_tsc || now - first_ns < CALIBRATE_NS)
		return now;
	if (rate == 0 && !tsc_is_steady()) {
		no_tsc = true;
		return now;
	}
	now = read_pair(&tsc);
	if (rate != 0) {
		uint64_t guess = base_ns + scaled(tsc - base_tsc), off = guess > now ? guess - now : now - guess;

		if (off > WILD_NS + (now - base_ns) / 1024) {
			no_tsc = true;
			rate = 0;
			return now;
		}
	}
	rate = rate_of(now - first_ns, tsc - first_tsc);
	if (rate == 0) {
		no_tsc = true;
		return now;
	}
	base_tsc = tsc;
	base_ns = now;
	real_offset = host_clock(CLOCK_REALTIME) - now;
	refresh_tsc = (REFRESH_NS << SHIFT) / rate;
	/* A short memory: the rate of the last minutes, not of the last year. */
	if (now - first_ns > 64 * REFRESH_NS) {
		first_tsc += (tsc - first_tsc) / 2;
		first_ns += (now - first_ns) / 2;
	}
	return now;
}

uint64_t platform_mono(void)
{
	uint64_t ticks, now;

	if (rate != 0 && (ticks = cpu_rdtsc() - base_tsc) < refresh_tsc)
		now = base_ns + scaled(ticks);
	else
		now = read_host();
	if (now < last)
		return last;
	last = now;
	return now;
}

/* As long as the TSC tells the time, the host's wall clock is looked at when its monotonic one is. */
uint64_t platform_real(void)
{
	uint64_t now = platform_mono();

	return rate != 0 ? now + real_offset : host_clock(CLOCK_REALTIME);
}

/* The host's timer stands at the earlier of what the kernel and what platform_poll asked for, or earlier still. */
static void rearm(void)
{
	struct __kernel_itimerspec its = {0};
	uint64_t want = MIN(core_deadline, tick_deadline), host = want + mono_offset;

	if (want >= host_armed)
		return;
	host_armed = want; /* first, as the signal may come at once */
	its.it_value.tv_sec = (__kernel_time64_t)(host / NSEC_PER_SEC);
	its.it_value.tv_nsec = (long long)(host % NSEC_PER_SEC);
	host_call(__NR_timer_settime, sandbox_boot->timer, 1 /* TIMER_ABSTIME */, &its, 0);
}

void platform_timer_arm(uint64_t deadline)
{
	core_deadline = deadline;
	rearm();
}

void time_tick(uint64_t now, uint64_t deadline)
{
	/* What fired is done; the kernel finds out by itself and arms anew. */
	if (host_armed == TIME_NEVER && core_deadline != TIME_NEVER && core_deadline <= now + EARLY_NS)
		core_deadline = TIME_NEVER;
	tick_deadline = deadline;
	rearm();
}

void time_timer_fired(void)
{
	host_armed = TIME_NEVER;
}
