/* SPDX-License-Identifier: ISC */
/* What a core file holds of a CPU: linux/x86_64/corefile.c. */
#ifndef LINUX_COREFILE_H
#define LINUX_COREFILE_H

#include "lib/base.h"

struct task;
struct trapframe;

#define CORE_MACHINE    62 /* EM_X86_64 */
#define CORE_REGS       27
#define CORE_FPREGS     512
#define CORE_XSTATE_MAX 2696

/* pr_reg of struct elf_prstatus; the task's last entry into the kernel saved them. */
void core_regs(struct task *t, uint64_t regs[CORE_REGS]);
/* The vector registers: NT_X86_XSTATE's content in buf (CORE_XSTATE_MAX), whose first CORE_FPREGS are NT_PRFPREG's; its
 * size, 0 without XSAVE. */
size_t core_xstate(struct task *t, void *buf);

#endif
