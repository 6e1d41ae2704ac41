/* SPDX-License-Identifier: ISC */
/* The NMI's way in while a profile is taken: on its own stack, from anywhere, back to where it came from. */
	.section .text.nmi_entry, "ax", @progbits
	.globl	nmi_entry
	.hidden	nmi_entry
nmi_entry:
	cld
	pushq	$-1
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	nmi_taken
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$8, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
