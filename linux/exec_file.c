/* SPDX-License-Identifier: ISC */
/* Programs that are files: a regular file that may be executed, as an object. */
#include "abi/errno.h"
#include "fs/vfs.h"
#include "kernel/init.h"
#include "kernel/vm.h"
#include "linux/exec.h"
#include "linux/task.h"

#include <linux/fcntl.h>

static int exec_file_open(const char *path, struct exec_file *out)
{
	struct process *p = thread_current()->task == NULL ? NULL : process_current();
	struct vfs_ctx ctx;
	struct file *f;
	int err;

	vfs_root_ctx(&ctx);
	if (p != NULL && p->root != NULL)
		ctx = (struct vfs_ctx){p->root, p->cwd, p->creds.fsuid, p->creds.fsgid};
	err = vfs_open(&ctx, NULL, path, O_RDONLY | O_NONBLOCK, 0, LOOKUP_FOLLOW, &f);
	if (err != 0)
		return err;
	if (f->inode == NULL || (f->inode->mode & S_IFMT) != S_IFREG || (f->inode->mode & 0111) == 0 ||
	    vfs_permission(f->inode, VFS_EXEC, &ctx) != 0 || f->ops->mmap == NULL)
		err = -EACCES;
	if (err == 0)
		err = f->ops->mmap(f, &out->object);
	if (err == 0)
		out->size = f->inode->size;
	file_put(f);
	return err;
}

static void exec_file_init(void)
{
	exec_file_hook = exec_file_open;
}
INIT(INIT_FS, exec_file_init);
