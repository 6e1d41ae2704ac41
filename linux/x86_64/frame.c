/* SPDX-License-Identifier: ISC */
/*
 * Signal frames as Linux on x86-64 lays them out: return address (the restorer), struct ucontext, siginfo, and above them,
 * 64-byte aligned, the FPU state in XSAVE's standard format, with the marks by which programs (and sigreturn) know its
 * size. What comes back from a program is checked so that neither xrstor nor the way out can fault in the kernel.
 */
#include "abi/errno.h"
#include "arch/context.h"
#include "arch/pmap.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/regs.h"
#include "linux/task.h"
#include "x86_64/regs.h"

#include <asm/sigcontext.h>
#include <linux/signal.h>
#include <asm/ucontext.h>

#define RED_ZONE         128
#define FX_SIZE          512
#define XHEADER_SIZE     64
#define XFEATURES_AMX    (3ull << 17)
#define XFEATURES_LEGACY 3ull
#define FLAG_TF          0x100u
#define FLAG_DF          0x400u
#define FLAG_RF          0x10000u
#define FLAGS_FIXABLE    0x50dd5u /* AC RF OF DF TF SF ZF AF PF CF */
#define SA_RESTORER_FLAG 0x04000000u

struct rt_frame {
	uint64_t restorer;
	struct ucontext uc;
	siginfo_t info;
};

static uint64_t xfeatures(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (lo | (uint64_t)hi << 32) & ~XFEATURES_AMX;
}

static bool on_altstack(struct task *t, uintptr_t sp)
{
	return sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size;
}

/* Writes the FPU state at fp. */
static int push_fpu(uintptr_t fp, struct task *t)
{
	size_t size = arch_fpu_size();
	struct _fpx_sw_bytes sw = {0};
	uint32_t magic2 = FP_XSTATE_MAGIC2;
	char *area;

	arch_fpu_save(t->thread);
	area = arch_fpu_area(t->thread);
	if (copy_to_user(UPTR(fp), area, size) != 0)
		return -EFAULT;
	if (size > FX_SIZE) {
		sw.magic1 = FP_XSTATE_MAGIC1;
		sw.extended_size = (uint32_t)size + FP_XSTATE_MAGIC2_SIZE;
		sw.xfeatures = xfeatures();
		sw.xstate_size = (uint32_t)size;
		if (put_user(UPTR(fp + size), magic2) != 0)
			return -EFAULT;
	}
	return copy_to_user(UPTR(fp + offsetof(struct _fpstate_64, sw_reserved)), &sw, sizeof sw);
}

int frame_push(struct trapframe *tf, struct task *t, int sig, const siginfo_t *info, const struct sigaction_state *act,
	       uint64_t mask)
{
	size_t fpu_bytes = arch_fpu_size() + FP_XSTATE_MAGIC2_SIZE;
	bool disabled = (t->altstack.flags & SS_DISABLE) != 0, inside = !disabled && on_altstack(t, tf->sp);
	bool use_alt = (act->flags & SA_ONSTACK) != 0 && !disabled && !inside;
	uintptr_t top = use_alt ? t->altstack.sp + t->altstack.size : tf->sp - RED_ZONE, fp, sp;
	struct rt_frame f;

	if ((act->flags & SA_RESTORER_FLAG) == 0)
		return -EFAULT;
	fp = ALIGN_DOWN(top - fpu_bytes, 64);
	sp = ALIGN_DOWN(fp - sizeof f, 16) - 8;
	if ((use_alt || inside) && (sp < t->altstack.sp || sp > top))
		return -EFAULT;
	memset(&f, 0, sizeof f);
	f.restorer = act->restorer;
	f.uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (arch_fpu_size() > FX_SIZE ? UC_FP_XSTATE : 0);
	f.uc.uc_stack.ss_sp = (void *)t->altstack.sp;
	f.uc.uc_stack.ss_size = t->altstack.size;
	f.uc.uc_stack.ss_flags = (int)t->altstack.flags | (inside ? SS_ONSTACK : 0);
	f.uc.uc_sigmask = mask;
	f.uc.uc_mcontext = (struct sigcontext){
	    .r8 = tf->r8,
	    .r9 = tf->r9,
	    .r10 = tf->r10,
	    .r11 = tf->r11,
	    .r12 = tf->r12,
	    .r13 = tf->r13,
	    .r14 = tf->r14,
	    .r15 = tf->r15,
	    .rdi = tf->di,
	    .rsi = tf->si,
	    .rbp = tf->bp,
	    .rbx = tf->bx,
	    .rdx = tf->dx,
	    .rax = tf->ax,
	    .rcx = tf->cx,
	    .rsp = tf->sp,
	    .rip = tf->ip,
	    .eflags = tf->flags,
	    .cs = X86_USER_CS,
	    .ss = X86_USER_SS,
	    .err = t->fault_code,
	    .trapno = t->fault_vector,
	    .oldmask = mask,
	    .cr2 = t->fault_addr,
	    .fpstate = (struct _fpstate *)fp,
	};
	if ((act->flags & SA_SIGINFO) != 0)
		f.info = *info;
	if (push_fpu(fp, t) != 0 || put_user(UPTR(sp), f) != 0)
		return -EFAULT;
	if (use_alt && (t->altstack.flags & SS_AUTODISARM) != 0)
		t->altstack = (struct sigaltstack_state){.flags = SS_DISABLE};
	tf->orig_ax = (uint64_t)-1;
	tf->di = (uint64_t)sig;
	tf->si = sp + offsetof(struct rt_frame, info);
	tf->dx = sp + offsetof(struct rt_frame, uc);
	tf->ax = 0;
	tf->sp = sp;
	tf->ip = act->handler;
	tf->flags &= ~(uint64_t)(FLAG_DF | FLAG_RF | FLAG_TF);
	return 0;
}

