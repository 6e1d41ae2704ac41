/* SPDX-License-Identifier: ISC */
/*
 * The console as a byte stream, between the platform's console and whoever reads it (the tty in linux/). Output goes
 * straight to platform_console_write. Input is buffered here, readers sleep on console_wait.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/wait.h"

#pragma GCC visibility push(default)
extern struct wait_queue console_wait;
/* Set by whoever wants to know of the window's new size; NULL: nobody. */
extern void (*console_resized)(unsigned rows, unsigned columns);
/* Up to n buffered bytes; 0: none now. */
size_t console_read(char *buf, size_t n);
bool console_readable(void);
/* No more input will come (host's end of file). */
bool console_eof(void);
/* Called by the platform when input may be there; pulls it by platform_console_read and wakes readers. */
void console_input(void);
#pragma GCC visibility pop
#endif
