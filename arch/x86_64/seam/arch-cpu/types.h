/* SPDX-License-Identifier: ISC */
/* What arch/context.h asks of a CPU: the arch's part of struct thread and struct cpu. */
#ifndef ARCH_CPU_TYPES_H
#define ARCH_CPU_TYPES_H

#include <stdint.h>

struct arch_thread {
	uint64_t ksp; /* saved kernel stack pointer while switched out */
	void *fpu; /* 64-byte aligned XSAVE area inside fpu_mem */
	void *fpu_mem;
	/* The program's FS and GS base. Stale while the thread runs and the CPU has FSGSBASE: arch_tls_save. */
	uint64_t fs_base;
	uint64_t gs_base;
};

/* Used by the entry code: offsets are generated, see x86_64/offsets. */
struct arch_cpu {
	uint64_t kstack_top; /* of the current thread: where an entry begins to push */
	uint64_t scratch; /* the program's stack pointer for a moment, at a system call */
};

#endif
