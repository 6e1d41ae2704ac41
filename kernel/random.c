/* SPDX-License-Identifier: ISC */
/*
 * ChaCha20 (RFC 8439) as a generator: of every two blocks the last words become the next key, and the rest is cleared as it
 * is given out, so that it cannot be computed from a later state. New entropy is mixed in every MiB.
 */
#include "kernel/random.h"

#include "lib/string.h"
#include "platform/platform.h"

#define KEY_WORDS    8
#define BLOCK_WORDS  16
#define POOL_WORDS   (2 * BLOCK_WORDS - KEY_WORDS)
#define RESEED_BYTES (1ul << 20)

static uint32_t key[KEY_WORDS];
static size_t until_reseed;
static uint32_t pool[2 * BLOCK_WORDS];
static size_t pooled; /* bytes that are left before the key's */

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static __attribute__((noinline)) void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b, *d = rotl(*d ^ *a, 16);
	*c += *d, *b = rotl(*b ^ *c, 12);
	*a += *b, *d = rotl(*d ^ *a, 8);
	*c += *d, *b = rotl(*b ^ *c, 7);
}

static void block(const uint32_t *k, uint64_t counter, uint32_t out[BLOCK_WORDS])
{
	uint32_t in[BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

	memcpy(in + 4, k, KEY_WORDS * sizeof *k);
	in[12] = (uint32_t)counter;
	in[13] = (uint32_t)(counter >> 32);
	memcpy(out, in, sizeof in);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 4; i++)
			quarter(&out[i], &out[4 + i], &out[8 + i], &out[12 + i]);
		for (unsigned i = 0; i < 4; i++)
			quarter(&out[i], &out[4 + (i + 1) % 4], &out[8 + (i + 2) % 4], &out[12 + (i + 3) % 4]);
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

static void reseed(void)
{
	uint32_t fresh[KEY_WORDS];

	platform_entropy(fresh, sizeof fresh);
	for (unsigned i = 0; i < KEY_WORDS; i++)
		key[i] ^= fresh[i];
	until_reseed = RESEED_BYTES;
}

/* The last words become the next key. */
static void refill(void)
{
	if (until_reseed == 0)
		reseed();
	until_reseed -= MIN(until_reseed, sizeof pool);
	block(key, 0, pool);
	block(key, 1, pool + BLOCK_WORDS);
	memcpy(key, pool + POOL_WORDS, sizeof key);
	memset(pool + POOL_WORDS, 0, sizeof key);
	pooled = POOL_WORDS * sizeof *pool;
}

void random_bytes(void *buf, size_t n)
{
	for (char *p = buf; n > 0;) {
		char *from = (char *)(pool + POOL_WORDS) - pooled;
		size_t part = MIN(n, pooled);

		memcpy(p, from, part);
		memset(from, 0, part);
		p += part;
		n -= part;
		pooled -= part;
		if (n > 0)
			refill();
	}
}
