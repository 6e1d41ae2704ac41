/* SPDX-License-Identifier: ISC */
/* What arch/context.h asks of a CPU: the arch's part of struct thread and struct cpu. */
#ifndef ARCH_CPU_TYPES_H
#define ARCH_CPU_TYPES_H

#include <stdint.h>

struct arch_thread {
	uint64_t ksp; /* saved kernel stack pointer while switched out */
	void *fpu; /* 64-byte aligned XSAVE area */
	uint64_t fs_base; /* the program's thread pointer, and GS; always current here, loaded at a switch */
	uint64_t gs_base;
};

/* Used by the entry code: offsets are generated, see x86_64/offsets. */
struct arch_cpu {
	uint64_t kstack_top; /* of the current thread: where an entry begins to push */
	uint64_t scratch; /* the program's stack pointer for a moment, at a system call */
};

#endif
