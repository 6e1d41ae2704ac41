/* SPDX-License-Identifier: ISC */
/* The auxiliary vector's words about the CPU, as Linux has them on x86: CPUID's features, and what the system allows. */
#include "abi/boot.h"
#include "arch/context.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

/* Asked once: in a virtual machine cpuid takes its time. */
uint64_t arch_hwcap(void)
{
	static uint64_t features;

	if (features == 0)
		features = cpu_id(1, 0).d;
	return features;
}

uint64_t arch_hwcap2(void)
{
	return platform_boot_info()->hwcap2;
}
