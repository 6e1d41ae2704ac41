/* SPDX-License-Identifier: ISC */
/*
 * /dev/console and /dev/tty. Where the console has no line discipline but is a terminal, /dev/tty is it for everybody;
 * else it is the process's controlling terminal, and without one -ENXIO (tty(4)).
 */
#include <linux/fcntl.h>

#include "fs/dev.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "linux/stdio.h"
#include "linux/tty_devices.h"

/* A terminal if one of the host's descriptors is one, else the stream that fits. */
static uintptr_t host_descriptor(unsigned flags)
{
	for (uintptr_t fd = 0; fd < 3; fd++)
		if (stdio_is_terminal(fd))
			return fd;
	return (flags & O_ACCMODE) == O_RDONLY ? 0 : 1;
}

static int console_open(struct inode *i, struct file **f)
{
	struct file *console;

	(void)i;
	if (tty_console() != NULL)
		return tty_open(tty_console(), *f, true);
	console = stdio_open((*f)->flags, host_descriptor((*f)->flags));
	if (console == NULL)
		return -ENOMEM;
	(*f)->ops = console->ops;
	(*f)->priv = console->priv;
	file_put(console);
	return 0;
}

static int tty_device_open(struct inode *i, struct file **f)
{
	struct tty *t = tty_controlling();

	if (t != NULL)
		return tty_open(t, *f, true);
	if (tty_console() == NULL && stdio_is_terminal(host_descriptor((*f)->flags)))
		return console_open(i, f);
	return -ENXIO;
}

static struct device devices[] = {
    {.name = "console", .mode = 0600, .rdev = DEV(5u, 1u), .open = console_open},
    {.name = "tty", .mode = 0666, .rdev = DEV(5u, 0u), .open = tty_device_open},
};

static struct file *open_console(void)
{
	struct vfs_ctx ctx;
	struct file *f;

	vfs_root_ctx(&ctx);
	return vfs_open(&ctx, NULL, "/dev/console", O_RDWR, 0, LOOKUP_FOLLOW, &f) == 0 ? f : NULL;
}

static void devtty_init(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(devices); i++)
		if (dev_register(&devices[i]) != 0)
			log_err("/dev/%s: no memory", devices[i].name);
	tty_console_hook = open_console;
}
INIT(INIT_FS, devtty_init);
