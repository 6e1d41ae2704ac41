/* SPDX-License-Identifier: ISC */
/* Prints the input, control characters as letters, until its end; a Ctrl-C ends with status 42, a SIGTERM with 43. */
	.code32
	.text
	.globl end
end:	xorb %bl, %bl /* was the last byte an escape? */
1:	movw $0x3fd, %dx
	inb %dx, %al
	testb $1, %al
	jz 1b
	movw $0x3f8, %dx
	inb %dx, %al
	movb %al, %cl
	cmpb $0x20, %al
	jae 2f
	addb $0x40, %al
2:	outb %al, %dx
	testb %bl, %bl
	jz 3f
	cmpb $2, %bl
	je 4f
	xorb %bl, %bl
	cmpb $0x13, %cl
	je 5f
	cmpb $4, %cl
	jne 1b
	cmpb $0, stay
	jne 1b
	movl $ended, %esi
	jmp record
3:	cmpb $0x10, %cl
	sete %bl
	jmp 1b
4:	xorb %bl, %bl
	cmpb $2, %cl
	je interrupted
	cmpb $15, %cl
	je terminated
	jmp 1b
5:	movb $2, %bl /* the signal follows */
	jmp 1b
interrupted:
	movl $text42, %esi
	jmp record
terminated:
	movl $text43, %esi
	jmp record
	.section .rodata
ended:	.asciz "exit 0\n"
text42:	.asciz "exit 42\n"
text43:	.asciz "exit 43\n"
	.section .note.GNU-stack, "", @progbits
