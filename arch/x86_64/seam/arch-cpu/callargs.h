/* SPDX-License-Identifier: ISC */
/* A system call's arguments where the entry saved them: struct callargs is the beginning of a struct trapframe. */
#ifndef ARCH_CPU_CALLARGS_H
#define ARCH_CPU_CALLARGS_H

#include <stdint.h>

struct callargs {
	uintptr_t frame[15];
};

/* Argument i (0 to 5): di, si, dx, r10, r8, r9. */
#define CALLARG(a, i) ((a)->frame[(i) == 0 ? 14 : (i) == 1 ? 13 : (i) == 2 ? 12 : (i) == 3 ? 7 : (i) == 4 ? 9 : 8])

#endif
