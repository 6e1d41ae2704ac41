/* SPDX-License-Identifier: ISC */
/* A program's paths: copied in once, short ones to the stack; and each process's root and working directory. */
#include "linux/at.h"
#include <linux/fcntl.h>

#include "fs/root.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "linux/task.h"

void at_ctx(struct vfs_ctx *ctx)
{
	const struct process *p = process_current();

	*ctx = (struct vfs_ctx){p->root, p->cwd, p->creds.fsuid, p->creds.fsgid, p->creds.groups};
}

int at_string(struct uptr path, char *small, size_t size, char **out)
{
	long n = copy_string_from_user(small, path, size);

	*out = small;
	if (n != -ENAMETOOLONG)
		return n < 0 ? (int)n : 0;
	*out = kmalloc(VFS_PATH_MAX);
	if (*out == NULL)
		return -ENOMEM;
	n = copy_string_from_user(*out, path, VFS_PATH_MAX);
	if (n >= 0)
		return 0;
	kfree(*out);
	*out = small;
	return (int)n;
}

int at_begin(struct at *a, int dirfd, struct uptr path)
{
	char *s;
	int err;

	a->file = NULL;
	a->base = NULL;
	a->big = NULL;
	at_ctx(&a->ctx);
	err = at_string(path, a->small, sizeof a->small, &s);
	if (err != 0)
		return err;
	if (s != a->small)
		a->big = s;
	a->path = s;
	if (*s == '/' || dirfd == AT_FDCWD)
		return 0;
	a->file = fd_get_any(dirfd);
	if (a->file == NULL) {
		kfree(a->big);
		return -EBADF;
	}
	a->base = a->file->dentry;
	if (a->base == NULL && *s != '\0') {
		at_end(a);
		return -ENOTDIR;
	}
	return 0;
}

void at_end(struct at *a)
{
	if (a->file != NULL)
		file_put(a->file);
	kfree(a->big);
}

int at_dentry(int dirfd, struct uptr path, int flags, struct dentry **out, struct file **file)
{
	unsigned lookup = ((flags & AT_SYMLINK_NOFOLLOW) == 0 ? LOOKUP_FOLLOW : 0u) |
			  ((flags & AT_EMPTY_PATH) != 0 ? LOOKUP_EMPTY : 0u);
	struct at a;
	int err = at_begin(&a, dirfd, path);

	if (err != 0)
		return err;
	if (*a.path == '\0' && a.file != NULL && (flags & AT_EMPTY_PATH) != 0) {
		*out = a.base != NULL ? dentry_get(a.base) : NULL;
		if (a.base == NULL && file == NULL)
			err = -EBADF;
		else if (a.base == NULL)
			file_get(*file = a.file);
	} else {
		err = a.file != NULL && a.base == NULL ? -ENOENT : vfs_lookup(&a.ctx, a.base, a.path, lookup, out);
	}
	at_end(&a);
	return err;
}

static int process_start(struct process *p, const struct process *from, const char *workdir)
{
	struct vfs_ctx ctx;
	int err;

	if (from != NULL) {
		p->root = dentry_get(from->root);
		p->cwd = dentry_get(from->cwd);
		return 0;
	}
	vfs_root_ctx(&ctx);
	err = vfs_lookup(&ctx, NULL, workdir != NULL && *workdir != '\0' ? workdir : "/",
			 LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p->cwd);
	if (err == 0)
		p->root = dentry_get(ctx.root);
	return err;
}

static void process_end(struct process *p)
{
	dentry_put(p->root);
	dentry_put(p->cwd);
	p->root = p->cwd = NULL;
}

static const struct process_fs_ops fs_ops = {.start = process_start, .end = process_end};

static void at_init(void)
{
	process_fs = &fs_ops;
}
INIT(INIT_FS, at_init);
