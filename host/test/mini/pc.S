/* SPDX-License-Identifier: ISC */
/*
 * A machine's start in 32-bit mode by PVH, for bake's and run's tests: prints what `hello` holds on the serial port, then
 * goes on at `end`, which another component provides.
 */
	.section .note.pvh, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long entry

	.code32
	.text
	.globl entry
entry:
	movl $hello, %esi
	call print
	jmp end

	.globl print /* the string at %esi to the serial port */
print:
	movw $0x3f8, %dx
1:	lodsb
	testb %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	ret

	.globl record /* the string at %esi to the exit port, then QEMU's end */
record:
	movw $0x502, %dx
1:	lodsb
	testb %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	movw $0x501, %dx
	outb %al, %dx
	hlt
	.section .rodata
hello:	.asciz "mini: hello\n"
	.section .note.GNU-stack, "", @progbits
