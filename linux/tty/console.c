/* SPDX-License-Identifier: ISC */
/*
 * The console as a terminal, where the host's is raw (abi/console.h). The programs that the configuration starts are one
 * session and, to begin with, one process group, whose leader is the first of them; it outlives that one.
 */
#include <linux/fcntl.h>

#include "abi/boot.h"
#include "abi/console.h"
#include "abi/errno.h"
#include "kernel/console.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "linux/stdio.h"
#include "linux/task.h"
#include "linux/tty_devices.h"
#include "platform/platform.h"

#define AT_ONCE 1024u

static struct tty *console;
struct file *(*tty_console_hook)(void);

static size_t room(struct tty *t UNUSED)
{
	return AT_ONCE;
}

static void write(struct tty *t UNUSED, const char *buf, size_t n)
{
	console_put(PLATFORM_OUT, buf, n);
}

static void pull(struct tty *t)
{
	char c;

	while (tty_input_room(t) && console_read(&c, 1) == 1)
		tty_input(t, &c, 1);
	if (console_eof())
		tty_hang_up(t);
}

static const struct tty_ops ops = {.room = room, .write = write, .pull = pull};

static bool arrived(struct wait_entry *e UNUSED, unsigned events UNUSED)
{
	pull(console);
	return false;
}

static void resized(unsigned rows, unsigned columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	tty_resize(console, &size);
}

static int start(struct process *p, struct file **f)
{
	static const struct file_ops none;
	int err;

	if (console->boot && console->sid != p->sid) {
		p->sid = console->sid;
		p->pgid = console->sid;
		console->pgrp = console->sid;
	} else if (console->sid == 0) {
		tty_acquire(console, p);
		console->boot = true;
	}
	/* By its name where there are names: ttyname(3). */
	if (tty_console_hook != NULL && (*f = tty_console_hook()) != NULL)
		return 0;
	*f = file_create(&none, O_RDWR, NULL);
	if (*f == NULL)
		return -ENOMEM;
	err = tty_open(console, *f, true);
	if (err != 0)
		file_put(*f);
	return err;
}

struct tty *tty_console(void)
{
	return console;
}

static void console_init(void)
{
	static struct wait_entry entry = {.fn = arrived};
	const struct boot_info *boot = platform_boot_info();

	if ((boot->console_flags & CONSOLE_RAW) == 0)
		return;
	console = kzalloc(sizeof *console);
	if (console == NULL) {
		log_err("no memory for the terminal");
		return;
	}
	tty_init(console, &ops);
	console->size.ws_row = boot->console_rows;
	console->size.ws_col = boot->console_columns;
	list_init(&entry.link);
	wait_add(&console_wait, &entry);
	console_resized = resized;
	stdio_terminal_hook = start;
	pull(console);
}
INIT(INIT_FS, console_init);
