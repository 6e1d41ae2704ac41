/* SPDX-License-Identifier: ISC */
/* What a signal interrupted, as the kernel's frame. The resume flag is the host's and is left out. */
#ifndef SANDBOX_FRAME_H
#define SANDBOX_FRAME_H

#include "x86_64/machine.h"
#include "x86_64/regs.h"

#include <asm/sigcontext.h>

#define FRAME_RESUME_FLAG 0x10000u

static inline void frame_from_signal(struct trapframe *tf, const struct sigcontext_64 *c)
{
	*tf = (struct trapframe){.r15 = c->r15,
				 .r14 = c->r14,
				 .r13 = c->r13,
				 .r12 = c->r12,
				 .bp = c->bp,
				 .bx = c->bx,
				 .r11 = c->r11,
				 .r10 = c->r10,
				 .r9 = c->r9,
				 .r8 = c->r8,
				 .ax = c->ax,
				 .cx = c->cx,
				 .dx = c->dx,
				 .si = c->si,
				 .di = c->di,
				 .orig_ax = UINT64_MAX,
				 .ip = c->ip,
				 .cs = X86_USER_CS,
				 .flags = c->flags & ~(uint64_t)FRAME_RESUME_FLAG,
				 .sp = c->sp,
				 .ss = X86_USER_SS};
}

#endif
