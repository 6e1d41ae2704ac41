/* SPDX-License-Identifier: ISC */
/* The NMI's way in while a profile is taken: on its own stack, from anywhere, back to where it came from. */
#include "x86_64/frame.inc"

	.section .text.nmi_entry, "ax", @progbits
	.globl	nmi_entry
	.hidden	nmi_entry
nmi_entry:
	cld
	pushq	$-1
	pushq	%rdi
	FRAME_PUSH
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	nmi_taken
	addq	$8, %rsp
	FRAME_POP
	addq	$8, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
