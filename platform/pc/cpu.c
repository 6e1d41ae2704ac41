/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables, control registers, the system-call registers. The double fault, the NMI and the machine check
 * have a stack of their own, as they can come when no other is good; each of them ends in a panic.
 */
#include "kernel/thread.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"
#include "x86_64/regs.h"

#define PORT_PIC1_MASK 0x21
#define PORT_PIC2_MASK 0xa1

#define GATE_INTERRUPT 0x8e00u
#define GATE_PROGRAM   0x6000u /* programs may use it: int3 */
#define IST_STACK      4096u
#define STUB_SIZE      16u

#define USER_MIN 0x10000ul /* as vm.mmap_min_addr is */
#define USER_MAX 0x7ffffffff000ul

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap;
} PACKED;

struct gate {
	uint16_t offset0, selector, flags, offset1;
	uint32_t offset2, reserved;
};

struct table {
	uint16_t limit;
	uint64_t base;
} PACKED;

static struct tss tss = {.iomap = sizeof tss};
static struct gate idt[PC_VECTORS];
static char ist_stack[IST_STACK] __attribute__((aligned(16)));
/* Accessed bits are set, so that the CPU need not. 0x28 and 0x30 are the program's data and code, 0x38 the TSS. */
static uint64_t gdt[] = {0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0, 0x00cff3000000ffff, 0x00affb000000ffff, 0, 0};
static bool fsgsbase;

static void load_tables(void)
{
	struct table gdtr = {sizeof gdt - 1, (uintptr_t)gdt}, idtr = {sizeof idt - 1, (uintptr_t)idt};
	uint64_t base = (uintptr_t)&tss;

	tss.ist[0] = (uintptr_t)ist_stack + sizeof ist_stack;
	gdt[PC_TSS / 8] = (sizeof tss - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	gdt[PC_TSS / 8 + 1] = base >> 32;
	for (unsigned i = 0; i < PC_VECTORS; i++) {
		uintptr_t stub = (uintptr_t)pc_trap_stubs + i * STUB_SIZE;
		bool ist = i == X86_TRAP_DF || i == X86_TRAP_NMI || i == X86_TRAP_MC;

		idt[i].offset0 = (uint16_t)stub;
		idt[i].offset1 = (uint16_t)(stub >> 16);
		idt[i].offset2 = (uint32_t)(stub >> 32);
		idt[i].selector = PC_KERNEL_CS;
		idt[i].flags = (uint16_t)(GATE_INTERRUPT | (i == X86_TRAP_BP ? GATE_PROGRAM : 0) | ist);
	}
	__asm__ volatile("lgdt %0; lidt %1; ltr %w2" : : "m"(gdtr), "m"(idtr), "r"(PC_TSS) : "memory");
}

bool cpu_smap(void)
{
	return cpu_id(0, 0).a >= 7 && (cpu_id(7, 0).b & 1u << 20) != 0;
}

void cpu_init(void)
{
	struct cpuid id = cpu_id(1, 0), ext = {0, 0, 0, 0};
	uint64_t cr4 = cpu_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT, xcr0 = 0;

	if (cpu_id(0, 0).a >= 7)
		ext = cpu_id(7, 0);
	fsgsbase = (ext.b & 1u << 0) != 0;
	cr4 |= (fsgsbase ? CR4_FSGSBASE : 0) | ((ext.b & 1u << 7) != 0 ? CR4_SMEP : 0) |
	       ((ext.b & 1u << 20) != 0 ? CR4_SMAP : 0) | ((ext.c & 1u << 2) != 0 ? CR4_UMIP : 0);
	if ((id.c & 1u << 26) != 0)
		cr4 |= CR4_OSXSAVE;
	cpu_set_cr4(cr4);
	if ((cr4 & CR4_OSXSAVE) != 0) {
		struct cpuid state = cpu_id(13, 0);

		xcr0 = state.a & 0xe7u; /* x87, SSE, AVX, AVX-512: what Linux has in every signal frame */
		cpu_xsetbv(xcr0);
	}
	x86_fpu_init(xcr0, xcr0 != 0 ? cpu_id(13, 0).b : X86_FXSAVE_SIZE);
	load_tables();
	cpu_wrmsr(MSR_STAR, (uint64_t)(X86_USER_SS - 8) << 48 | (uint64_t)PC_KERNEL_CS << 32);
	cpu_wrmsr(MSR_LSTAR, (uintptr_t)pc_syscall_entry);
	cpu_wrmsr(MSR_FMASK, FLAGS_TF | FLAGS_IF | FLAGS_DF | FLAGS_IOPL | FLAGS_NT | FLAGS_RF | FLAGS_AC);
	cpu_outb(PORT_PIC1_MASK, 0xff);
	cpu_outb(PORT_PIC2_MASK, 0xff);
	x86_user_min = USER_MIN;
	x86_user_max = USER_MAX;
}

void x86_kstack_set(uintptr_t top)
{
	tss.rsp[0] = top;
	this_cpu()->arch.kstack_top = top;
}

void x86_tls_read(uint64_t *fs, uint64_t *gs)
{
	if (fsgsbase)
		__asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(*fs), "=r"(*gs));
}

void x86_tls_write(uint64_t fs, uint64_t gs)
{
	if (fsgsbase) {
		__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs), "r"(gs));
		return;
	}
	cpu_wrmsr(MSR_FS_BASE, fs);
	cpu_wrmsr(MSR_GS_BASE, gs);
}
