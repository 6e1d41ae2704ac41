/* SPDX-License-Identifier: ISC */
/*
 * The console as a file: descriptors 0, 1 and 2 of the programs that the configuration starts. Where the host's end is
 * a raw terminal, they are files of the line discipline (linux/tty/console.c). Else each is a stream, of the host's
 * descriptor with its number (file.priv); it says that it is a terminal when that is one, which then does the line
 * editing, so the settings are the usual ones and cannot be changed.
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "linux/stdio.h"
#include "abi/boot.h"
#include "abi/console.h"
#include "fs/mode.h"
#include "kernel/console.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "linux/tty.h"
#include "platform/platform.h"

#define ROOM_NS 2000000u

int (*stdio_terminal_hook)(struct process *p, struct file **f);

bool stdio_is_terminal(uintptr_t fd)
{
	return (platform_boot_info()->console_flags & CONSOLE_STDIN_TTY << fd) != 0;
}

/* 0: try again. Nobody tells when the other end takes more. */
static long wait_for_room(const struct file *f)
{
	if ((f->flags & O_NONBLOCK) != 0)
		return -EAGAIN;
	return wait_sleep(&console_wait, platform_mono() + ROOM_NS, WAIT_INTERRUPTIBLE) == -EINTR ? -ERESTARTSYS : 0;
}

static ssize_t console_file_write(struct file *f, struct uio *u, uint64_t *pos)
{
	char buf[1024];
	ssize_t done = 0;
	uintptr_t to = (uintptr_t)f->priv;

	(void)pos;
	/* A terminal that is read from shows what is written, whoever has the other two. */
	if (to == 0)
		to = stdio_is_terminal(PLATFORM_ERR) && !stdio_is_terminal(PLATFORM_OUT) ? PLATFORM_ERR : PLATFORM_OUT;
	while (u->left > 0) {
		ssize_t n = uio_get(u, buf, sizeof buf);

		if (n <= 0)
			return done > 0 ? done : n;
		for (ssize_t k = 0; k < n;) {
			long w = console_write(to, buf + k, (size_t)(n - k));

			if (w == 0)
				w = wait_for_room(f);
			if (w < 0)
				return done > 0 ? done : w;
			k += w;
			done += w;
		}
	}
	return done;
}

static ssize_t console_file_read(struct file *f, struct uio *u, uint64_t *pos)
{
	char buf[256];
	size_t n;

	(void)pos;
	if (u->left == 0)
		return 0;
	if (!console_readable() && !console_eof()) {
		int err;

		if ((f->flags & O_NONBLOCK) != 0)
			return -EAGAIN;
		err = wait_event(&console_wait, console_readable() || console_eof(), TIME_NEVER, WAIT_INTERRUPTIBLE);
		if (err != 0)
			return -ERESTARTSYS;
	}
	n = console_read(buf, MIN(sizeof buf, u->left));
	return uio_put(u, buf, n);
}

static unsigned console_file_poll(struct file *f, struct poll_table *pt)
{
	(void)f;
	if (pt->add != NULL)
		pt->add(pt, &console_wait);
	return POLLOUT | POLLWRNORM | (console_readable() || console_eof() ? POLLIN | POLLRDNORM : 0u);
}

static const struct termios console_termios = {TERMIOS_USUAL};

static long console_file_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	static const struct winsize unknown_size;

	if (!stdio_is_terminal((uintptr_t)f->priv))
		return -ENOTTY;
	switch (cmd) {
	case TCGETS: return copy_to_user(UPTR(arg), &console_termios, sizeof console_termios);
	case TCSETS:
	case TCSETSW:
	case TCSETSF: {
		struct termios t;

		if (copy_from_user(&t, UPTR(arg), sizeof t) != 0)
			return -EFAULT;
		return memcmp(&t, &console_termios, sizeof t) == 0 ? 0 : -EINVAL;
	}
	case TIOCGWINSZ: return copy_to_user(UPTR(arg), &unknown_size, sizeof unknown_size);
	case TIOCGPGRP: return put_user(UPTR(arg), process_current()->pgid);
	case TIOCGSID: return put_user(UPTR(arg), process_current()->sid);
	case FIONREAD: return put_user(UPTR(arg), (int)console_readable());
	}
	return -ENOTTY;
}

/* What is not a terminal is a stream of bytes to somebody: fstat says pipe. */
#define CONSOLE_OPS                                                                                                    \
	.read = console_file_read, .write = console_file_write, .poll = console_file_poll, .ioctl = console_file_ioctl

static const struct file_ops terminal_ops = {.kind = "/dev/console", .mode = S_IFCHR | 0620, CONSOLE_OPS};
static const struct file_ops stream_ops = {.kind = "pipe", .mode = S_IFIFO | 0600, CONSOLE_OPS};

struct file *stdio_open(unsigned flags, uintptr_t fd)
{
	return file_create(stdio_is_terminal(fd) ? &terminal_ops : &stream_ops, flags, (void *)fd);
}

static int attach(struct process *p, int fd)
{
	unsigned flags = stdio_is_terminal((uintptr_t)fd) ? O_RDWR : fd == 0 ? O_RDONLY : O_WRONLY;
	struct file *f = NULL;
	int err;

	if (stdio_terminal_hook != NULL)
		err = stdio_terminal_hook(p, &f);
	else
		err = (f = stdio_open(flags, (uintptr_t)fd)) == NULL ? -ENOMEM : 0;
	if (err != 0)
		return err;
	err = fd_table_set(p->fds, fd, f);
	if (err != 0)
		file_put(f);
	return err;
}

int stdio_attach(struct process *p)
{
	int err = 0;

	for (int fd = 0; fd < 3 && err == 0; fd++)
		if (fd_table_peek(p->fds, fd) == NULL)
			err = attach(p, fd);
	return err;
}
