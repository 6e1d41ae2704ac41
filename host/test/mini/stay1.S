/* SPDX-License-Identifier: ISC */
	.globl stay
	.data
stay:	.byte 1
	.section .note.GNU-stack, "", @progbits
