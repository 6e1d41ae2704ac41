/* SPDX-License-Identifier: ISC */
/* Programs that are files: a regular file that may be executed, as an object. */
#include "abi/errno.h"
#include "fs/vfs.h"
#include "kernel/init.h"
#include "kernel/vm.h"
#include "linux/exec.h"
#include "linux/task.h"

#include <linux/fcntl.h>

int exec_file_from(struct file *f, const struct vfs_ctx *ctx, struct exec_file *out)
{
	struct inode *i = f->inode;
	int err;

	if (i == NULL || !S_ISREG(i->mode) || (i->mode & 0111) == 0 || vfs_permission(i, VFS_EXEC, ctx) != 0 ||
	    f->ops->mmap == NULL)
		return -EACCES;
	if (i->writers > 0)
		return -ETXTBSY;
	err = f->ops->mmap(f, &out->object);
	out->size = i->size;
	out->gone = false;
	return err;
}

static int exec_file_open(const char *path, struct exec_file *out)
{
	struct process *p = thread_current()->task == NULL ? NULL : process_current();
	struct vfs_ctx ctx;
	struct file *f;
	int err;

	vfs_root_ctx(&ctx);
	if (p != NULL && p->root != NULL)
		ctx = (struct vfs_ctx){p->root, p->cwd, p->creds.fsuid, p->creds.fsgid, p->creds.groups};
	err = vfs_open(&ctx, NULL, path, O_RDONLY | O_NONBLOCK, 0, LOOKUP_FOLLOW, &f);
	if (err != 0)
		return err;
	err = exec_file_from(f, &ctx, out);
	file_put(f);
	return err;
}

static void exec_file_init(void)
{
	exec_file_hook = exec_file_open;
}
INIT(INIT_FS, exec_file_init);
