/* SPDX-License-Identifier: ISC */
/* The kernel's random numbers: a ChaCha20 generator, keyed from platform_entropy and rekeyed after every request. */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include "lib/base.h"

#pragma GCC visibility push(default)
/* Fit for keys. Works from INIT_TIME on. */
void random_bytes(void *buf, size_t n);
static inline uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof v);
	return v;
}
#pragma GCC visibility pop
#endif