/* Takes the FPU state at fp back; 0: the initial state. */
static int pop_fpu(uintptr_t fp, struct task *t)
{
	size_t size = arch_fpu_size(), take = FX_SIZE;
	char *area = arch_fpu_area(t->thread);
	struct _fpx_sw_bytes sw;
	uint32_t magic2 = 0, mxcsr, mxcsr_mask;
	uint64_t *header = (uint64_t *)(area + FX_SIZE);

	if (fp == 0 || !IS_ALIGNED(fp, 64))
		return -EFAULT;
	arch_fpu_save(t->thread);
	memcpy(&mxcsr_mask, area + offsetof(struct _fpstate_64, mxcsr_mask), sizeof mxcsr_mask);
	if (copy_from_user(&sw, UPTR(fp + offsetof(struct _fpstate_64, sw_reserved)), sizeof sw) != 0)
		return -EFAULT;
	if (size > FX_SIZE && sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size == size &&
	    get_user(magic2, UPTR(fp + size)) == 0 && magic2 == FP_XSTATE_MAGIC2)
		take = size;
	if (copy_from_user(area, UPTR(fp), take) != 0)
		return -EFAULT;
	memcpy(&mxcsr, area + offsetof(struct _fpstate_64, mxcsr), sizeof mxcsr);
	mxcsr &= mxcsr_mask != 0 ? mxcsr_mask : 0xffbf;
	memcpy(area + offsetof(struct _fpstate_64, mxcsr), &mxcsr, sizeof mxcsr);
	if (size > FX_SIZE) {
		header[0] = take == size ? header[0] & sw.xfeatures & xfeatures() : XFEATURES_LEGACY;
		memset(header + 1, 0, XHEADER_SIZE - sizeof *header);
	}
	arch_fpu_restore(t->thread);
	return 0;
}

long sys_rt_sigreturn(void)
{
	struct task *t = task_current();
	struct trapframe *tf = arch_trapframe(t->thread);
	uintptr_t sp = tf->sp - offsetof(struct rt_frame, uc);
	struct sigcontext *c;
	struct ucontext uc;

	if (get_user(uc, UPTR(sp + offsetof(struct rt_frame, uc))) != 0 ||
	    pop_fpu((uintptr_t)uc.uc_mcontext.fpstate, t) != 0 || uc.uc_mcontext.rip >= pmap_user_max()) {
		signal_force(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	c = &uc.uc_mcontext;
	*tf = (struct trapframe){
	    .r8 = c->r8,
	    .r9 = c->r9,
	    .r10 = c->r10,
	    .r11 = c->r11,
	    .r12 = c->r12,
	    .r13 = c->r13,
	    .r14 = c->r14,
	    .r15 = c->r15,
	    .di = c->rdi,
	    .si = c->rsi,
	    .bp = c->rbp,
	    .bx = c->rbx,
	    .dx = c->rdx,
	    .ax = c->rax,
	    .cx = c->rcx,
	    .sp = c->rsp,
	    .ip = c->rip,
	    .cs = X86_USER_CS,
	    .ss = X86_USER_SS,
	    .orig_ax = (uint64_t)-1,
	    .flags = (tf->flags & ~(uint64_t)FLAGS_FIXABLE) | (c->eflags & FLAGS_FIXABLE),
	};
	this_cpu()->need_resched |= RESCHED_FRAME;
	t->altstack.sp = (uintptr_t)uc.uc_stack.ss_sp;
	t->altstack.size = uc.uc_stack.ss_size;
	t->altstack.flags = (unsigned)uc.uc_stack.ss_flags & (SS_DISABLE | SS_AUTODISARM);
	signal_set_mask(t, uc.uc_sigmask);
	return (long)tf->ax;
}
