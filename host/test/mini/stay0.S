/* SPDX-License-Identifier: ISC */
	.globl stay
	.data
stay:	.byte 0
	.section .note.GNU-stack, "", @progbits
