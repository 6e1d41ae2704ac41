/* SPDX-License-Identifier: ISC */
/*
 * What a guest tells while it runs (samples of a profile, marks of its boot), on every platform: a ring in guest memory,
 * which the launcher made and sees (QEMU: memory-backend-file; sandbox: the tender's --memory-fd). Nothing leaves the
 * guest by a port or a host call. The launcher finds the ring by its first page: pages whose header holds the magic
 * and their own physical address.
 *
 * The guest writes records at `head`, the launcher reads them at `tail`; both run free, modulo size. A record is
 * never half visible. What finds no room is counted in `lost` and gone. The launcher trusts nothing in it.
 */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

#define TRACE_MAGIC      0x6563617254ull /* with TRACE_MAGIC_HIGH: never stands so in a program's text */
#define TRACE_MAGIC_HIGH (0x4b69ull << 48)
#define TRACE_DATA       4096u /* the data begins behind the header's page */

struct trace_ring {
	uint64_t magic;
	uint64_t pa; /* of this header */
	uint64_t size; /* of the data, a power of two */
	uint64_t head, lost;
	uint64_t tail; /* the launcher's */
};

enum trace_type { TRACE_SAMPLE = 1, TRACE_MAP, TRACE_KERNEL, TRACE_MARK, TRACE_CORE };

struct trace_record {
	uint32_t size; /* of the whole record, a multiple of 8 */
	uint16_t type;
	uint16_t flags;
};

/* Registers are those of Linux's struct pt_regs (asm/ptrace.h), in its order. */
#define TRACE_REGS 21

enum trace_sample_flags { TRACE_IN_KERNEL = 1 };

/* Followed by kernel_bytes of the kernel's stack from kernel_regs' sp on, then user_bytes of the program's. */
struct trace_sample {
	struct trace_record record;
	uint32_t pid, tid; /* 0: a thread of the kernel's */
	char comm[16];
	uint32_t kernel_bytes, user_bytes;
	uint64_t kernel_regs[TRACE_REGS]; /* with TRACE_IN_KERNEL */
	uint64_t regs[TRACE_REGS]; /* the program's; where it entered the kernel, if it is there */
};

/* Executable memory of a program, from now on; what an earlier one said about the addresses is void. */
struct trace_map {
	struct trace_record record;
	uint32_t pid, reserved;
	uint64_t start, end, offset; /* of start in the file */
	char name[]; /* NUL-terminated */
};

struct trace_kernel {
	struct trace_record record;
	uint64_t base; /* where a position-independent kernel is; 0: where it was linked */
};

/*
 * The next pieces of a core file. The guest waits until the launcher has taken them, and says so with a byte of the
 * guest's memory at `answer`: 1 they are written, 2 they could not be.
 */
enum trace_core_flags { TRACE_CORE_FIRST = 1, TRACE_CORE_LAST = 2 };
#define TRACE_CORE_HOLE UINT64_MAX /* zeros, which need no room in the file */

struct trace_piece {
	uint64_t pa, size;
};

/* Followed by `count` pieces. */
struct trace_core {
	struct trace_record record;
	uint32_t pid, count;
	char comm[16];
	uint64_t answer;
};

enum trace_mark_flags { TRACE_POINT = 1 }; /* a moment; else the end of what began at the mark before */

struct trace_mark {
	struct trace_record record;
	uint64_t ns; /* the guest's monotonic time; 0: its clocks did not run yet */
	uint64_t tsc;
	char name[40];
};

#endif
