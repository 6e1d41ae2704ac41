/* SPDX-License-Identifier: ISC */
/* What the parts of the platform share. Nothing here is seen outside of platform/sandbox. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "abi/boot.h"
#include "kernel/page.h"
#include "sandbox/host.h"

struct aspace;
struct trapframe;

extern const struct boot_info *sandbox_boot;

/* entry.S */
extern char sandbox_exit_check[], sandbox_exit_end[], sandbox_exit_again[];
void sandbox_call(void); /* where a patched site's stub goes: rcx is where to return */
void sandbox_async_entry(void); /* left for by sigreturn, with the stack below a saved frame */
NORETURN void sandbox_user_return(struct trapframe *tf);
/* Leaves a signal handler without sigreturn: restores the vector registers from fpstate, moves to the stack at sp, calls
 * fn(tf, a, b) and then goes back to the program (tf a thread's frame) or, with in_kernel, to where tf says. */
NORETURN void sandbox_leave(void *fpstate, struct trapframe *tf, void (*fn)(struct trapframe *, uint64_t, uint64_t),
			    uint64_t a, uint64_t b, bool in_kernel);
extern uint64_t sandbox_xfeatures;

#pragma GCC visibility push(default)
/* signal.c: the tender makes it the handler of every signal; the linker script tells it where. */
void sandbox_signal(int sig, void *info, void *context);
#pragma GCC visibility pop
/* Before and after what personality_return does with tf->ip: a place in a stub is a place in the program's text. */
void sandbox_leave_kernel(struct trapframe *tf);

/* patch.c: the system call at tf->ip - 2 was trapped; it may be replaced by a jump for the next time. */
void patch_trapped(struct trapframe *tf);
/* The address in the program's text that a place in a stub stands for, and back. Else the address itself. */
uint64_t patch_report(uint64_t ip);
uint64_t patch_resume(uint64_t ip);

/* memory.c: the kernel writes to a frame that a program executes (its address in the direct map faulted): true, it
 * may, until memory_take_back. */
bool memory_lend(uintptr_t va);
void memory_take_back(void);

/* For a host call that changes mappings: what it returned, by its name and range. Ends the process when it failed. */
void memory_check(long ret, const char *what, uintptr_t va, size_t n);
uint64_t memory_prot(unsigned prot); /* the host's protection for pmap's */
/* Mappings up to this size get their pages at once. */
#define MEMORY_POPULATE (256 * PAGE_SIZE)
extern size_t memory_populate;
/* What is mapped over makes room for another process's turn: its frames stay as they are. */
extern bool memory_switching;
/* switch.c, once there are forks (NULL before): from one root (or none: 0) to the next by what differs; the loaded one's
 * address space is no more (x86_root_keep); what was set aside in [va, va + n) goes. */
extern void (*sandbox_switch)(paddr_t from, paddr_t to);
extern bool (*sandbox_switch_keep)(paddr_t root);
extern void (*sandbox_drop)(uintptr_t va, size_t n);

/* time.c */
void time_start(void);
void time_timer_fired(void); /* SIGALRM */
/* Asks for an event at `deadline`, besides the kernel's. */
void time_tick(uint64_t now, uint64_t deadline);
/* wait.c */
/* SIGIO, which is blocked from now on until devices are quiet, or a signal for the programs. */
void wait_interrupt(int sig);

#endif
