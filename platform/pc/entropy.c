/* SPDX-License-Identifier: ISC */
/*
 * Random bytes: RDSEED, else RDRAND (SDM volume 1, 7.3.17), each mixed with the TSC. A CPU without either (QEMU's
 * qemu64) leaves the jitter of the TSC over many reads of a port, which cost the emulator a varying time; a bit of
 * each of 64 looks is counted on for one word.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

#define TRIES      32
#define LOOKS      64
#define PORT_DELAY 0x80

static uint64_t state;

/* splitmix64's finaliser: each bit of the input reaches all of the output. */
static uint64_t mix(uint64_t v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9ull;
	v = (v ^ v >> 27) * 0x94d049bb133111ebull;
	return v ^ v >> 31;
}

static bool rdseed(uint64_t *v)
{
	bool ok = false;

	for (int i = 0; i < TRIES && !ok; i++)
		__asm__ volatile("rdseed %0" : "=r"(*v), "=@ccc"(ok));
	return ok;
}

static bool rdrand(uint64_t *v)
{
	bool ok = false;

	for (int i = 0; i < TRIES && !ok; i++)
		__asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(ok));
	return ok;
}

static uint64_t word(void)
{
	static bool known, have_seed, have_rand;
	uint64_t v;

	if (!known) {
		have_rand = (cpu_id(1, 0).c & 1u << 30) != 0;
		have_seed = cpu_id(0, 0).a >= 7 && (cpu_id(7, 0).b & 1u << 18) != 0;
		known = true;
	}
	if ((have_seed && rdseed(&v)) || (have_rand && rdrand(&v)))
		return state = mix(state ^ v) ^ v;
	for (int i = 0; i < LOOKS; i++) {
		state = mix(state ^ cpu_rdtsc());
		cpu_inb(PORT_DELAY);
	}
	return state;
}

void platform_entropy(void *buf, size_t n)
{
	for (char *p = buf; n > 0;) {
		uint64_t v = word();
		size_t k = MIN(n, sizeof v);

		memcpy(p, &v, k);
		p += k;
		n -= k;
	}
}
