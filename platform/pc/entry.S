/* SPDX-License-Identifier: ISC */
/*
 * Ways into the kernel from a program (syscall, exception, interrupt) and from the kernel itself (exception in a copy
 * from or to a program, interrupt while idle), and the ways back. Each saves a struct trapframe; a program's stands at
 * the top of its thread's kernel stack. There is one CPU, so its state has a fixed address and GS stays the program's.
 *
 * A system call leaves by sysret when rcx and r11 are what sysret puts into rip and flags, rip is below the hole in
 * the address space (else sysret faults in ring 0 on the program's stack) and the flags are a program's, with no
 * single-stepping; else, as all other ways, by iretq.
 */
#include "platform_pc.h"
#include "x86_64/cfi.inc"
#include "x86_64/frame.inc"
#include "x86_64/smap.inc"

#define USER_CS 0x33 /* X86_USER_CS, X86_USER_SS */
#define USER_SS 0x2b
#define FREE_FLAGS 0x240cd5 /* CF PF AF ZF SF DF OF AC ID: a program may have them as it likes */
#define SET_FLAGS  0x202 /* IF, and the bit that is always set: the others must be so */

	.section .text.pc_entry, "ax", @progbits
ways_start:
	.globl	pc_syscall_entry, pc_trap_stubs
	.hidden	pc_syscall_entry, pc_trap_stubs

	.balign	64
pc_syscall_entry:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa %rsp, 0
	.cfi_register %rip, %rcx
	movq	%rsp, cpu_boot + CPU_SCRATCH(%rip)
	movq	cpu_boot + CPU_KSTACK_TOP(%rip), %rsp
	pushq	$USER_SS
	pushq	cpu_boot + CPU_SCRATCH(%rip)
	pushq	%r11
	pushq	$USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	FRAME_PUSH
	movq	%rsp, %rdi
	subq	$8, %rsp
	CFI_FRAME 8
	call	personality_syscall
	cmpq	$0, cpu_boot + CPU_NEED_RESCHED(%rip) /* and events, which follows it */
	leaq	8(%rsp), %rsp
	CFI_FRAME 0
	jne	3f
1:	movq	FRAME_CX(%rsp), %rcx
	movq	FRAME_R11(%rsp), %r11
	cmpq	FRAME_IP(%rsp), %rcx
	jne	4f
	cmpq	FRAME_FLAGS(%rsp), %r11
	jne	4f
	movq	%rcx, %rax
	shrq	$47, %rax
	jne	4f
	movl	%r11d, %eax
	andl	$~FREE_FLAGS, %eax
	cmpl	$SET_FLAGS, %eax
	jne	4f
	FRAME_POP_SAVED
	addq	$8, %rsp
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	FRAME_SP - FRAME_ORIG_AX(%rsp), %rsp
	sysretq
3:	movq	%rsp, %rdi
	subq	$8, %rsp
	CFI_FRAME 8
	call	pc_leave
	addq	$8, %rsp
	jmp	1b
4:	movq	%rsp, %rdi
	subq	$8, %rsp
	call	pc_frame_check
	addq	$8, %rsp
	jmp	pc_iret
	.cfi_endproc

	.cfi_startproc simple
	.cfi_signal_frame
	CFI_FRAME -FRAME_DI /* the rest is not pushed yet */
trap_common:
	cld
	CLAC
	FRAME_PUSH
	movq	FRAME_ORIG_AX(%rsp), %rsi
	movq	$-1, FRAME_ORIG_AX(%rsp)
	movq	%rsp, %rdx
	subq	$8, %rsp
	CFI_FRAME 8
	testb	$3, FRAME_CS + 8(%rsp)
	jz	1f
	call	pc_trap_user
	movq	%rsp, %rdi
	addq	$8, %rdi
leave:	call	pc_leave
	leaq	8(%rsp), %rdi
	call	pc_frame_check
	addq	$8, %rsp
	jmp	pc_iret
1:	call	pc_trap_kernel
	addq	$8, %rsp
pc_iret:
	FRAME_POP
	addq	$8, %rsp
	iretq
	.cfi_endproc

/* NORETURN void pc_user_enter(struct trapframe *tf) */
	.globl	pc_user_enter
	.hidden	pc_user_enter
pc_user_enter:
	leaq	-8(%rdi), %rsp
	jmp	leave

/* One stub of 16 bytes for each vector, so that their addresses need no table. */
.macro STUB vector
	.balign	16
	.if !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30)
	pushq	$0
	.endif
	pushq	%rdi
	movl	$\vector, %edi
	jmp	trap_common
.endm

	.altmacro
	.balign	16
pc_trap_stubs:
	.set	vector, 0
	.rept	PC_VECTORS
	STUB	%vector
	.set	vector, vector + 1
	.endr

ways_end:
	DEBUG_ADDRESS ways_start
	DEBUG_ADDRESS ways_end

	.section .note.GNU-stack, "", @progbits
