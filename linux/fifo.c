/* SPDX-License-Identifier: ISC */
/* FIFOs, fifo(7): a pipe that hangs on an inode while somebody has it open. */
#include "fs/vfs.h"
#include "kernel/init.h"
#include "linux/pipe.h"

static int fifo_open(struct inode *i, struct file **f)
{
	int err = pipe_attach(*f, (struct pipe **)&i->ipc);

	if (err != 0)
		return err;
	err = pipe_meet(*f);
	if (err != 0)
		pipe_ops.release(*f);
	return err;
}

static void fifo_init(void)
{
	vfs_fifo_hook = fifo_open;
}
INIT(INIT_FS, fifo_init);
