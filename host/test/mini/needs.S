/* SPDX-License-Identifier: ISC */
/* Brings in the component file by a symbol. */
	.globl mini_needs
	.data
mini_needs: .quad mini_file
	.section .note.GNU-stack, "", @progbits
