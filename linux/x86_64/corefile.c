/* SPDX-License-Identifier: ISC */
/* Registers of x86-64 in core files: struct user_regs_struct (sys/user.h), and the XSAVE area with XCR0 at 464. */
#include "linux/corefile.h"

#include "arch/context.h"
#include "lib/string.h"
#include "linux/task.h"
#include "x86_64/machine.h"
#include "x86_64/regs.h"

#define XCR0_OFFSET 464

void core_regs(struct task *t, uint64_t regs[CORE_REGS])
{
	const struct trapframe *tf = arch_trapframe(t->thread);

	arch_tls_save(t->thread);
	memset(regs, 0, CORE_REGS * sizeof *regs);
	memcpy(regs, tf, sizeof *tf);
	regs[21] = t->thread->arch.fs_base;
	regs[22] = t->thread->arch.gs_base;
}

/* What debuggers expect: the end of the last component, where Intel's CPUs have it. */
static size_t size_of(uint64_t features)
{
	if ((features & 1u << 9) != 0)
		return 2696;
	if ((features & 7u << 5) != 0)
		return 2688;
	if ((features & 3u << 3) != 0)
		return 1088;
	return (features & 1u << 2) != 0 ? 832 : 576;
}

size_t core_xstate(struct task *t, void *buf)
{
	uint64_t features = x86_fpu_features();

	arch_fpu_save(t->thread);
	memset(buf, 0, CORE_XSTATE_MAX);
	memcpy(buf, arch_fpu_area(t->thread), MIN(arch_fpu_size(), (size_t)CORE_XSTATE_MAX));
	memcpy((char *)buf + XCR0_OFFSET, &features, sizeof features);
	return features == 0 ? 0 : size_of(features);
}
