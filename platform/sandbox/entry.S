/* SPDX-License-Identifier: ISC */
/*
 * Ways into the kernel from a program and back. There is one CPU, so its state has a fixed address and GS is the
 * program's. A program's registers stand in a struct trapframe at the top of its thread's kernel stack; the stack
 * pointer is 8 below it whenever C is called, as the ABI wants it.
 *
 * In: a patched call site jumps to sandbox_call (through a stub, patch.c); signals leave their handler by sandbox_leave
 * or, the asynchronous ones, by sigreturn to sandbox_async_entry. Out: flags, then registers, then the stack, then a
 * jump through memory: no iretq, no popfq unless the flags are odd, both are slow.
 *
 * Between sandbox_exit_check and sandbox_exit_end a signal is too late to be seen by the check; its handler sends the
 * thread back to sandbox_exit_again, which is right since the frame is only read here.
 */
#include "x86_64/cfi.inc"
#include "x86_64/frame.inc"

#define USER_CS 0x33
#define USER_SS 0x2b
#define PLAIN_FLAGS 0x2d7 /* IF, SF, ZF, AF, PF, CF and the bit that is always set: what sahf restores */
#define OVERFLOW 0x800
#define ALLOWED_FLAGS 0x240dd5 /* ID AC OF DF SF ZF AF PF CF: what a program may change */

	.section .text.sandbox_entry, "ax", @progbits
ways_start:
	.globl	sandbox_call, sandbox_async_entry, sandbox_user_return, sandbox_leave, sandbox_start
	.hidden	sandbox_call, sandbox_async_entry, sandbox_user_return, sandbox_leave
	.globl	sandbox_exit_check, sandbox_exit_end, sandbox_exit_again
	.hidden	sandbox_exit_check, sandbox_exit_end, sandbox_exit_again

	.balign	64
	.cfi_startproc simple
	.cfi_signal_frame
sandbox_call:
	.cfi_def_cfa %rsp, 0
	.cfi_register %rip, %rcx
	movq	cpu_boot + CPU_KSTACK_TOP(%rip), %r11
	movq	%rsp, FRAME_SP - FRAME_SIZE(%r11)
	leaq	FRAME_FLAGS + 8 - FRAME_SIZE(%r11), %rsp
	pushfq
	movq	(%rsp), %r11
	leaq	FRAME_IP + 8 - FRAME_FLAGS(%rsp), %rsp /* over cs, which is there, as is ss */
	pushq	%rcx		/* ip */
	pushq	%rax		/* orig_ax */
	pushq	%rdi
	FRAME_PUSH
	movq	%rsp, %rdi
	subq	$8, %rsp
	CFI_FRAME 8
	testl	$~(PLAIN_FLAGS | OVERFLOW), %r11d
	jnz	3f
1:	call	personality_syscall
sandbox_exit_check:
	cmpq	$0, cpu_boot + CPU_NEED_RESCHED(%rip) /* and events, which follows it */
	jne	sandbox_exit_again_here
	movq	8 + FRAME_IP(%rsp), %rcx
	movq	8 + FRAME_FLAGS(%rsp), %r11
	FRAME_LOAD_CALL 8
	testl	$~PLAIN_FLAGS, %r11d
	jnz	4f
	movl	%r11d, %eax
	shll	$8, %eax
	sahf
	movq	8 + FRAME_AX(%rsp), %rax
	movq	8 + FRAME_SP(%rsp), %rsp
	jmp	*%rcx

	/* The thread was away, or its frame has been written. */
sandbox_exit_again_here:
	andl	$~RESCHED_FRAME, cpu_boot + CPU_NEED_RESCHED(%rip)
	cmpq	$0, cpu_boot + CPU_NEED_RESCHED(%rip)
	jne	2f
4:	movq	8 + FRAME_IP(%rsp), %rax
	movq	%rax, resume_ip(%rip)
	pushq	8 + FRAME_FLAGS(%rsp)
	andl	$ALLOWED_FLAGS, (%rsp)
	popfq
	leaq	8(%rsp), %rsp
	FRAME_POP
	movq	FRAME_SP - FRAME_ORIG_AX(%rsp), %rsp
	jmp	*resume_ip(%rip)
sandbox_exit_end:
2:	leaq	8(%rsp), %rdi
	call	sandbox_leave_kernel
	jmp	sandbox_exit_again_here
3:	pushq	$2
	popfq
	jmp	1b

/* A signal found the thread on its way out. */
sandbox_exit_again:
	movq	cpu_boot + CPU_KSTACK_TOP(%rip), %rsp
	subq	$FRAME_SIZE + 8, %rsp
	jmp	sandbox_exit_again_here

	.cfi_endproc

sandbox_user_return:
	leaq	-8(%rdi), %rsp
sandbox_async_entry:
	jmp	sandbox_exit_again_here

/* sandbox_leave(fpstate, tf, fn, a, b, in_kernel) */
sandbox_leave:
	.cfi_startproc simple
	.cfi_signal_frame
	movq	%rdx, %r10
	movq	sandbox_xfeatures(%rip), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	testq	%rax, %rax
	jz	1f
	xrstor64 (%rdi)
	jmp	2f
1:	fxrstor64 (%rdi)
2:	leaq	-8(%rsi), %rsp
	CFI_FRAME 8
	movq	%rsi, %rdi
	movq	%rcx, %rsi
	movq	%r8, %rdx
	pushq	$2
	popfq
	testl	%r9d, %r9d
	jnz	3f
	call	*%r10
	jmp	sandbox_exit_again_here
3:	call	*%r10
	/* Back into the kernel, which has no red zone: its ip goes below its stack. */
	movq	8 + FRAME_SP(%rsp), %rax
	movq	8 + FRAME_IP(%rsp), %rcx
	movq	%rcx, -8(%rax)
	pushq	8 + FRAME_FLAGS(%rsp)
	popfq
	leaq	8(%rsp), %rsp
	FRAME_POP
	movq	FRAME_SP - FRAME_ORIG_AX(%rsp), %rsp
	leaq	-8(%rsp), %rsp
	ret
	.cfi_endproc

/* The tender's jump: rdi is the boot information, the stack is the tender's. */
sandbox_start:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	sandbox_main
	ud2

ways_end:
	DEBUG_ADDRESS ways_start
	DEBUG_ADDRESS ways_end

	.bss
	.balign	8
resume_ip:
	.quad	0

/* Tells the tender where signals go: abi/sandbox.h, struct sandbox_note. The address is the linker script's. */
	.section .note.GNU-stack, "", @progbits
