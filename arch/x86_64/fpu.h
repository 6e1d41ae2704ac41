/* SPDX-License-Identifier: ISC */
/* What context.c needs of fpu.c. */
#ifndef FPU_H
#define FPU_H

#include "lib/base.h"

struct thread;

bool fpu_alloc(struct thread *t);
void fpu_free(struct thread *t);
/* t, a thread with a program, runs next: its vector registers and thread pointers go into the CPU. */
void fpu_switch(struct thread *t);

#endif
