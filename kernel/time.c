/* SPDX-License-Identifier: ISC */
/* The two clocks; clock_settime only moves the difference between the platform's wall clock and ours. */
#include "kernel/time.h"

#include "platform/platform.h"

static int64_t real_offset;

uint64_t time_mono(void)
{
	return platform_mono();
}

uint64_t time_real(void)
{
	return platform_real() + (uint64_t)real_offset;
}

uint64_t time_real_to_mono(uint64_t ns)
{
	uint64_t real = time_real(), mono = time_mono();

	if (ns < real)
		return real - ns > mono ? 0 : mono - (real - ns);
	return ns - real > TIME_NEVER - mono ? TIME_NEVER : mono + (ns - real);
}

void time_set_real(uint64_t ns)
{
	real_offset = (int64_t)(ns - platform_real());
}
