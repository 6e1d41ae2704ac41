/* SPDX-License-Identifier: ISC */
/*
 * Every signal of the host. Where it hit decides: in a program the registers are copied to the thread's frame and the
 * kernel is entered; in the kernel an asynchronous one only leaves a mark. The host's frame lies on the signal stack
 * and is never needed again once the handler is left: asynchronous handlers return (sigreturn) into the kernel, so
 * that they mask each other; synchronous ones are left directly, which saves a host call.
 *
 * The kernel itself faults on purpose only where it copies from or to a program: then vm_fault runs on the kernel
 * stack, below the interrupted frame, since it may sleep.
 */
#include "abi/errno.h"
#include "abi/sandbox.h"
#include "kernel/log.h"
#include "kernel/personality.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "sandbox.h"
#include "sandbox/frame.h"

#include <asm/signal.h>
#include <asm/ucontext.h>

#define ODD_FLAGS 0x40500u /* AC DF TF */

uint64_t sandbox_xfeatures;

static bool in_kernel(uint64_t ip)
{
	return sandbox_boot == NULL || ip - sandbox_boot->kernel_base < sandbox_boot->kernel_size ||
	       ip - ALIGN_DOWN(sandbox_boot->gate, PAGE_SIZE) < PAGE_SIZE;
}

static void asynchronous(int sig, struct ucontext *uc)
{
	struct sigcontext_64 *c = (struct sigcontext_64 *)&uc->uc_mcontext;
	struct trapframe *tf;

	if (sig == SIGALRM) {
		time_timer_fired();
	} else {
		wait_interrupt(sig);
		if (sig == SIGIO)
			*(uint64_t *)&uc->uc_sigmask |= 1ull << (SIGIO - 1);
	}
	this_cpu()->events = 1;
	if (in_kernel(c->ip)) {
		if (c->ip >= (uint64_t)sandbox_exit_check && c->ip < (uint64_t)sandbox_exit_end) {
			c->ip = (uint64_t)sandbox_exit_again;
			c->flags &= ~(uint64_t)ODD_FLAGS;
		}
		return;
	}
	tf = arch_trapframe(thread_current());
	frame_from_signal(tf, c);
	c->ip = (uint64_t)sandbox_async_entry;
	c->sp = (uint64_t)tf - 8;
	c->flags &= ~(uint64_t)ODD_FLAGS;
}

static enum fault_access access_of(uint64_t code)
{
	return (code & X86_PF_INSTR) != 0 ? FAULT_EXEC : (code & X86_PF_WRITE) != 0 ? FAULT_WRITE : FAULT_READ;
}

static void trapped_call(struct trapframe *tf, uint64_t a UNUSED, uint64_t b UNUSED)
{
	patch_trapped(tf);
	personality_syscall(tf);
}

static void page_fault(struct trapframe *tf, uint64_t addr, uint64_t code)
{
	int err = vm_fault(thread_current()->as, addr, access_of(code));

	if (err != 0)
		personality_page_fault(tf, addr, access_of(code), err);
}

static void exception(struct trapframe *tf, uint64_t vector, uint64_t code)
{
	/* int3 where a cmp began before its site was patched. */
	if (vector == X86_TRAP_BP && patch_resume(tf->ip - 1) != tf->ip - 1) {
		tf->ip = patch_resume(tf->ip - 1);
		return;
	}
	personality_exception(tf, (unsigned)vector, code);
}

static NORETURN void kernel_bug(int sig, const struct sigcontext_64 *c)
{
	struct trapframe r;
	uint64_t trap = c->trapno, code = c->err, addr = c->cr2;

	frame_from_signal(&r, c);
	panic("signal %d in the kernel: trap %lu code %lx address %lx ip kernel+%lx sp %lx ax %lx bx %lx cx %lx dx %lx "
	      "si %lx di %lx bp %lx",
	      sig, trap, code, addr, r.ip - sandbox_boot->kernel_base, r.sp, r.ax, r.bx, r.cx, r.dx, r.si, r.di, r.bp);
}

static void copy_fault(struct trapframe *tf, uint64_t addr, uint64_t code)
{
	struct thread *t = thread_current();
	int err = t->as != NULL ? vm_fault(t->as, addr, access_of(code)) : -EFAULT;

	if (err == 0 || (err == -ENOMEM && personality_no_memory(addr)))
		return;
	if (!x86_fixup(&tf->ip))
		panic("fault in the kernel: address %lx code %lx ip kernel+%lx", addr, code,
		      tf->ip - sandbox_boot->kernel_base);
}

static void synchronous_in_kernel(int sig, const struct sigcontext_64 *c)
{
	struct trapframe *tf;

	if (sig == SIGSYS)
		panic("system call %ld from the kernel at kernel+%lx", (long)c->ax,
		      (long)(c->ip - sandbox_boot->kernel_base));
	if (sig == SIGSEGV && c->trapno == X86_TRAP_PF && memory_lend(c->cr2))
		return;
	if (sig != SIGSEGV || c->trapno != X86_TRAP_PF || c->cr2 < sandbox_boot->user_min ||
	    c->cr2 >= sandbox_boot->user_max)
		kernel_bug(sig, c);
	tf = (struct trapframe *)ALIGN_DOWN(c->sp - sizeof(*tf) - 16, 16);
	frame_from_signal(tf, c);
	sandbox_leave((void *)(uintptr_t)c->fpstate, tf, copy_fault, c->cr2, c->err, true);
}

/* The C half of every handler; runs on the signal stack. */
void sandbox_signal(int sig, void *info, void *context)
{
	struct sigcontext_64 *c = (struct sigcontext_64 *)&((struct ucontext *)context)->uc_mcontext;
	struct trapframe *tf;

	if ((SANDBOX_ASYNC_SIGNALS >> sig & 1) != 0) {
		asynchronous(sig, context);
		return;
	}
	if (in_kernel(c->ip)) {
		synchronous_in_kernel(sig, c);
		return;
	}
	if (thread_current()->as == NULL)
		kernel_bug(sig, c);
	tf = arch_trapframe(thread_current());
	frame_from_signal(tf, c);
	if (sig == SIGSYS) {
		/* The host has put -ENOSYS or the number into rax, as it sees fit; the number is in siginfo. */
		tf->orig_ax = tf->ax = (uint64_t)((const int32_t *)info)[6];
		sandbox_leave((void *)(uintptr_t)c->fpstate, tf, trapped_call, 0, 0, false);
	}
	if (c->trapno == X86_TRAP_PF)
		sandbox_leave((void *)(uintptr_t)c->fpstate, tf, page_fault, c->cr2, c->err, false);
	sandbox_leave((void *)(uintptr_t)c->fpstate, tf, exception, c->trapno, c->err, false);
}

void sandbox_leave_kernel(struct trapframe *tf)
{
	sched_user_return();
	memory_take_back();
	tf->ip = patch_report(tf->ip);
	personality_return(tf);
	tf->ip = patch_resume(tf->ip);
}
