/* SPDX-License-Identifier: ISC */
/*
 * Vector registers and the program's FS and GS base. The kernel touches neither, so they stay in the CPU until another
 * program's thread needs it: `owner` is the thread whose state the CPU holds. XSAVE standard format (SDM volume 1,
 * chapter 13), or FXSAVE's 512 bytes.
 */
#include "fpu.h"

#include "arch/context.h"
#include "kernel/debug.h"
#include "kernel/heap.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"

#define FCW_OFFSET    0
#define MXCSR_OFFSET  24
#define MXCSR_MASK    0xffffu
#define XSTATE_OFFSET 512
#define XSTATE_SIZE   64u

static struct thread *owner;
DEBUG_ADDRESS("fpu_owner", owner);
static uint64_t features;
static uint32_t area_size;

void x86_fpu_init(uint64_t components, uint32_t size)
{
	features = components;
	area_size = size;
}

uint64_t x86_fpu_features(void)
{
	return features;
}

static void save(void *area)
{
	if (features != 0)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"((uint32_t)features), "d"((uint32_t)(features >> 32))
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void load(const void *area)
{
	if (features != 0)
		__asm__ volatile("xrstor64 (%0)"
				 :
				 : "r"(area), "a"((uint32_t)features), "d"((uint32_t)(features >> 32))
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static void set_start(void *area)
{
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	memcpy((char *)area + FCW_OFFSET, &fcw, sizeof fcw);
	memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof mxcsr);
}

bool fpu_alloc(struct thread *t)
{
	t->arch.fpu_mem = kzalloc(area_size + 48);
	if (t->arch.fpu_mem == NULL)
		return false;
	t->arch.fpu = (void *)ALIGN_UP((uintptr_t)t->arch.fpu_mem, 64);
	set_start(t->arch.fpu);
	return true;
}

void fpu_free(struct thread *t)
{
	if (owner == t)
		owner = NULL;
	kfree(t->arch.fpu_mem);
	t->arch.fpu_mem = t->arch.fpu = NULL;
}

void fpu_switch(struct thread *t)
{
	if (owner == t)
		return;
	if (owner != NULL) {
		save(owner->arch.fpu);
		x86_tls_read(&owner->arch.fs_base, &owner->arch.gs_base);
	}
	owner = t;
	load(t->arch.fpu);
	x86_tls_write(t->arch.fs_base, t->arch.gs_base);
}

void arch_tls_load(struct thread *t)
{
	if (owner != t)
		fpu_switch(t);
	else
		x86_tls_write(t->arch.fs_base, t->arch.gs_base);
}

void arch_tls_save(struct thread *t)
{
	if (owner == t)
		x86_tls_read(&t->arch.fs_base, &t->arch.gs_base);
}

void arch_fpu_save(struct thread *t)
{
	if (owner == t)
		save(t->arch.fpu);
}

/* The area may be what a program left in a signal frame: what XRSTOR would refuse is put right. */
static void sanitise(void *area)
{
	uint32_t mxcsr;
	uint64_t present;

	memcpy(&mxcsr, (char *)area + MXCSR_OFFSET, sizeof mxcsr);
	mxcsr &= MXCSR_MASK;
	memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof mxcsr);
	if (features == 0)
		return;
	memcpy(&present, (char *)area + XSTATE_OFFSET, sizeof present);
	present &= features;
	memset((char *)area + XSTATE_OFFSET, 0, XSTATE_SIZE);
	memcpy((char *)area + XSTATE_OFFSET, &present, sizeof present);
}

void arch_fpu_restore(struct thread *t)
{
	sanitise(t->arch.fpu);
	if (owner == t)
		load(t->arch.fpu);
}

void arch_fpu_reset(struct thread *t)
{
	memset(t->arch.fpu, 0, area_size);
	set_start(t->arch.fpu);
	arch_fpu_restore(t);
}

size_t arch_fpu_size(void)
{
	return area_size;
}

void *arch_fpu_area(struct thread *t)
{
	return t->arch.fpu;
}
