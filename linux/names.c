/* SPDX-License-Identifier: ISC */
/* Changes to the tree: mkdir(2), rmdir(2), mknod(2), unlink(2), rename(2), link(2), symlink(2), and their *at forms. */
#include <linux/fcntl.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "kernel/heap.h"
#include "linux/task.h"

static long make_at(int dirfd, struct uptr path, uint32_t mode, uint64_t rdev)
{
	struct at a;
	int err = at_begin(&a, dirfd, path);

	if (err != 0)
		return err;
	err = vfs_make(&a.ctx, a.base, a.path, mode & ~process_current()->umask, rdev, NULL);
	at_end(&a);
	return err;
}

long sys_mkdirat(int dirfd, struct uptr path, unsigned mode)
{
	return make_at(dirfd, path, S_IFDIR | (mode & 01777), 0);
}

long sys_mkdir(struct uptr path, unsigned mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(int dirfd, struct uptr path, unsigned mode, unsigned dev)
{
	uint32_t type = mode & S_IFMT;

	if (type == 0)
		type = S_IFREG;
	if (type == S_IFDIR)
		return -EPERM;
	if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK && type != S_IFCHR && type != S_IFBLK)
		return -EINVAL;
	if ((type == S_IFCHR || type == S_IFBLK) && process_current()->creds.fsuid != 0)
		return -EPERM;
	return make_at(dirfd, path, type | (mode & 07777), type == S_IFCHR || type == S_IFBLK ? dev : 0);
}

long sys_mknod(struct uptr path, unsigned mode, unsigned dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

static long unlink_at(int dirfd, struct uptr path, bool directory)
{
	struct at a;
	int err = at_begin(&a, dirfd, path);

	if (err != 0)
		return err;
	err = vfs_unlink(&a.ctx, a.base, a.path, directory);
	at_end(&a);
	return err;
}

long sys_unlinkat(int dirfd, struct uptr path, int flags)
{
	if ((flags & ~AT_REMOVEDIR) != 0)
		return -EINVAL;
	return unlink_at(dirfd, path, (flags & AT_REMOVEDIR) != 0);
}

long sys_unlink(struct uptr path)
{
	return unlink_at(AT_FDCWD, path, false);
}

long sys_rmdir(struct uptr path)
{
	return unlink_at(AT_FDCWD, path, true);
}

long sys_renameat2(int from_fd, struct uptr from, int to_fd, struct uptr to, unsigned flags)
{
	struct at a, b;
	int err = at_begin(&a, from_fd, from);

	if (err != 0)
		return err;
	err = at_begin(&b, to_fd, to);
	if (err == 0) {
		err = vfs_rename(&a.ctx, a.base, a.path, b.base, b.path, flags);
		at_end(&b);
	}
	at_end(&a);
	return err;
}

long sys_renameat(int from_fd, struct uptr from, int to_fd, struct uptr to)
{
	return sys_renameat2(from_fd, from, to_fd, to, 0);
}

long sys_rename(struct uptr from, struct uptr to)
{
	return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_linkat(int from_fd, struct uptr from, int to_fd, struct uptr to, int flags)
{
	struct dentry *d;
	struct at a;
	int err;

	if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
		return -EINVAL;
	err =
	    at_dentry(from_fd, from,
		      (flags & AT_EMPTY_PATH) | ((flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW), &d, NULL);
	if (err != 0)
		return err;
	err = at_begin(&a, to_fd, to);
	if (err == 0) {
		err = vfs_link(&a.ctx, d, a.base, a.path);
		at_end(&a);
	}
	dentry_put(d);
	return err;
}

long sys_link(struct uptr from, struct uptr to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_symlinkat(struct uptr target, int dirfd, struct uptr path)
{
	char small[AT_SMALL], *text;
	struct at a;
	int err = at_string(target, small, sizeof small, &text);

	if (err != 0)
		return err;
	err = at_begin(&a, dirfd, path);
	if (err == 0) {
		err = vfs_symlink(&a.ctx, a.base, a.path, text);
		at_end(&a);
	}
	if (text != small)
		kfree(text);
	return err;
}

long sys_symlink(struct uptr target, struct uptr path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}
