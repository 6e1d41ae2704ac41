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
#include "sandbox/frame.h"

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
	frame_from_signal(&tf, c);
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
