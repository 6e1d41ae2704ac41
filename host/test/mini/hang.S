/* SPDX-License-Identifier: ISC */
	.code32
	.text
	.globl end
end:	hlt
	jmp end
	.section .note.GNU-stack, "", @progbits
