/* SPDX-License-Identifier: ISC */
/*
 * ChaCha20 (RFC 8439) as a generator: the first half of every request's first block becomes the next key, so that what
 * was given out cannot be computed from a later state. New entropy is mixed in every MiB.
 */
#include "kernel/random.h"

#include "lib/string.h"
#include "platform/platform.h"

#define KEY_WORDS    8
#define BLOCK_WORDS  16
#define RESEED_BYTES (1ul << 20)

static uint32_t key[KEY_WORDS];
static size_t until_reseed;

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
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

void random_bytes(void *buf, size_t n)
{
	uint32_t out[BLOCK_WORDS], old[KEY_WORDS];
	char *p = buf;
	uint64_t counter = 0;
	size_t have = sizeof out - sizeof key;

	if (until_reseed == 0)
		reseed();
	until_reseed -= MIN(until_reseed, n);
	memcpy(old, key, sizeof old);
	block(old, counter++, out);
	memcpy(key, out, sizeof key);
	memmove(out, out + KEY_WORDS, have);
	for (;;) {
		size_t part = MIN(n, have);

		memcpy(p, out, part);
		p += part;
		n -= part;
		if (n == 0)
			break;
		block(old, counter++, out);
		have = sizeof out;
	}
	memset(out, 0, sizeof out);
	memset(old, 0, sizeof old);
}
