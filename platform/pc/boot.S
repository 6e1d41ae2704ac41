/* SPDX-License-Identifier: ISC */
/*
 * From the PVH entry (32-bit protected mode, paging off, ebx = struct hvm_start_info) to pc_start() in the upper half.
 * xen/include/public/arch-x86/hvm/start_info.h.
 *
 * One directory of 2 MiB pages for the first GiB stands at three places: 0 for the jump, PC_DIRECT_BASE (the direct
 * map) and PC_KERNEL_BASE, where the kernel is linked. mmu.c takes the low one away and sets the protections.
 */
#include "platform_pc.h"

#define PA(sym) ((sym) - PC_KERNEL_BASE)

	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.quad	PA(pc_entry32)

	.section .text.boot, "ax", @progbits
	.code32
	.globl	pc_entry32
	.hidden	pc_entry32
pc_entry32:
	cld
	movl	$PA(pc_boot_pd), %edi
	movl	$0x1e3, %eax		/* present, writable, accessed, dirty, 2 MiB, global */
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	cmpl	$0x40000000, %eax
	jb	1b
	movl	$PA(pc_boot_pd) + 3, %eax
	movl	%eax, PA(pc_boot_pdpt)
	movl	%eax, PA(pc_boot_pdpt) + 510 * 8
	movl	$PA(pc_boot_pdpt) + 3, %eax
	movl	%eax, PA(pc_boot_root)
	movl	%eax, PA(pc_boot_root) + 256 * 8
	movl	%eax, PA(pc_boot_root) + 511 * 8
	movl	$PA(pc_boot_root), %eax
	movl	%eax, %cr3
	movl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx	/* EFER.LME */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	$0x80050033, %eax	/* PG AM WP NE ET MP PE */
	movl	%eax, %cr0
	lgdt	PA(boot_gdtr)
	ljmp	$0x10, $PA(1f)
	.code64
1:	movabs	$2f, %rax
	jmp	*%rax
2:	leaq	pc_boot_stack + PC_BOOT_STACK(%rip), %rsp
	xorl	%ebp, %ebp
	movl	%ebp, %ss
	movl	%ebp, %ds
	movl	%ebp, %es
	movl	%ebp, %fs
	movl	%ebp, %gs
	movl	%ebx, %edi
	.cfi_sections .debug_frame
	.cfi_startproc simple
	.cfi_def_cfa %rsp, 0
	.cfi_undefined %rip /* nobody called us */
	call	pc_start
	ud2
	.cfi_endproc

	.section .rodata.boot, "a", @progbits
	.balign	8
boot_gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff	/* 0x10: 64-bit code */
boot_gdtr:
	.word	. - boot_gdt - 1
	.long	PA(boot_gdt)

	.section .bss.boot, "aw", @nobits
	.balign	4096
	.globl	pc_boot_root, pc_boot_pdpt, pc_boot_pd, pc_boot_pt, pc_boot_stack
	.hidden	pc_boot_root, pc_boot_pdpt, pc_boot_pd, pc_boot_pt, pc_boot_stack
pc_boot_root:
	.skip	4096
pc_boot_pdpt:
	.skip	4096
pc_boot_pd:
	.skip	4096
pc_boot_pt:
	.skip	4096
pc_boot_stack:
	.skip	PC_BOOT_STACK

	.section .note.GNU-stack, "", @progbits
