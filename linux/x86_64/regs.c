/* SPDX-License-Identifier: ISC */
/* Registers of x86-64 by their meaning to Linux: call number in orig_ax, arguments in di si dx r10 r8 r9, result in ax. */
#include "linux/regs.h"

#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/log.h"
#include "kernel/personality.h"
#include "kernel/thread.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "x86_64/regs.h"

#include <asm/prctl.h>
#include <asm/unistd.h>

/* The arguments of a call are read where they stand, see arch-cpu/callargs.h. */
_Static_assert(offsetof(struct trapframe, di) == 14 * 8 && offsetof(struct trapframe, si) == 13 * 8 &&
		   offsetof(struct trapframe, dx) == 12 * 8 && offsetof(struct trapframe, r10) == 7 * 8 &&
		   offsetof(struct trapframe, r8) == 9 * 8 && offsetof(struct trapframe, r9) == 8 * 8,
	       "callargs");

#define FLAGS_START   0x202u /* IF and the bit that is always set */
#define SYSCALL_BYTES 2

void personality_syscall(struct trapframe *tf)
{
	long r = syscall_run(tf->orig_ax, (const struct callargs *)tf);

	tf->ax = (uint64_t)r;
	/* One of the kernel's own restart codes: the way out must look at it even if nobody interrupted. */
	if (UNLIKELY(r <= -ERESTARTSYS && r >= -ERESTART_RESTARTBLOCK))
		thread_interrupt(thread_current());
}

void regs_start(struct trapframe *tf, uintptr_t entry, uintptr_t sp)
{
	*tf = (struct trapframe){
	    .orig_ax = (uint64_t)-1, .ip = entry, .sp = sp, .flags = FLAGS_START, .cs = X86_USER_CS, .ss = X86_USER_SS};
	this_cpu()->need_resched |= RESCHED_FRAME;
}

void regs_clone(struct trapframe *child, const struct trapframe *parent, uintptr_t sp)
{
	*child = *parent;
	child->ax = 0;
	child->orig_ax = (uint64_t)-1;
	if (sp != 0)
		child->sp = sp;
}

void regs_set_tls(struct task *t, uintptr_t tls)
{
	t->thread->arch.fs_base = tls;
}

void regs_copy_tls(struct task *t, struct task *parent)
{
	arch_tls_save(parent->thread);
	t->thread->arch.fs_base = parent->thread->arch.fs_base;
	t->thread->arch.gs_base = parent->thread->arch.gs_base;
}

void regs_exec(struct task *t)
{
	t->thread->arch.fs_base = t->thread->arch.gs_base = 0;
	arch_tls_load(t->thread);
	arch_fpu_reset(t->thread);
}

uintptr_t regs_ip(const struct trapframe *tf)
{
	return tf->ip;
}

uintptr_t regs_sp(const struct trapframe *tf)
{
	return tf->sp;
}

uintptr_t regs_fp(const struct trapframe *tf)
{
	return tf->bp;
}

bool regs_call_result(const struct trapframe *tf, long *result)
{
	*result = (long)tf->ax;
	return (int64_t)tf->orig_ax >= 0;
}

void regs_set_call_result(struct trapframe *tf, long result)
{
	tf->ax = (uint64_t)result;
}

void regs_restart_call(struct trapframe *tf)
{
	tf->ax = tf->orig_ax;
	tf->ip -= SYSCALL_BYTES;
}

void regs_restart_block(struct trapframe *tf)
{
	tf->ax = __NR_restart_syscall;
	tf->ip -= SYSCALL_BYTES;
}

void regs_print(const struct trapframe *tf)
{
	log_err("  rip %016lx  rsp %016lx  rflags %08lx", tf->ip, tf->sp, tf->flags);
	log_err("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", tf->ax, tf->bx, tf->cx, tf->dx);
	log_err("  rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx", tf->si, tf->di, tf->bp, tf->r8);
	log_err("  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", tf->r9, tf->r10, tf->r11, tf->r12);
	log_err("  r13 %016lx  r14 %016lx  r15 %016lx", tf->r13, tf->r14, tf->r15);
}

long sys_arch_prctl(int code, unsigned long addr)
{
	struct arch_thread *a = &thread_current()->arch;

	switch (code) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (addr >= pmap_user_max())
			return -EPERM;
		*(code == ARCH_SET_FS ? &a->fs_base : &a->gs_base) = addr;
		arch_tls_load(thread_current());
		return 0;
	case ARCH_GET_FS: return put_user(UPTR(addr), a->fs_base);
	case ARCH_GET_GS: return put_user(UPTR(addr), a->gs_base);
	default: return -EINVAL;
	}
}
