/* SPDX-License-Identifier: ISC */
/*
 * The console as a byte stream, between the platform's console and whoever uses it (linux/stdio.c, the tty). Output is not
 * buffered. Input is buffered here, readers sleep on console_wait.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/wait.h"
#include "platform/platform.h"

#pragma GCC visibility push(default)
extern struct wait_queue console_wait;
/* Set by whoever wants to know of the window's new size; NULL: nobody. */
extern void (*console_resized)(unsigned rows, unsigned columns);
/* As platform_console_write; -EPIPE when nobody reads that any more. */
long console_write(enum platform_stream to, const char *buf, size_t n);
/* For who cannot wait: all of it, unless nothing is taken for too long. */
void console_put(enum platform_stream to, const char *buf, size_t n);
/* Up to n buffered bytes; 0: none now. */
size_t console_read(char *buf, size_t n);
bool console_readable(void);
/* No more input will come (host's end of file). */
bool console_eof(void);
/* Called by the platform when input may be there; pulls it by platform_console_read and wakes readers. */
void console_input(void);
#pragma GCC visibility pop
#endif
