/* SPDX-License-Identifier: ISC */
/* A PVH guest that ends QEMU at its first instruction: what a boot costs before any kernel runs. */
	.section .note.pvh, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	mov $0x501, %dx
	out %al, %dx
1:	hlt
	jmp 1b
