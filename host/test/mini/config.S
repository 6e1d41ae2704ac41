/* SPDX-License-Identifier: ISC */
/* Prints the configuration that QEMU's fw_cfg has, and ends with 0. The directory's entries are big-endian. */
	.code32
	.text
	.globl end
end:	movw $0x19, %ax /* FW_CFG_FILE_DIR */
	call select
	call long_in
	movl %eax, %ebp /* entries */
1:	testl %ebp, %ebp
	jz none
	call long_in
	movl %eax, %ebx /* size */
	call long_in
	movl %eax, %esi
	shrl $16, %esi /* selector */
	movl $name, %edi
	movl $56, %ecx
	movb $1, %ah /* equal so far */
2:	movw $0x511, %dx
	inb %dx, %al
	testb %ah, %ah
	jz 3f
	cmpb (%edi), %al
	je 4f
	xorb %ah, %ah
4:	testb %al, %al
	jnz 5f
	cmpb $1, %ah
	jne 5f
	movb $2, %ah /* equal to the end */
5:	incl %edi
3:	cmpb $2, %ah
	jne 6f
	decl %ecx /* skip the rest of the name */
	jz found
7:	inb %dx, %al
	loop 7b
	jmp found
6:	loop 2b
	decl %ebp
	jmp 1b
found:	movl %esi, %eax
	call select
8:	testl %ebx, %ebx
	jz none
	movw $0x511, %dx
	inb %dx, %al
	movw $0x3f8, %dx
	outb %al, %dx
	decl %ebx
	jmp 8b
none:	movl $text, %esi
	jmp record
select:	movw $0x510, %dx
	outw %ax, %dx
	ret
long_in: movw $0x511, %dx
	movl $4, %ecx
1:	shll $8, %eax
	inb %dx, %al
	loop 1b
	ret
	.section .rodata
name:	.asciz "opt/kiln/config"
text:	.asciz "exit 0\n"
	.section .note.GNU-stack, "", @progbits
