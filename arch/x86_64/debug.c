/* SPDX-License-Identifier: ISC */
/* A thread's registers for a debugger; see kernel/debug.h. */
#include "kernel/debug.h"

#include "kernel/thread.h"
#include "x86_64/regs.h"

void arch_debug(void);

void arch_debug(void)
{
	DEBUG_FIELD("arch.ksp", struct arch_thread, ksp);
	DEBUG_FIELD("arch.fpu", struct arch_thread, fpu);
	DEBUG_FIELD("arch.fs_base", struct arch_thread, fs_base);
	DEBUG_FIELD("arch.gs_base", struct arch_thread, gs_base);
	DEBUG_CONST("frame_size", sizeof(struct trapframe));
}
