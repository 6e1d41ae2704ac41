/* SPDX-License-Identifier: ISC */
/* Numbers that assembler files need; the build compiles this and makes x86_64/offsets.h from the marked lines. */
#include "kernel/thread.h"
#include "x86_64/regs.h"

#define DEFINE(name, value) __asm__ volatile("\n#@define " #name " %0" : : "i"(value))

void offsets(void);

void offsets(void)
{
	DEFINE(CPU_KSTACK_TOP, offsetof(struct cpu, arch.kstack_top));
	DEFINE(CPU_SCRATCH, offsetof(struct cpu, arch.scratch));
	DEFINE(CPU_NEED_RESCHED, offsetof(struct cpu, need_resched));
	DEFINE(CPU_EVENTS, offsetof(struct cpu, events));
	DEFINE(RESCHED_FRAME, RESCHED_FRAME);
	DEFINE(FRAME_SIZE, sizeof(struct trapframe));
	DEFINE(FRAME_R11, offsetof(struct trapframe, r11));
	DEFINE(FRAME_CX, offsetof(struct trapframe, cx));
	DEFINE(FRAME_AX, offsetof(struct trapframe, ax));
	DEFINE(FRAME_DI, offsetof(struct trapframe, di));
	DEFINE(FRAME_ORIG_AX, offsetof(struct trapframe, orig_ax));
	DEFINE(FRAME_IP, offsetof(struct trapframe, ip));
	DEFINE(FRAME_CS, offsetof(struct trapframe, cs));
	DEFINE(FRAME_FLAGS, offsetof(struct trapframe, flags));
	DEFINE(FRAME_SP, offsetof(struct trapframe, sp));
}
