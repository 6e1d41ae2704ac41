/* SPDX-License-Identifier: ISC */
/* Platform seam, for profiles: optional, linked only beside who uses it. */
#ifndef PLATFORM_SAMPLE_H
#define PLATFORM_SAMPLE_H

#include "lib/base.h"

struct trapframe;

#pragma GCC visibility push(default)
/*
 * From now on calls fn about a thousand times a second with the registers that the CPU had, in a program or (in_kernel) in
 * the kernel: there from a context in which nothing may fault, sleep, allocate or expect a consistent structure.
 * tf is fn's to read until it returns. 0 or -errno.
 */
int platform_sample_start(void (*fn)(const struct trapframe *tf, bool in_kernel)) MUST_CHECK;
/* The idle thread's registers: it was waiting, not working. */
bool platform_sample_idle(const struct trapframe *tf);
#pragma GCC visibility pop

#endif
