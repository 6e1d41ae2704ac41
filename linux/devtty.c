/* SPDX-License-Identifier: ISC */
/* /dev/console and /dev/tty: the console again. Without a terminal nobody has a controlling one: -ENXIO, as tty(4). */
#include <linux/fcntl.h>

#include "abi/boot.h"
#include "fs/dev.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "linux/tty.h"
#include "platform/platform.h"

static int console_open(struct inode *i, struct file **f)
{
	struct file *console = tty_open((*f)->flags);

	(void)i;
	if (console == NULL)
		return -ENOMEM;
	(*f)->ops = console->ops;
	file_put(console);
	return 0;
}

static int tty_open_device(struct inode *i, struct file **f)
{
	return platform_boot_info()->console_flags != 0 ? console_open(i, f) : -ENXIO;
}

static struct device devices[] = {
    {.name = "console", .mode = 0600, .rdev = DEV(5u, 1u), .open = console_open},
    {.name = "tty", .mode = 0666, .rdev = DEV(5u, 0u), .open = tty_open_device},
};

static void devtty_init(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(devices); i++)
		if (dev_register(&devices[i]) != 0)
			log_err("/dev/%s: no memory", devices[i].name);
}
INIT(INIT_FS, devtty_init);
