/* SPDX-License-Identifier: ISC */
/*
 * Arch seam: a thread's context. arch-cpu/types.h (from arch/<cpu>/include) defines struct arch_thread (kernel stack
 * pointer, FPU save area, thread pointer register) and struct arch_cpu; the core never looks inside.
 *
 * A user thread's registers are saved as a struct trapframe (defined by the arch, opaque here) at the very top of its
 * kernel stack by every entry from program code: system call, fault, interrupt. Every entry preserves all registers
 * that Linux preserves, vector registers included: the kernel is built with -mgeneral-regs-only and never touches them,
 * arch_switch saves and restores them.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include "lib/base.h"
#include "arch-cpu/types.h"

struct thread;
struct trapframe;
struct aspace;

#pragma GCC visibility push(default)
/* Prepares t (kstack is set, struct zeroed) so that the first switch to it calls fn(arg) on its kernel stack; fn never
 * returns. Allocates the FPU area. 0 or -ENOMEM. */
int arch_thread_init(struct thread *t, void (*fn)(void *), void *arg) MUST_CHECK;
void arch_thread_free(struct thread *t);
/* Switches stacks, FPU state, thread pointer and (when t->as differs and is not NULL) address space; returns when prev
 * runs again. cpu->current is set by the caller before. */
void arch_switch(struct thread *prev, struct thread *next);

/* t is the current thread, and its thread pointer (arch.fs_base and the like) was changed: loads the register. */
void arch_tls_load(struct thread *t);
/* t is the current thread: a program may have changed its thread pointer by itself; brings arch.fs_base up to date. */
void arch_tls_save(struct thread *t);

/* Where the current thread's entry saved the program's registers. */
struct trapframe *arch_trapframe(struct thread *t);
/* Leaves the kernel: restores all of *tf (which must be the current thread's) and runs the program. What a new user
 * thread's first function ends with. Runs sched_user_return and personality_return first. */
NORETURN void arch_user_return(struct trapframe *tf);

/* Copies the FPU state of the current thread into its save area / back from it (signal frames, fork). The format is
 * the CPU's own (x86: XSAVE standard format), arch_fpu_size() bytes. */
void arch_fpu_save(struct thread *t);
void arch_fpu_restore(struct thread *t);
size_t arch_fpu_size(void);
/* The current thread's FPU state becomes that of a program's start. */
void arch_fpu_reset(struct thread *t);
void *arch_fpu_area(struct thread *t);

/* What the auxiliary vector says about the CPU: AT_HWCAP, AT_HWCAP2. */
uint64_t arch_hwcap(void);
uint64_t arch_hwcap2(void);

/* The idle loop's heart is platform_wait; nothing here. */
#pragma GCC visibility pop
#endif
