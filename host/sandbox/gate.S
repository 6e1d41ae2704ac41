/* SPDX-License-Identifier: ISC */
/*
 * The tender's first instruction, and the code of the gate page, which is copied to a page of its own: the one
 * `syscall` that the filter lets through, the return of signal handlers, and the tender's last steps (it unmaps the
 * tender, so it cannot be part of it).
 */
#include <asm/unistd.h>

	.section .note.GNU-stack, "", @progbits
	.text
	.globl _start
_start:
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	tender_main
	ud2

	.section .rodata
	.globl	gate_code, gate_after, gate_restorer, gate_leave, gate_end
	.hidden	gate_code, gate_after, gate_restorer, gate_leave, gate_end
	.balign 16
gate_code:		/* long gate(nr, a, b, c, d, e, f) */
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	jmp	1f
gate_restorer:		/* these two instructions, of this length: by them debuggers know a signal's frame */
	mov	$__NR_rt_sigreturn, %rax
1:	syscall
gate_after:
	ret

/* rdi: struct leave. Unmaps its ranges, installs the filter, enters the kernel with clean registers. */
	.balign 16
gate_leave:
	mov	%rdi, %rbx
	lea	40(%rbx), %r12
2:	mov	(%r12), %rdi
	test	%rdi, %rdi
	jz	3f
	mov	8(%r12), %rsi
	mov	$__NR_munmap, %eax
	syscall
	test	%rax, %rax
	jnz	4f
	add	$16, %r12
	jmp	2b
3:	mov	$__NR_seccomp, %eax
	mov	$1, %edi	/* SECCOMP_SET_MODE_FILTER */
	xor	%esi, %esi
	lea	24(%rbx), %rdx
	syscall
	test	%rax, %rax
	jnz	4f
	mov	(%rbx), %rax
	mov	8(%rbx), %rdi
	mov	16(%rbx), %rsp
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	call	*%rax
4:	mov	$__NR_exit_group, %eax
	mov	$125, %edi	/* SANDBOX_STATUS_FAILED */
	syscall
	ud2
gate_end:
