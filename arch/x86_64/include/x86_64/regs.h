/* SPDX-License-Identifier: ISC */
/*
 * The saved registers of a program, at the top of its thread's kernel stack: the order of Linux's struct pt_regs
 * (asm/ptrace.h), so that core files and ptrace need no translation. `orig_ax` is the system call's number while in a
 * call, or -1 for a fault or interrupt (then no call is restarted).
 */
#ifndef X86_64_REGS_H
#define X86_64_REGS_H

#include <stdint.h>

struct trapframe {
	uint64_t r15, r14, r13, r12, bp, bx;
	uint64_t r11, r10, r9, r8, ax, cx, dx, si, di;
	uint64_t orig_ax;
	uint64_t ip, cs, flags, sp, ss;
};

/* What a program sees in cs and ss, as on Linux. */
#define X86_USER_CS 0x33
#define X86_USER_SS 0x2b

#define X86_TRAP_DE  0
#define X86_TRAP_DB  1
#define X86_TRAP_NMI 2
#define X86_TRAP_BP  3
#define X86_TRAP_OF  4
#define X86_TRAP_BR  5
#define X86_TRAP_UD  6
#define X86_TRAP_NM  7
#define X86_TRAP_DF  8
#define X86_TRAP_SS  12
#define X86_TRAP_GP  13
#define X86_TRAP_PF  14
#define X86_TRAP_MF  16
#define X86_TRAP_AC  17
#define X86_TRAP_MC  18
#define X86_TRAP_XM  19

#define X86_PF_PRESENT 1u
#define X86_PF_WRITE   2u
#define X86_PF_USER    4u
#define X86_PF_INSTR   16u

#endif
