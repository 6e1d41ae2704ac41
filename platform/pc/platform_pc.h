/* SPDX-License-Identifier: ISC */
/*
 * What the files of platform pc share. Physical RAM stands at PC_DIRECT_BASE; the kernel is linked at PC_KERNEL_BASE
 * plus its physical address, which is the same memory through the same page tables.
 */
#ifndef PLATFORM_PC_H
#define PLATFORM_PC_H

#define PC_KERNEL_BASE 0xffffffff80000000
#define PC_DIRECT_BASE 0xffff800000000000
#define PC_BOOT_STACK  16384 /* the idle thread's later */

/* The layout that syscall and sysret ask for; the program's ones are Linux's (x86_64/regs.h). */
#define PC_KERNEL_CS 0x10
#define PC_KERNEL_SS 0x18
#define PC_TSS       0x38

#define PC_TRAPS        32 /* vectors of exceptions, then those of interrupts */
#define PC_VECTORS      64
#define PC_VEC_TIMER    62
#define PC_VEC_SPURIOUS 63

#ifndef __ASSEMBLER__
#include "kernel/page.h"

struct trapframe;

/* Not only what is defined in C: addresses of the others are taken without a table, too. */
#pragma GCC visibility push(hidden)

/* Sections of the image, from pc.ld. */
extern char kiln_text_start[], kiln_text_end[], kiln_rodata_end[], kiln_data_end[], kiln_payload_start[],
    kiln_payload_end[];

/* boot.S */
extern uint64_t pc_boot_root[512], pc_boot_pdpt[512], pc_boot_pd[512], pc_boot_pt[512];
extern char pc_boot_stack[PC_BOOT_STACK];
NORETURN void pc_start(paddr_t start_info);

static inline paddr_t pc_image_pa(const void *p)
{
	return (uintptr_t)p - PC_KERNEL_BASE;
}

/* memory.c: RAM while it is being found. */
void memory_reserve(paddr_t start, paddr_t end);
void *memory_early(size_t n); /* zeroed, page-aligned, for good; panics when there is none */
void memory_add(paddr_t start, paddr_t end); /* one range of RAM */
void memory_finish(void); /* hands the ranges to the kernel */
uint64_t memory_size(void);

bool machine_is_microvm(void); /* microvm.c: QEMU's */

/* mmu.c */
void mmu_init(void);
void mmu_map_ram(paddr_t start, paddr_t end);
void mmu_finish(void); /* tables come from page_alloc from now on */

/* cpu.c: descriptor tables, control registers; entry.S: the stubs that they point to. */
bool cpu_smap(void); /* the CPU has it */
void cpu_init(void);
extern char pc_trap_stubs[], pc_syscall_entry[];

/* trap.c, called by entry.S and by nobody else; pc_user_enter is entry.S's way out. */
void pc_trap_user(unsigned vector, uint64_t code, struct trapframe *tf);
void pc_trap_kernel(unsigned vector, uint64_t code, struct trapframe *tf);
void pc_leave(struct trapframe *tf);
void pc_frame_check(struct trapframe *tf);
NORETURN void pc_user_enter(struct trapframe *tf);

/* irq.c */
void irq_taken(unsigned vector);

/* fwcfg.c: the file's content in memory_early() memory; NULL when it is not there. */
char *fwcfg_file(const char *name, size_t *size);

/* serial.c */
void serial_init(void);
#pragma GCC visibility pop
#endif

#endif
