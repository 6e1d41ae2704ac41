/* SPDX-License-Identifier: ISC */
/* Which terminals there are, for /dev. */
#ifndef LINUX_TTY_DEVICES_H
#define LINUX_TTY_DEVICES_H

#include "linux/tty.h"

#pragma GCC visibility push(default)
struct tty *tty_console(void); /* NULL: the console has no line discipline */
/* Opens /dev/console; NULL: there is no /dev, or no memory. */
extern struct file *(*tty_console_hook)(void);
#pragma GCC visibility pop
#endif
