/* SPDX-License-Identifier: ISC */
/* Attributes: chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2), umask(2). */
#include <asm/signal.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/stat.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "kernel/time.h"
#include "linux/task.h"

#define UTIME_NOW  0x3fffffffl
#define UTIME_OMIT 0x3ffffffel

static long set_at(int dirfd, struct uptr path, int flags, const struct vfs_attr *attr)
{
	struct vfs_ctx ctx;
	struct dentry *d;
	int err = at_dentry(dirfd, path, flags, &d, NULL);

	if (err != 0)
		return err;
	at_ctx(&ctx);
	err = vfs_setattr(&ctx, d->inode, attr);
	dentry_put(d);
	return err;
}

static long set_fd(int fd, const struct vfs_attr *attr)
{
	struct vfs_ctx ctx;
	struct file *f = fd_get(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	at_ctx(&ctx);
	err = f->inode == NULL ? -EPERM : vfs_setattr(&ctx, f->inode, attr);
	file_put(f);
	return err;
}

static struct vfs_attr mode_attr(unsigned mode)
{
	return (struct vfs_attr){.valid = ATTR_MODE, .mode = mode & 07777};
}

long sys_chmod(struct uptr path, unsigned mode)
{
	struct vfs_attr a = mode_attr(mode);

	return set_at(AT_FDCWD, path, 0, &a);
}

long sys_fchmod(int fd, unsigned mode)
{
	struct vfs_attr a = mode_attr(mode);

	return set_fd(fd, &a);
}

long sys_fchmodat(int dirfd, struct uptr path, unsigned mode)
{
	struct vfs_attr a = mode_attr(mode);

	return set_at(dirfd, path, 0, &a);
}

static struct vfs_attr owner_attr(unsigned uid, unsigned gid)
{
	return (struct vfs_attr){
	    .valid = (uid != UINT32_MAX ? ATTR_UID : 0u) | (gid != UINT32_MAX ? ATTR_GID : 0u),
	    .uid = uid,
	    .gid = gid,
	};
}

long sys_fchownat(int dirfd, struct uptr path, unsigned uid, unsigned gid, int flags)
{
	struct vfs_attr a = owner_attr(uid, gid);

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return -EINVAL;
	return set_at(dirfd, path, flags, &a);
}

long sys_chown(struct uptr path, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(struct uptr path, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, unsigned uid, unsigned gid)
{
	struct vfs_attr a = owner_attr(uid, gid);

	return set_fd(fd, &a);
}

struct times { /* two of struct timespec */
	int64_t sec, nsec;
};

/* The nanoseconds of one, with UTIME_NOW and UTIME_OMIT. */
static int time_attr(const struct times *t, unsigned bit, struct vfs_attr *a, int64_t *out, bool *now)
{
	if (t->nsec == UTIME_OMIT)
		return 0;
	if (t->nsec == UTIME_NOW) {
		*out = (int64_t)time_real();
	} else {
		if (t->nsec < 0 || t->nsec >= (int64_t)NSEC_PER_SEC)
			return -EINVAL;
		if (MUL_OVERFLOWS(t->sec, (int64_t)NSEC_PER_SEC, out) || ADD_OVERFLOWS(*out, t->nsec, out))
			return -EOVERFLOW;
		*now = false;
	}
	a->valid |= bit;
	return 0;
}

static long set_times(int dirfd, struct uptr path, int flags, const struct times t[2])
{
	struct vfs_attr a = {0};
	struct dentry *d;
	struct vfs_ctx ctx;
	bool now = true;
	int err = time_attr(&t[0], ATTR_ATIME, &a, &a.atime, &now);

	if (err == 0)
		err = time_attr(&t[1], ATTR_MTIME, &a, &a.mtime, &now);
	if (err != 0 || a.valid == 0)
		return err;
	if (uptr_null(path)) {
		struct file *f = fd_get(dirfd);

		if (f == NULL)
			return -EBADF;
		d = f->dentry != NULL ? dentry_get(f->dentry) : NULL;
		file_put(f);
		if (d == NULL)
			return -EBADF;
	} else {
		err = at_dentry(dirfd, path, flags, &d, NULL);
		if (err != 0)
			return err;
	}
	at_ctx(&ctx);
	/* "Now" needs the right to write; any other time is the owner's to set. */
	if (ctx.uid != 0 && ctx.uid != d->inode->uid)
		err = now ? vfs_permission(d->inode, VFS_WRITE, &ctx) : -EPERM;
	if (err == 0)
		err = vfs_setattr(&ctx, d->inode, &a);
	dentry_put(d);
	return err;
}

long sys_utimensat(int dirfd, struct uptr path, struct uptr times, int flags)
{
	struct times t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return -EINVAL;
	if (!uptr_null(times) && copy_from_user(t, times, sizeof t) != 0)
		return -EFAULT;
	return set_times(dirfd, path, flags, t);
}

/* The older forms count microseconds or seconds. */
static long set_times_us(int dirfd, struct uptr path, struct uptr times)
{
	struct times t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};

	if (!uptr_null(times)) {
		if (copy_from_user(t, times, sizeof t) != 0)
			return -EFAULT;
		for (unsigned i = 0; i < 2; i++) {
			if (t[i].nsec < 0 || t[i].nsec >= 1000000)
				return -EINVAL;
			t[i].nsec *= 1000;
		}
	}
	return set_times(dirfd, path, 0, t);
}

long sys_utimes(struct uptr path, struct uptr times)
{
	return set_times_us(AT_FDCWD, path, times);
}

long sys_futimesat(int dirfd, struct uptr path, struct uptr times)
{
	return set_times_us(dirfd, path, times);
}

long sys_utime(struct uptr path, struct uptr times)
{
	struct times t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	int64_t sec[2];

	if (!uptr_null(times)) {
		if (copy_from_user(sec, times, sizeof sec) != 0)
			return -EFAULT;
		t[0] = (struct times){sec[0], 0};
		t[1] = (struct times){sec[1], 0};
	}
	return set_times(AT_FDCWD, path, 0, t);
}

static int within_limit(uint64_t size)
{
	if (size <= process_current()->rlimit[RLIMIT_FSIZE].cur)
		return 0;
	signal_own(SIGXFSZ);
	return -EFBIG;
}

/* Only regular files have a size to set. */
static int set_size(struct inode *i, int64_t size)
{
	struct vfs_attr a = {.valid = ATTR_SIZE, .size = (uint64_t)size};

	if ((uint64_t)size > i->size && within_limit((uint64_t)size) != 0)
		return -EFBIG;

	if ((i->sb->flags & SUPER_RDONLY) != 0)
		return -EROFS;
	return i->ops->setattr != NULL ? i->ops->setattr(i, &a) : -EPERM;
}

long sys_truncate(struct uptr path, int64_t size)
{
	struct vfs_ctx ctx;
	struct dentry *d;
	int err;

	if (size < 0)
		return -EINVAL;
	err = at_dentry(AT_FDCWD, path, 0, &d, NULL);
	if (err != 0)
		return err;
	at_ctx(&ctx);
	if (S_ISDIR(d->inode->mode))
		err = -EISDIR;
	else if (!S_ISREG(d->inode->mode))
		err = -EINVAL;
	else
		err = vfs_permission(d->inode, VFS_WRITE, &ctx);
	if (err == 0)
		err = set_size(d->inode, size);
	dentry_put(d);
	return err;
}

long sys_ftruncate(int fd, int64_t size)
{
	struct file *f;
	int err;

	if (size < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	if (f->inode == NULL || !S_ISREG(f->inode->mode) || (f->flags & O_ACCMODE) == O_RDONLY)
		err = -EINVAL;
	else
		err = set_size(f->inode, size);
	file_put(f);
	return err;
}

static int allocate(struct file *f, int mode, int64_t off, int64_t len)
{
	int64_t end;

	if (off < 0 || len <= 0)
		return -EINVAL;
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (f->inode == NULL)
		return -ESPIPE;
	if (S_ISDIR(f->inode->mode))
		return -EISDIR;
	if (!S_ISREG(f->inode->mode))
		return S_ISFIFO(f->inode->mode) ? -ESPIPE : -ENODEV;
	if (ADD_OVERFLOWS(off, len, &end))
		return -EFBIG;
	if ((mode & FALLOC_FL_KEEP_SIZE) == 0 && (uint64_t)end > f->inode->size && within_limit((uint64_t)end) != 0)
		return -EFBIG;
	return f->inode->ops->allocate != NULL ? f->inode->ops->allocate(f->inode, mode, (uint64_t)off, (uint64_t)len)
					       : -EOPNOTSUPP;
}

long sys_fallocate(int fd, int mode, int64_t off, int64_t len)
{
	struct file *f = fd_get(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = allocate(f, mode, off, len);
	file_put(f);
	return err;
}

long sys_umask(unsigned mask)
{
	struct process *p = process_current();
	unsigned old = p->umask;

	p->umask = mask & 0777;
	return old;
}
