/* SPDX-License-Identifier: ISC */
/* A triple fault: there is no interrupt table. */
	.code32
	.text
	.globl end
end:	lidt nothing
	int3
	.section .rodata
nothing: .word 0
	.long 0
	.section .note.GNU-stack, "", @progbits
