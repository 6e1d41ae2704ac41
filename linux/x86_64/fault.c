/* SPDX-License-Identifier: ISC */
/* The CPU's exceptions in program code, as signals. */
#include "abi/errno.h"
#include "kernel/log.h"
#include "kernel/personality.h"
#include "kernel/uio.h"
#include "lib/string.h"
#include "linux/regs.h"
#include "linux/task.h"
#include "x86_64/regs.h"

#include <asm/sigcontext.h>
#include <asm/signal.h>

#define FLAG_TF 0x100u

static void note(uint64_t vector, uint64_t code, uintptr_t addr)
{
	struct task *t = task_current();

	t->fault_vector = vector;
	t->fault_code = code;
	t->fault_addr = addr;
}

static bool is_dying(const struct process *p)
{
	return p->state != PROCESS_ALIVE || (p->pending.set & SIG_BIT(SIGKILL)) != 0;
}

bool personality_no_memory(uintptr_t addr)
{
	struct process *p = process_current();

	if (is_dying(p) || uio_now)
		return false;
	if (process_family != NULL && process_family->make_room(p))
		return true;
	if (is_dying(p)) /* while it waited for another one's end */
		return false;
	log_err("%s (%d): out of memory at %016lx (ip %016lx); give the image more with -m", task_current()->comm,
		p->pid, addr, regs_ip(arch_trapframe(thread_current())));
	signal_post(p, NULL, SIGKILL);
	return false;
}

void personality_page_fault(struct trapframe *tf UNUSED, uintptr_t addr, enum fault_access access, int err)
{
	uint64_t code = X86_PF_USER | (access == FAULT_WRITE ? X86_PF_WRITE : 0) |
			(access == FAULT_EXEC ? X86_PF_INSTR : 0) | (err == -EACCES ? X86_PF_PRESENT : 0);

	note(X86_TRAP_PF, code, addr);
	switch (err) {
	case -ENOMEM: personality_no_memory(addr); break; /* the access is repeated, unless the program ends */
	case -ENXIO: signal_force(SIGBUS, BUS_ADRERR, addr); break;
	case -EACCES: signal_force(SIGSEGV, SEGV_ACCERR, addr); break;
	default: signal_force(SIGSEGV, SEGV_MAPERR, addr); break;
	}
}

static int fpe_code(unsigned flags)
{
	if ((flags & 1) != 0)
		return FPE_FLTINV;
	if ((flags & 4) != 0)
		return FPE_FLTDIV;
	if ((flags & 8) != 0)
		return FPE_FLTOVF;
	if ((flags & 0x12) != 0)
		return FPE_FLTUND;
	return (flags & 0x20) != 0 ? FPE_FLTRES : 0;
}

/* Which unmasked floating-point exception it was: status and control are in the saved state. */
static int float_code(unsigned vector)
{
	struct task *t = task_current();
	struct _fpstate_64 fx;

	arch_fpu_save(t->thread);
	memcpy(&fx, arch_fpu_area(t->thread), sizeof fx);
	if (vector == X86_TRAP_MF)
		return fpe_code(fx.swd & ~(unsigned)fx.cwd & 0x3f);
	return fpe_code(~(fx.mxcsr >> 7) & fx.mxcsr & 0x3f);
}

void personality_exception(struct trapframe *tf, unsigned vector, uint64_t code)
{
	note(vector, code, 0);
	switch (vector) {
	case X86_TRAP_DE: signal_force(SIGFPE, FPE_INTDIV, tf->ip); break;
	case X86_TRAP_DB:
		tf->flags &= ~(uint64_t)FLAG_TF;
		signal_force(SIGTRAP, TRAP_TRACE, tf->ip);
		break;
	case X86_TRAP_BP: signal_force(SIGTRAP, SI_KERNEL, 0); break;
	case X86_TRAP_UD: signal_force(SIGILL, ILL_ILLOPN, tf->ip); break;
	case X86_TRAP_SS: signal_force(SIGBUS, SI_KERNEL, 0); break;
	case X86_TRAP_AC: signal_force(SIGBUS, BUS_ADRALN, 0); break;
	case X86_TRAP_MF:
	case X86_TRAP_XM: signal_force(SIGFPE, float_code(vector), tf->ip); break;
	default: signal_force(SIGSEGV, SI_KERNEL, 0); break;
	}
}
