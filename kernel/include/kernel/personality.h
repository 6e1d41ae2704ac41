/* SPDX-License-Identifier: ISC */
/*
 * What the core asks of the personality (linux/). Called by arch entry code, on the thread's kernel stack, with the
 * kernel lock. Missing ones are a link error.
 */
#ifndef KERNEL_PERSONALITY_H
#define KERNEL_PERSONALITY_H

#include "lib/base.h"

struct trapframe;
struct thread;

enum fault_access { FAULT_READ, FAULT_WRITE, FAULT_EXEC };

#pragma GCC visibility push(default)
/* A system call: number and arguments are in *tf; the result goes there too. */
void personality_syscall(struct trapframe *tf);
/* A page fault in program code that vm_fault could not serve: err is what vm_fault said (-EFAULT: nothing mapped,
 * -EACCES: protection, -ENOMEM: no memory left, -ENXIO: beyond the object's end, SIGBUS). */
void personality_page_fault(struct trapframe *tf, uintptr_t addr, enum fault_access access, int err);
/* No memory is left for a page at addr that the kernel copies from or to the current program. True: there is some now, the copy
 * can go on; false: it ends short, and so does the program. May sleep. */
bool personality_no_memory(uintptr_t addr);
/* Any other exception in program code: the CPU's vector and error code. */
void personality_exception(struct trapframe *tf, unsigned vector, uint64_t code);
/* Before every return to program code: signals. May not return (the thread ends). */
void personality_return(struct trapframe *tf);
/* True when personality_return has something to do; cheap. */
bool personality_pending(void);
/* The clock ticked while the thread ran program code (profiling, CPU-time timers). */
void personality_tick(struct thread *t);
/* From outside (Ctrl-C, a stop): every program gets the signal, Linux's number. Called from platform_poll. */
void personality_host_signal(int sig);
/* Starts the programs; called once in the init thread after INIT_LATE. Ends with platform_exit. */
NORETURN void personality_start(void);
#pragma GCC visibility pop
#endif
