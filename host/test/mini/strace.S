/* SPDX-License-Identifier: ISC */
/* Stands for the component of that name. */
	.globl mini_strace
mini_strace = 1
	.section .note.GNU-stack, "", @progbits
