/* SPDX-License-Identifier: ISC */
/* From the tender to kernel_main, and the small things that a CPU and a machine have to do. */
#include "abi/sandbox.h"
#include "abi/errno.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "sandbox.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"

#include <asm/prctl.h>

#define HWCAP2_FSGSBASE 2u
#define CPUID_OSXSAVE   (1u << 27)
#define XFEATURES       0x2ffull /* x87 SSE AVX MPX AVX-512 PKRU: not AMX, 8 KiB of it */
#define XSTATE_END      2696u /* of PKRU behind AVX-512, the last in the standard format */
#define SEED_CALLS      256u
#define COPY_STRING     1024u

const struct boot_info *sandbox_boot;
host_gate *host_gate_entry;
static bool fsgsbase;

NORETURN void sandbox_main(const struct boot_info *boot);

/*
 * cpuid is slow in a virtual machine (8 µs), so it is asked only where nothing else tells: a CPU with FSGSBASE has XSAVE,
 * and nothing that we keep lies behind XSTATE_END.
 */
static void start_fpu(void)
{
	if (!fsgsbase && (cpu_id(1, 0).c & CPUID_OSXSAVE) == 0) {
		x86_fpu_init(0, X86_FXSAVE_SIZE);
		return;
	}
	sandbox_xfeatures = cpu_xgetbv() & XFEATURES;
	x86_fpu_init(sandbox_xfeatures, XSTATE_END);
}

NORETURN void sandbox_main(const struct boot_info *boot)
{
	host_gate_entry = (host_gate *)boot->gate;
	if (boot->magic != BOOT_MAGIC)
		platform_exit(PANIC_STATUS);
	page_direct_base = boot->direct_base;
	x86_user_min = boot->user_min;
	x86_user_max = boot->user_max;
	fsgsbase = (boot->hwcap2 & HWCAP2_FSGSBASE) != 0;
	start_fpu();
	x86_copy_string = COPY_STRING;
	sandbox_boot = boot;
	time_start();
	page_add_range(PAGE_SIZE, boot->mem_size, true);
	kernel_main();
}

const struct boot_info *platform_boot_info(void)
{
	return sandbox_boot;
}

/* Devices are in the boot information; their drivers look there. */
void platform_probe(void)
{
}

void platform_entropy(void *buf, size_t n)
{
	char *to = buf;

	while (n > 0) {
		size_t part = MIN(n, (size_t)SEED_CALLS);
		long got = host_call(__NR_getrandom, to, part, 0);

		if (got <= 0 && got != -EINTR)
			panic("host: getrandom: error %ld", -got);
		if (got > 0) {
			to += got;
			n -= (size_t)got;
		}
	}
}

NORETURN void platform_exit(int status)
{
	for (;;)
		host_call(__NR_exit_group, status);
}

void x86_kstack_set(uintptr_t top)
{
	this_cpu()->arch.kstack_top = top;
	this_cpu()->need_resched |= RESCHED_FRAME;
}

void x86_tls_read(uint64_t *fs, uint64_t *gs)
{
	if (fsgsbase)
		__asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(*fs), "=r"(*gs));
}

void x86_tls_write(uint64_t fs, uint64_t gs)
{
	static uint64_t gs_now;

	if (fsgsbase) {
		__asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs), "r"(gs));
		return;
	}
	host_call(__NR_arch_prctl, ARCH_SET_FS, fs);
	if (gs != gs_now)
		host_call(__NR_arch_prctl, ARCH_SET_GS, gs);
	gs_now = gs;
}

NORETURN void arch_user_return(struct trapframe *tf)
{
	x86_thread_load(thread_current());
	sandbox_user_return(tf);
}
