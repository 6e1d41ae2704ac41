/* SPDX-License-Identifier: ISC */
/* More to the exit port than its record holds, then a status that is not kept. */
	.code32
	.text
	.globl end
end:	movl $1, %ecx
	shll $20, %ecx
	movw $0x502, %dx
	movb $'x', %al
1:	outb %al, %dx
	loop 1b
	movl $text, %esi
	jmp record
	.section .rodata
text:	.asciz "\nexit 7\n"
	.section .note.GNU-stack, "", @progbits
