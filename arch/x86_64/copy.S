/* SPDX-License-Identifier: ISC */
/*
 * Copies from and to program memory. Plain moves: under TCG the string instructions are far slower; a CPU does them
 * faster from x86_copy_string bytes on. A fault that cannot be served goes on at the range's landing place (table
 * .kiln.fixup): the fast loops land in the byte loop, which finds the exact byte; the byte loops end. Registers are only
 * changed between iterations, so each can be repeated.
 */
#include "x86_64/smap.inc"

.macro FIXUP start, end, landing
	.pushsection .kiln.fixup, "a", @progbits
	.long	\start - ., \end - ., \landing - .
	.popsection
.endm

.macro ENTRY name
	.section .text.\name, "ax", @progbits
	.globl	\name
	.hidden	\name
	.balign	16
\name:
.endm

/* size_t x86_copy_user(void *dst, const void *src, size_t n): bytes left */
ENTRY x86_copy_user
	movq	%rdx, %rax
	STAC
	cmpq	x86_copy_string(%rip), %rax
	jae	9f
	subq	$64, %rax
	jb	2f
1:	movq	(%rsi), %rcx
	movq	8(%rsi), %rdx
	movq	16(%rsi), %r8
	movq	24(%rsi), %r9
	movq	%rcx, (%rdi)
	movq	%rdx, 8(%rdi)
	movq	%r8, 16(%rdi)
	movq	%r9, 24(%rdi)
	movq	32(%rsi), %rcx
	movq	40(%rsi), %rdx
	movq	48(%rsi), %r8
	movq	56(%rsi), %r9
	movq	%rcx, 32(%rdi)
	movq	%rdx, 40(%rdi)
	movq	%r8, 48(%rdi)
	movq	%r9, 56(%rdi)
	addq	$64, %rsi
	addq	$64, %rdi
	subq	$64, %rax
	jae	1b
2:	addq	$56, %rax
	jnc	4f
3:	movq	(%rsi), %rcx
	movq	%rcx, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	subq	$8, %rax
	jae	3b
4:	addq	$8, %rax
	jz	6f
5:	movzbl	(%rsi), %ecx
	movb	%cl, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rax
	jnz	5b
6:	CLAC
	ret
7:	addq	$56, %rax
8:	addq	$8, %rax
	jmp	5b
9:	movq	%rax, %rcx
	shrq	$3, %rcx
	andl	$7, %eax
10:	rep movsq
11:	testl	%eax, %eax
	jnz	5b
	CLAC
	ret
12:	leaq	(%rax, %rcx, 8), %rax
	jmp	5b
	FIXUP	1b, 2b, 7b
	FIXUP	3b, 4b, 8b
	FIXUP	5b, 6b, 6b
	FIXUP	10b, 11b, 12b

/* size_t x86_clear_user(void *dst, size_t n): bytes left */
ENTRY x86_clear_user
	movq	%rsi, %rax
	xorl	%ecx, %ecx
	STAC
	subq	$64, %rax
	jb	2f
1:	movq	%rcx, (%rdi)
	movq	%rcx, 8(%rdi)
	movq	%rcx, 16(%rdi)
	movq	%rcx, 24(%rdi)
	movq	%rcx, 32(%rdi)
	movq	%rcx, 40(%rdi)
	movq	%rcx, 48(%rdi)
	movq	%rcx, 56(%rdi)
	addq	$64, %rdi
	subq	$64, %rax
	jae	1b
2:	addq	$64, %rax
	jz	4f
3:	movb	%cl, (%rdi)
	incq	%rdi
	decq	%rax
	jnz	3b
4:	CLAC
	ret
5:	addq	$64, %rax
	jmp	3b
	FIXUP	1b, 2b, 5b
	FIXUP	3b, 4b, 4b

/* long x86_strncpy_user(char *dst, const char *src, size_t max): length, max without a NUL, -1 for a fault */
ENTRY x86_strncpy_user
	xorl	%eax, %eax
	STAC
1:	cmpq	%rdx, %rax
	je	3f
2:	movzbl	(%rsi,%rax), %ecx
	movb	%cl, (%rdi,%rax)
	testb	%cl, %cl
	jz	3f
	incq	%rax
	jmp	1b
3:	CLAC
	ret
4:	movq	$-1, %rax
	jmp	3b
	FIXUP	2b, 3b, 4b

/* int x86_cmpxchg_user(uint32_t *addr, uint32_t expect, uint32_t desired, uint32_t *old): 0, -1 for a fault */
ENTRY x86_cmpxchg_user
	movl	%esi, %eax
	STAC
1:	lock cmpxchgl %edx, (%rdi)
2:	CLAC
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret
3:	CLAC
	movl	$-1, %eax
	ret
	FIXUP	1b, 2b, 3b

/* int x86_load_user(const uint32_t *addr, uint32_t *value): 0, -1 for a fault */
ENTRY x86_load_user
	STAC
1:	movl	(%rdi), %eax
2:	CLAC
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
3:	CLAC
	movl	$-1, %eax
	ret
	FIXUP	1b, 2b, 3b

	.section .note.GNU-stack, "", @progbits
