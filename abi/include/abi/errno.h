/* SPDX-License-Identifier: ISC */
/* The one error space: Linux's numbers (asm-generic/errno.h), from the UAPI headers of the machine. */
#ifndef ABI_ERRNO_H
#define ABI_ERRNO_H

#include <asm/errno.h>

/* Inside the kernel only: the call is to be repeated after the signal. Never seen by a program. */
#define ERESTARTSYS           512 /* restart when the handler has SA_RESTART or there is no handler, else EINTR */
#define ERESTARTNOHAND        514 /* restart only when there is no handler */
#define ERESTART_RESTARTBLOCK 516 /* restart_syscall */

#endif
