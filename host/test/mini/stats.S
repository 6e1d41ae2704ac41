/* SPDX-License-Identifier: ISC */
/* Stands for the component of that name. */
	.globl mini_stats
mini_stats = 1
	.section .note.GNU-stack, "", @progbits
