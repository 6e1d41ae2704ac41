/* SPDX-License-Identifier: ISC */
/*
 * Samples for a profile: the tender's timer (--sample) sends SIGPROF, in a program or in the kernel, and its handler only
 * records and returns. Being linked, this is the handler of all signals (sandbox.ld) and passes the others on, so that an
 * image without profile knows nothing of it.
 */
#include "abi/boot.h"
#include "abi/sandbox.h"
#include "kernel/page.h"
#include "platform/platform.h"
#include "platform/sample.h"
#include "x86_64/regs.h"

#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <asm/ucontext.h>

#pragma GCC visibility push(default)
void sandbox_signal(int sig, void *info, void *context);
void sandbox_profile_signal(int sig, void *info, void *context);
#pragma GCC visibility pop

static void (*taken)(const struct trapframe *tf, bool in_kernel);

static bool at_gate(uint64_t ip)
{
	return ip - ALIGN_DOWN(platform_boot_info()->gate, PAGE_SIZE) < PAGE_SIZE;
}

static bool in_kernel(uint64_t ip)
{
	const struct boot_info *b = platform_boot_info();

	return ip - b->kernel_base < b->kernel_size || at_gate(ip);
}

void sandbox_profile_signal(int sig, void *info, void *context)
{
	const struct sigcontext_64 *c = (const struct sigcontext_64 *)&((struct ucontext *)context)->uc_mcontext;
	struct trapframe tf;

	if (sig != SIGPROF) {
		sandbox_signal(sig, info, context);
		return;
	}
	if (taken == NULL)
		return;
	tf = (struct trapframe){.r15 = c->r15,
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
				.flags = c->flags,
				.sp = c->sp,
				.ss = X86_USER_SS};
	taken(&tf, in_kernel(c->ip));
}

/* Idle waits in a host call. */
bool platform_sample_idle(const struct trapframe *tf)
{
	return at_gate(tf->ip);
}

int platform_sample_start(void (*fn)(const struct trapframe *tf, bool in_kernel))
{
	/* What the linker script names must be referred to from here to be kept. */
	__asm__ volatile("" : : "r"(sandbox_profile_signal));
	taken = fn;
	return 0;
}
