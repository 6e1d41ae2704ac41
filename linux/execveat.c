/* SPDX-License-Identifier: ISC */
/* execveat(2): the program below a directory, or an open file itself (AT_EMPTY_PATH). */
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/vm.h"
#include "lib/fmt.h"
#include "linux/at.h"
#include "linux/calls.h"
#include "linux/exec.h"
#include "linux/execve.h"

#include <linux/fcntl.h>

static int open_program(struct at *a, int flags, struct file **out)
{
	if (*a->path != '\0')
		return vfs_open(&a->ctx, a->base, a->path,
				O_RDONLY | O_NONBLOCK | ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0), 0,
				(flags & AT_SYMLINK_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW, out);
	if ((flags & AT_EMPTY_PATH) == 0)
		return -ENOENT;
	if (a->file == NULL || a->file->dentry == NULL)
		return -EACCES;
	if ((a->file->flags & O_PATH) != 0)
		return vfs_open_dentry(a->file->dentry, O_RDONLY | O_NONBLOCK, out);
	file_get(*out = a->file);
	return 0;
}

/* What the program is told its name is. */
static void name(const struct at *a, int dirfd, char *buf)
{
	if (a->file == NULL)
		fmt_snprintf(buf, VFS_PATH_MAX, "%s", a->path);
	else if (*a->path == '\0')
		fmt_snprintf(buf, VFS_PATH_MAX, "/dev/fd/%d", dirfd);
	else
		fmt_snprintf(buf, VFS_PATH_MAX, "/dev/fd/%d/%s", dirfd, a->path);
}

static int execute(struct at *a, int dirfd, struct uptr argv, struct uptr envp, int flags)
{
	char *path = kmalloc(VFS_PATH_MAX);
	struct exec_file program;
	struct file *f;
	int err = path == NULL ? -ENOMEM : open_program(a, flags, &f);

	if (err == 0) {
		err = exec_file_from(f, &a->ctx, &program);
		file_put(f);
	}
	if (err == 0) {
		name(a, dirfd, path);
		program.gone = a->file != NULL && fd_cloexec(dirfd);
		err = execve_file(&program, path, argv, envp);
		vm_object_put(program.object);
	}
	kfree(path);
	return err;
}

long sys_execveat(int dirfd, struct uptr path, struct uptr argv, struct uptr envp, int flags)
{
	struct at a;
	int err;

	if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0)
		return -EINVAL;
	err = at_begin(&a, dirfd, path);
	if (err != 0)
		return err;
	err = execute(&a, dirfd, argv, envp, flags);
	at_end(&a);
	return err;
}
