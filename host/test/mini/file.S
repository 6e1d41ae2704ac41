/* SPDX-License-Identifier: ISC */
/* Table entries that bake places by their numbers. */
	.section .kiln.sys.0, "a", @progbits
	.long 0x7ab1e000 + 0
	.section .kiln.sys.1, "a", @progbits
	.long 0x7ab1e000 + 1
	.globl mini_file
mini_file = 1
	.section .note.GNU-stack, "", @progbits
