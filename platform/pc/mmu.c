/* SPDX-License-Identifier: ISC */
/*
 * The kernel's half of every address space: RAM and devices at PC_DIRECT_BASE, and the first GiB again at
 * PC_KERNEL_BASE, through the same tables, so that a page has the same protection at both: text is never writable,
 * what is writable is never executable. The first 2 MiB are mapped by small pages for that (pc.ld keeps text and
 * constants in them), the rest by pages of 2 MiB or 1 GiB. Programs' roots copy the upper half of pc_boot_root, which
 * no longer changes once the drivers have found their devices.
 */
#include "arch/pmap.h"
#include "drivers/machine.h"
#include "kernel/log.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"

#define PTE_P     0x1ull
#define PTE_W     0x2ull
#define PTE_PCD   0x10ull
#define PTE_A     0x20ull
#define PTE_D     0x40ull
#define PTE_BIG   0x80ull
#define PTE_G     0x100ull
#define PTE_NX    (1ull << 63)
#define PTE_FRAME 0x000ffffffffff000ull
#define PTE_DATA  (PTE_P | PTE_W | PTE_A | PTE_D | PTE_G | PTE_NX)
#define PTE_TABLE (PTE_P | PTE_W | PTE_A)

#define SLOTS        512u
#define MIB2         (2ull << 20)
#define GIB          (1ull << 30)
#define DIRECT_SLOT  256u
#define DIRECT_SLOTS 128u
#define FLUSH_ALL    32u /* pages from which on all of the TLB goes */

static bool have_gib_pages, early = true;

static uint64_t first_pages(paddr_t pa)
{
	if (pa < pc_image_pa(kiln_text_start) || pa >= pc_image_pa(kiln_rodata_end))
		return PTE_DATA;
	return PTE_P | PTE_A | PTE_G | (pa < pc_image_pa(kiln_text_end) ? 0 : PTE_NX);
}

void mmu_init(void)
{
	struct cpuid id = cpu_id(0x80000001, 0);

	have_gib_pages = (id.d & 1u << 26) != 0;
	if ((id.d & 1u << 20) == 0)
		panic("this CPU cannot protect pages from execution (NX)");
	cpu_wrmsr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_NXE | EFER_SCE);
	for (unsigned i = 0; i < SLOTS; i++) {
		paddr_t pa = i * PAGE_SIZE;

		pc_boot_pt[i] = pa | first_pages(pa);
		if (i > 0) /* we run in the first */
			pc_boot_pd[i] |= PTE_NX;
	}
	pc_boot_pd[0] = pc_image_pa(pc_boot_pt) | PTE_TABLE;
	pc_boot_root[0] = 0;
	cpu_set_cr3(pc_image_pa(pc_boot_root));
	cpu_set_cr4(cpu_cr4() | CR4_PGE);
}

/* The table below *e, made when there is none. */
static uint64_t *below(uint64_t *e)
{
	if (*e == 0) {
		paddr_t pa = early ? page_addr(memory_early(PAGE_SIZE)) : page_alloc(0, PAGE_ZERO | PAGE_RESERVE);

		if (pa == 0)
			return NULL;
		*e = pa | PTE_TABLE;
	}
	return page_ptr(*e & PTE_FRAME);
}

static bool map(paddr_t start, paddr_t end, uint64_t flags)
{
	for (paddr_t pa = ALIGN_DOWN(start, MIB2); pa < end; pa += MIB2) {
		uint64_t *t = below(&pc_boot_root[DIRECT_SLOT + (pa / GIB / SLOTS) % DIRECT_SLOTS]), *e;

		if (t == NULL)
			return false;
		e = &t[pa / GIB % SLOTS];
		if (*e == 0 && have_gib_pages && IS_ALIGNED(pa, GIB) && pa + GIB <= end) {
			*e = pa | flags | PTE_BIG;
		}
		if ((*e & PTE_BIG) != 0) {
			pa = ALIGN_DOWN(pa, GIB) + GIB - MIB2;
			continue;
		}
		t = below(e);
		if (t == NULL)
			return false;
		e = &t[pa / MIB2 % SLOTS];
		if (*e == 0)
			*e = pa | flags | PTE_BIG;
	}
	return true;
}

void mmu_map_ram(paddr_t start, paddr_t end)
{
	if (!map(start, end, PTE_DATA))
		panic("not enough memory to map memory");
}

void mmu_finish(void)
{
	early = false;
}

volatile void *machine_map(paddr_t pa, size_t n)
{
	return map(pa, pa + n, PTE_DATA | PTE_PCD) ? page_ptr(pa) : NULL;
}

void x86_root_init(uint64_t *root)
{
	memcpy(root + DIRECT_SLOT, pc_boot_root + DIRECT_SLOT, (SLOTS - DIRECT_SLOT) * sizeof *root);
}

void x86_root_load(paddr_t root)
{
	cpu_set_cr3(root);
}

/* A load of CR3 is all there is to it. */
void pmap_expect_switches(void)
{
}

void x86_frames_lost(void)
{
}

bool x86_root_keep(paddr_t root UNUSED)
{
	cpu_set_cr3(pc_image_pa(pc_boot_root));
	return false;
}

void x86_tlb_flush(uintptr_t va, size_t n)
{
	if (n > FLUSH_ALL * PAGE_SIZE) {
		cpu_set_cr3(cpu_cr3());
		return;
	}
	for (uintptr_t end = va + n; va < end; va += PAGE_SIZE)
		cpu_invlpg(va);
}

/* The table is the CPU's own: what was present is flushed by x86_tlb_flush, the rest needs nothing. */
void platform_map(uintptr_t va UNUSED, paddr_t pa UNUSED, size_t n UNUSED, unsigned prot UNUSED)
{
}

void platform_unmap(uintptr_t va UNUSED, size_t n UNUSED)
{
}

void platform_protect(uintptr_t va UNUSED, size_t n UNUSED, unsigned prot UNUSED)
{
}

bool platform_discard(paddr_t pa UNUSED, size_t n UNUSED)
{
	return false;
}
