/* SPDX-License-Identifier: ISC */
/*
 * A thread's kernel stack, from its top: the trapframe of a program's entry, then the calls of the kernel. At its very
 * bottom stands a canary, looked at on every switch. A switched-out thread's stack ends with the callee-saved registers
 * that x86_switch_stack pushed.
 */
#include "arch/context.h"

#include "abi/errno.h"
#include "arch/pmap.h"
#include "fpu.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "x86_64/machine.h"
#include "x86_64/regs.h"

#define CANARY 0x6b63617473646e65ull /* "endstack" */

void x86_switch_stack(uint64_t *save_sp, uint64_t sp);
void x86_thread_begin(void);

static uintptr_t stack_top(const struct thread *t)
{
	return (uintptr_t)t->kstack + THREAD_STACK_SIZE;
}

struct trapframe *arch_trapframe(struct thread *t)
{
	return (struct trapframe *)stack_top(t) - 1;
}

int arch_thread_init(struct thread *t, void (*fn)(void *), void *arg)
{
	/* 16-byte alignment at x86_thread_begin, as the ABI has it before a call. */
	uint64_t *sp = (uint64_t *)(ALIGN_DOWN((uintptr_t)arch_trapframe(t), 16)) - 7;

	if (!fpu_alloc(t))
		return -ENOMEM;
	*(uint64_t *)t->kstack = CANARY;
	sp[0] = sp[1] = sp[2] = sp[4] = 0; /* r15 r14 r13 rbp */
	sp[3] = (uintptr_t)arg; /* r12 */
	sp[5] = (uintptr_t)fn; /* rbx */
	sp[6] = (uintptr_t)x86_thread_begin;
	t->arch.ksp = (uintptr_t)sp;
	return 0;
}

void arch_thread_free(struct thread *t)
{
	fpu_free(t);
}

void x86_thread_load(struct thread *t)
{
	fpu_switch(t);
	pmap_activate(t->as->pmap);
	x86_kstack_set(stack_top(t));
}

void arch_switch(struct thread *prev, struct thread *next)
{
	if (prev->kstack != NULL && UNLIKELY(*(uint64_t *)prev->kstack != CANARY))
		panic("kernel stack overflow in thread %s", prev->name);
	if (next->as != NULL)
		x86_thread_load(next);
	x86_switch_stack(&prev->arch.ksp, next->arch.ksp);
}
