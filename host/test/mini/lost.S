/* SPDX-License-Identifier: ISC */
/* Refers to what no component has. */
	.code32
	.text
	.globl end
end:	jmp nowhere
	.section .note.GNU-stack, "", @progbits
