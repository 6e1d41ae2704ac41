/* SPDX-License-Identifier: ISC */
/* What files are: stat(2), statx(2), access(2), readlink(2). Files without an inode (pipes, sockets, eventfds) tell
 * their type by file_ops.mode. */
#include <linux/stat.h>

#include <asm/stat.h>
#include <linux/fcntl.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "kernel/heap.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "linux/task.h"

struct info { /* one form for all of them */
	uint64_t dev, ino, rdev, size, blocks;
	uint32_t mode, nlink, uid, gid;
	int64_t atime, mtime, ctime;
};

#define FILES_DEV 11u /* where files without an inode are */

static void info_inode(const struct inode *i, struct info *s)
{
	*s = (struct info){i->sb->dev, i->ino, i->rdev, i->size,  i->blocks, i->mode,
			   i->nlink,   i->uid, i->gid,  i->atime, i->mtime,  i->ctime};
}

static void info_file(const struct file *f, struct info *s)
{
	if (f->inode != NULL)
		info_inode(f->inode, s);
	else
		*s = (struct info){.dev = FILES_DEV, .ino = f->id, .mode = f->ops->mode, .nlink = 1};
}

static long seconds(int64_t ns)
{
	return ns >= 0 ? ns / (int64_t)NSEC_PER_SEC : -((-ns + (int64_t)NSEC_PER_SEC - 1) / (int64_t)NSEC_PER_SEC);
}

static unsigned long rest(int64_t ns)
{
	return (unsigned long)(ns - seconds(ns) * (int64_t)NSEC_PER_SEC);
}

static long put_stat(struct uptr to, const struct info *s)
{
	struct stat st;

	memset(&st, 0, sizeof st);
	st.st_dev = s->dev;
	st.st_ino = s->ino;
	st.st_nlink = s->nlink;
	st.st_mode = s->mode;
	st.st_uid = s->uid;
	st.st_gid = s->gid;
	st.st_rdev = s->rdev;
	st.st_size = (long)s->size;
	st.st_blksize = 4096;
	st.st_blocks = (long)s->blocks;
	st.st_atime = (unsigned long)seconds(s->atime);
	st.st_atime_nsec = rest(s->atime);
	st.st_mtime = (unsigned long)seconds(s->mtime);
	st.st_mtime_nsec = rest(s->mtime);
	st.st_ctime = (unsigned long)seconds(s->ctime);
	st.st_ctime_nsec = rest(s->ctime);
	return copy_to_user(to, &st, sizeof st);
}

static int info_at(int dirfd, struct uptr path, int flags, struct info *s)
{
	struct dentry *d;
	struct file *f;
	int err = at_dentry(dirfd, path, flags, &d, &f);

	if (err != 0)
		return err;
	if (d != NULL) {
		info_inode(d->inode, s);
		dentry_put(d);
	} else {
		info_file(f, s);
		file_put(f);
	}
	return 0;
}

static long stat_at(int dirfd, struct uptr path, struct uptr to, int flags)
{
	struct info s;
	int err = info_at(dirfd, path, flags, &s);

	return err != 0 ? err : put_stat(to, &s);
}

long sys_stat(struct uptr path, struct uptr to)
{
	return stat_at(AT_FDCWD, path, to, 0);
}

long sys_lstat(struct uptr path, struct uptr to)
{
	return stat_at(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(int fd, struct uptr to)
{
	struct file *f = fd_get_any(fd);
	struct info s;

	if (f == NULL)
		return -EBADF;
	info_file(f, &s);
	file_put(f);
	return put_stat(to, &s);
}

long sys_newfstatat(int dirfd, struct uptr path, struct uptr to, int flags)
{
	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) != 0)
		return -EINVAL;
	return stat_at(dirfd, path, to, flags);
}

static struct statx_timestamp stamp(int64_t ns)
{
	return (struct statx_timestamp){.tv_sec = seconds(ns), .tv_nsec = (uint32_t)rest(ns)};
}

/* rdev and dev are encoded as makedev(3) does for 32 bits. */
static uint32_t dev_major(uint64_t dev)
{
	return dev >> 8 & 0xfff;
}

static uint32_t dev_minor(uint64_t dev)
{
	return (uint32_t)((dev & 0xff) | (dev >> 12 & 0xfff00));
}

long sys_statx(int dirfd, struct uptr path, int flags, unsigned mask, struct uptr to)
{
	struct statx x;
	struct info s;
	int err;

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) != 0 ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX__RESERVED) != 0)
		return -EINVAL;
	err = info_at(dirfd, path, flags, &s);
	if (err != 0)
		return err;
	memset(&x, 0, sizeof x);
	x.stx_mask = STATX_BASIC_STATS;
	x.stx_blksize = 4096;
	x.stx_nlink = s.nlink;
	x.stx_uid = s.uid;
	x.stx_gid = s.gid;
	x.stx_mode = (uint16_t)s.mode;
	x.stx_ino = s.ino;
	x.stx_size = s.size;
	x.stx_blocks = s.blocks;
	x.stx_atime = stamp(s.atime);
	x.stx_mtime = stamp(s.mtime);
	x.stx_ctime = stamp(s.ctime);
	x.stx_rdev_major = dev_major(s.rdev);
	x.stx_rdev_minor = dev_minor(s.rdev);
	x.stx_dev_major = dev_major(s.dev);
	x.stx_dev_minor = dev_minor(s.dev);
	return copy_to_user(to, &x, sizeof x);
}

static long access_at(int dirfd, struct uptr path, int mode, int flags)
{
	struct vfs_ctx ctx;
	struct dentry *d;
	struct file *f;
	int err;

	if ((mode & ~7) != 0 || (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH)) != 0)
		return -EINVAL;
	err = at_dentry(dirfd, path, flags, &d, &f);
	if (err != 0)
		return err;
	if (d == NULL) {
		file_put(f);
		return 0;
	}
	at_ctx(&ctx);
	if ((flags & AT_EACCESS) == 0) {
		ctx.uid = process_current()->creds.uid;
		ctx.gid = process_current()->creds.gid;
	}
	err = mode == 0 ? 0 : vfs_permission(d->inode, (unsigned)mode, &ctx);
	dentry_put(d);
	return err;
}

long sys_access(struct uptr path, int mode)
{
	return access_at(AT_FDCWD, path, mode, 0);
}

long sys_faccessat(int dirfd, struct uptr path, int mode)
{
	return access_at(dirfd, path, mode, 0);
}

long sys_faccessat2(int dirfd, struct uptr path, int mode, int flags)
{
	return access_at(dirfd, path, mode, flags);
}

long sys_readlinkat(int dirfd, struct uptr path, struct uptr buf, int size)
{
	struct dentry *d;
	char *text, first;
	long n;

	if (size <= 0)
		return -EINVAL;
	n = at_dentry(dirfd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &d, NULL);
	if (n != 0)
		return n;
	text = kmalloc(VFS_PATH_MAX);
	n = text == NULL ? -ENOMEM : vfs_readlink(d->inode, text, MIN((size_t)size, VFS_PATH_MAX));
	if (n == -EINVAL && get_user(first, path) == 0 && first == '\0') /* an empty path to no link */
		n = -ENOENT;
	if (n > 0 && copy_to_user(buf, text, (size_t)n) != 0)
		n = -EFAULT;
	kfree(text);
	dentry_put(d);
	return n;
}

long sys_readlink(struct uptr path, struct uptr buf, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}
