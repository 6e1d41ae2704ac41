/* SPDX-License-Identifier: ISC */
/*
 * Extended attributes, xattr(7): no file system here keeps any. Asking for one or setting one is -EOPNOTSUPP, lists are
 * empty, as on Linux where a file system does not know them; paths and descriptors are checked first. And advice about
 * files (posix_fadvise(2), readahead(2), sync_file_range(2)): their contents are in memory, so there is nothing to do.
 */
#include <linux/fcntl.h>

#include "linux/at.h"
#include "linux/calls.h"

static long at_path(struct uptr path, int flags, long result)
{
	struct dentry *d;
	int err = at_dentry(AT_FDCWD, path, flags, &d, NULL);

	if (err != 0)
		return err;
	dentry_put(d);
	return result;
}

static long at_fd(int fd, long result)
{
	struct file *f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	file_put(f);
	return result;
}

long sys_setxattr(struct uptr path, struct uptr name, struct uptr value, size_t size, int flags)
{
	(void)name, (void)value, (void)size, (void)flags;
	return at_path(path, 0, -EOPNOTSUPP);
}

long sys_lsetxattr(struct uptr path, struct uptr name, struct uptr value, size_t size, int flags)
{
	(void)name, (void)value, (void)size, (void)flags;
	return at_path(path, AT_SYMLINK_NOFOLLOW, -EOPNOTSUPP);
}

long sys_fsetxattr(int fd, struct uptr name, struct uptr value, size_t size, int flags)
{
	(void)name, (void)value, (void)size, (void)flags;
	return at_fd(fd, -EOPNOTSUPP);
}

long sys_getxattr(struct uptr path, struct uptr name, struct uptr value, size_t size)
{
	(void)name, (void)value, (void)size;
	return at_path(path, 0, -EOPNOTSUPP);
}

long sys_lgetxattr(struct uptr path, struct uptr name, struct uptr value, size_t size)
{
	(void)name, (void)value, (void)size;
	return at_path(path, AT_SYMLINK_NOFOLLOW, -EOPNOTSUPP);
}

long sys_fgetxattr(int fd, struct uptr name, struct uptr value, size_t size)
{
	(void)name, (void)value, (void)size;
	return at_fd(fd, -EOPNOTSUPP);
}

long sys_listxattr(struct uptr path, struct uptr list, size_t size)
{
	(void)list, (void)size;
	return at_path(path, 0, 0);
}

long sys_llistxattr(struct uptr path, struct uptr list, size_t size)
{
	(void)list, (void)size;
	return at_path(path, AT_SYMLINK_NOFOLLOW, 0);
}

long sys_flistxattr(int fd, struct uptr list, size_t size)
{
	(void)list, (void)size;
	return at_fd(fd, 0);
}

long sys_removexattr(struct uptr path, struct uptr name)
{
	(void)name;
	return at_path(path, 0, -EOPNOTSUPP);
}

long sys_lremovexattr(struct uptr path, struct uptr name)
{
	(void)name;
	return at_path(path, AT_SYMLINK_NOFOLLOW, -EOPNOTSUPP);
}

long sys_fremovexattr(int fd, struct uptr name)
{
	(void)name;
	return at_fd(fd, -EOPNOTSUPP);
}

/* 0 for a regular file; -ESPIPE for what has no positions, else `other`. */
static long on_file(int fd, long other)
{
	struct file *f = fd_get(fd);
	long n = 0;

	if (f == NULL)
		return -EBADF;
	if (f->inode == NULL || S_ISFIFO(f->inode->mode))
		n = -ESPIPE;
	else if (!S_ISREG(f->inode->mode))
		n = other;
	file_put(f);
	return n;
}

long sys_fadvise64(int fd, int64_t off, int64_t len, int advice)
{
	(void)off;
	return len < 0 || advice < 0 || advice > 5 ? -EINVAL : on_file(fd, 0);
}

long sys_readahead(int fd, int64_t off, size_t count)
{
	long n = on_file(fd, -EINVAL);

	(void)off, (void)count;
	return n == -ESPIPE ? -EINVAL : n;
}

long sys_sync_file_range(int fd, int64_t off, int64_t len, unsigned flags)
{
	return off < 0 || len < 0 || (flags & ~7u) != 0 ? -EINVAL : on_file(fd, 0);
}
