/* SPDX-License-Identifier: ISC */
/*
 * What an exception or an interrupt means. In program code: demand paging, else the personality's business. In the
 * kernel: a page fault in a copy from or to a program is served or ends the copy; any other exception is a bug of
 * the kernel. Interrupts are taken in program code and in the idle loop alone.
 */
#include "abi/errno.h"
#include "arch/context.h"
#include "kernel/log.h"
#include "kernel/personality.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"
#include "x86_64/regs.h"

#define CALLERS       12u
#define PROGRAM_FLAGS 0x254dd5ull /* CF PF AF ZF SF TF DF OF NT RF AC ID: what a program may have set */

_Static_assert(PC_BOOT_STACK == THREAD_STACK_SIZE, "all kernel stacks have one size");

static enum fault_access fault_access(uint64_t code)
{
	return (code & X86_PF_INSTR) != 0 ? FAULT_EXEC : (code & X86_PF_WRITE) != 0 ? FAULT_WRITE : FAULT_READ;
}

static int fault(uintptr_t addr, uint64_t code)
{
	struct aspace *as = thread_current()->as;

	if (as == NULL || addr < x86_user_min || addr >= x86_user_max)
		return -EFAULT;
	return vm_fault(as, ALIGN_DOWN(addr, PAGE_SIZE), fault_access(code));
}

static const char *name(unsigned vector)
{
	switch (vector) {
	case X86_TRAP_NMI: return "non-maskable interrupt";
	case X86_TRAP_MC: return "machine check";
	case X86_TRAP_DF: return "double fault";
	case X86_TRAP_GP: return "general protection fault";
	case X86_TRAP_PF: return "page fault";
	case X86_TRAP_UD: return "invalid instruction";
	case X86_TRAP_DE: return "division error";
	default: return "exception";
	}
}

/* What looks like return addresses on the stack, for want of frame pointers; not all of them need be. */
static void show_callers(uintptr_t sp)
{
	const struct thread *t = thread_current();
	uintptr_t start = t == NULL || t->kstack == NULL ? (uintptr_t)pc_boot_stack : (uintptr_t)t->kstack;
	uintptr_t end = start + THREAD_STACK_SIZE;

	if (sp % 8 != 0 || sp < start)
		return;
	for (unsigned n = 0; sp < end && n < CALLERS; sp += 8) {
		uintptr_t v = *(const uintptr_t *)sp;

		if (v > (uintptr_t)kiln_text_start && v < (uintptr_t)kiln_text_end) {
			log_err("  from %016lx", v);
			n++;
		}
	}
}

NORETURN static void fatal(unsigned vector, uint64_t code, const struct trapframe *tf)
{
	const char *thread = thread_current() != NULL ? thread_current()->name : "boot";
	bool program = (tf->cs & 3) != 0;

	log_err("ax %016lx bx %016lx cx %016lx dx %016lx", tf->ax, tf->bx, tf->cx, tf->dx);
	log_err("si %016lx di %016lx bp %016lx sp %016lx", tf->si, tf->di, tf->bp, tf->sp);
	if (!program)
		show_callers(tf->sp);
	panic("%s in %s: vector %u, code %lx, ip %lx, address %lx, thread %s", name(vector),
	      program ? "a program" : "the kernel", vector, code, tf->ip, cpu_cr2(), thread);
}

void pc_trap_user(unsigned vector, uint64_t code, struct trapframe *tf)
{
	uintptr_t addr;
	int err;

	if (vector >= PC_TRAPS) {
		irq_taken(vector);
		return;
	}
	/* The machine's own troubles, on a stack that others share. */
	if (vector == X86_TRAP_NMI || vector == X86_TRAP_MC || vector == X86_TRAP_DF)
		fatal(vector, code, tf);
	if (vector != X86_TRAP_PF) {
		personality_exception(tf, vector, code);
		return;
	}
	addr = cpu_cr2();
	err = fault(addr, code);
	if (err != 0)
		personality_page_fault(tf, addr, fault_access(code), err);
}

void pc_trap_kernel(unsigned vector, uint64_t code, struct trapframe *tf)
{
	if (vector >= PC_TRAPS) {
		irq_taken(vector);
		return;
	}
	if (vector == X86_TRAP_PF) {
		uintptr_t addr = cpu_cr2();
		uint64_t landing = tf->ip;

		if (x86_fixup(&landing)) {
			int err = fault(addr, code);

			if (err != 0 && (err != -ENOMEM || !personality_no_memory(addr)))
				tf->ip = landing;
			return;
		}
	}
	fatal(vector, code, tf);
}

void pc_leave(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		if (cpu->need_resched != 0 || cpu->events != 0)
			sched_user_return();
		else if (personality_pending())
			personality_return(tf);
		else
			return;
	}
}

/* What the personality may have put there from a signal frame: iretq shall not fault, nor give away the machine. */
void pc_frame_check(struct trapframe *tf)
{
	tf->cs = X86_USER_CS;
	tf->ss = X86_USER_SS;
	tf->flags = (tf->flags & PROGRAM_FLAGS) | FLAGS_IF | FLAGS_FIXED;
	while (UNLIKELY(tf->ip >> 47 != 0)) {
		personality_exception(tf, X86_TRAP_GP, 0);
		pc_leave(tf);
	}
}

NORETURN void arch_user_return(struct trapframe *tf)
{
	x86_thread_load(thread_current());
	pc_user_enter(tf);
}
