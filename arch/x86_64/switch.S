/* SPDX-License-Identifier: ISC */
/* Changes stacks: x86_switch_stack(uint64_t *save_sp, uint64_t sp), and where a new thread begins (context.c). */
	.text
	.section .text.x86_switch, "ax", @progbits
	.globl	x86_switch_stack, x86_thread_begin
	.hidden	x86_switch_stack, x86_thread_begin
x86_switch_stack:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

x86_thread_begin:
	.cfi_sections .debug_frame
	.cfi_startproc simple
	.cfi_def_cfa %rsp, 0
	.cfi_undefined %rip /* nobody called us */
	movq	%r12, %rdi
	call	*%rbx
	ud2
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
