/* SPDX-License-Identifier: ISC */
/*
 * The contract between the tender (host/sandbox) and the kernel inside (platform/sandbox).
 *
 * The image is an ELF file: a static PIE kernel, a note that says where its signal handler is, and behind it a read-only
 * PT_LOAD, page-aligned in the file, that begins with struct image_header (abi/image.h). The tender maps and
 * relocates the kernel at a random address, maps guest memory (a memfd of mem_size bytes) at direct_base and the
 * payload read-only at direct_base + payload_pa, installs handlers and filter, and calls
 *
 *	entry(struct boot_info *boot)
 *
 * on a stack of SANDBOX_STACK_SIZE bytes with every signal unmasked. What it was itself is unmapped by then.
 *
 * Host calls leave from the gate alone: `long gate(nr, a, b, c, d, e, f)` as a C function at boot->gate; the host's
 * result, -errno included. The kernel has the descriptors of boot_info and 0, 1, 2. What may be called with which
 * arguments is the table in host/sandbox/hostcalls.c; anything else at the gate ends the process (SIGSYS), a system call
 * from anywhere else raises SIGSYS in the handler.
 *
 * Signals arrive at handler(sig, siginfo_t *, ucontext_t *) on a signal stack of their own. The synchronous ones
 * (SANDBOX_SYNC_SIGNALS) come unmasked and the handler may leave as it likes; the others mask each other until the
 * handler returns.
 */
#ifndef ABI_SANDBOX_H
#define ABI_SANDBOX_H

#include <stdint.h>

#define SANDBOX_VERSION 1u
#define SANDBOX_NOTE    0x4b10u /* type; owner IMAGE_NOTE_OWNER */

struct sandbox_note {
	uint32_t version;
	uint32_t reserved;
	uint64_t signal_handler; /* before relocation, as e_entry */
};

/* Program addresses. Everything of the kernel's is above, at random places. */
#define SANDBOX_USER_MAX   0x700000000000ull
#define SANDBOX_KERNEL_MAX 0x7e0000000000ull

#define SANDBOX_STACK_SIZE        16384u
#define SANDBOX_SIGNAL_STACK_SIZE 65536u

/* boot_info.sandbox_flags */
#define SANDBOX_NO_PATCH 1u /* leave the program's system calls as they are: each one traps */

/* Bits 1 << signal. SIGILL TRAP BUS FPE SEGV SYS; SIGALRM IO, and those that are meant for the programs: SIGHUP INT QUIT
 * USR1 USR2 TERM WINCH. */
#define SANDBOX_SYNC_SIGNALS  (1ull << 4 | 1ull << 5 | 1ull << 7 | 1ull << 8 | 1ull << 11 | 1ull << 31)
#define SANDBOX_HOST_SIGNALS  (1ull << 1 | 1ull << 2 | 1ull << 3 | 1ull << 10 | 1ull << 12 | 1ull << 15 | 1ull << 28)
#define SANDBOX_ASYNC_SIGNALS (1ull << 14 | 1ull << 29 | SANDBOX_HOST_SIGNALS)

/* With --debug, for a debugger, the tender executes int3 when the kernel is mapped: this in rax, the kernel's base in rdi,
 * its entry in rsi. Call sites are not replaced then. */
#define SANDBOX_DEBUG_MAGIC 0x67756265646e6c6bull

/* The tender's own failures: bad image, no memory, no tap. A program's status is its own. */
#define SANDBOX_STATUS_FAILED 125

#endif
