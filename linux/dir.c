/* SPDX-License-Identifier: ISC */
/* Directories: getdents64(2), getcwd(2), chdir(2), chroot(2). */
#include <linux/fcntl.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "linux/task.h"

#define DENTS_MAX 32768u

struct dirent64 { /* getdents(2); the older form lacks type here and has it in the last byte */
	uint64_t ino, off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

#define NAME_AT     19u /* offsetof(struct dirent64, name) */
#define OLD_NAME_AT 18u

struct dents {
	struct dir_emit emit;
	char *buf;
	size_t used, size;
	bool old, full;
};

static bool add(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next)
{
	struct dents *d = CONTAINER_OF(e, struct dents, emit);
	size_t head = d->old ? OLD_NAME_AT : NAME_AT, n = ALIGN_UP(head + len + 1 + d->old, (size_t)8);
	struct dirent64 *out = (struct dirent64 *)(d->buf + d->used);

	if (d->size - d->used < n) {
		d->full = true;
		return false;
	}
	memset(out, 0, n);
	out->ino = ino;
	out->off = next;
	out->reclen = (uint16_t)n;
	if (d->old)
		((char *)out)[n - 1] = (char)type;
	else
		out->type = (uint8_t)type;
	memcpy((char *)out + head, name, len);
	d->used += n;
	return true;
}

static long list(struct file *f, struct uptr to, size_t size, bool old)
{
	struct dents d = {.emit = {add}, .size = MIN(size, DENTS_MAX), .old = old};
	uint64_t pos = f->pos;
	long n;

	if (f->ops->readdir == NULL)
		return -ENOTDIR;
	d.buf = kmalloc(d.size + 1);
	if (d.buf == NULL)
		return -ENOMEM;
	n = f->ops->readdir(f, &pos, &d.emit);
	if (d.used > 0 || n == 0) {
		n = (long)d.used;
		if (d.used == 0 && d.full)
			n = -EINVAL;
		else if (copy_to_user(to, d.buf, d.used) != 0)
			n = -EFAULT;
		else
			f->pos = pos;
	}
	kfree(d.buf);
	return n;
}

static long dents(int fd, struct uptr to, unsigned size, bool old)
{
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = list(f, to, size, old);
	file_put(f);
	return n;
}

long sys_getdents64(int fd, struct uptr to, unsigned size)
{
	return dents(fd, to, size, false);
}

long sys_getdents(int fd, struct uptr to, unsigned size)
{
	return dents(fd, to, size, true);
}

long sys_getcwd(struct uptr to, size_t size)
{
	const struct process *p = process_current();
	char *buf;
	long n;

	if ((p->cwd->flags & DENTRY_HASHED) == 0 && p->cwd->parent != p->cwd)
		return -ENOENT;
	buf = kmalloc(VFS_PATH_MAX);
	if (buf == NULL)
		return -ENOMEM;
	n = vfs_path(p->root, p->cwd, buf, VFS_PATH_MAX);
	if (n == -ENOENT) /* outside of the root */
		n = (long)strlcpy(buf, "(unreachable)", VFS_PATH_MAX);
	if (n >= 0 && (size_t)n + 1 > size)
		n = -ERANGE;
	if (n >= 0)
		n = copy_to_user(to, buf, (size_t)n + 1) != 0 ? -EFAULT : n + 1;
	kfree(buf);
	return n;
}

/* Takes over d's reference. */
static long enter(struct dentry *d, struct dentry **place)
{
	struct vfs_ctx ctx;
	int err = S_ISDIR(d->inode->mode) ? 0 : -ENOTDIR;

	at_ctx(&ctx);
	if (err == 0)
		err = vfs_permission(d->inode, VFS_EXEC, &ctx);
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	dentry_put(*place);
	*place = d;
	return 0;
}

long sys_chdir(struct uptr path)
{
	struct dentry *d;
	int err = at_dentry(AT_FDCWD, path, 0, &d, NULL);

	return err != 0 ? err : enter(d, &process_current()->cwd);
}

long sys_fchdir(int fd)
{
	struct file *f = fd_get_any(fd);
	struct dentry *d;

	if (f == NULL)
		return -EBADF;
	d = f->dentry != NULL ? dentry_get(f->dentry) : NULL;
	file_put(f);
	return d == NULL ? -ENOTDIR : enter(d, &process_current()->cwd);
}

long sys_chroot(struct uptr path)
{
	struct dentry *d;
	int err = at_dentry(AT_FDCWD, path, 0, &d, NULL);

	if (err == 0 && process_current()->creds.euid != 0) {
		dentry_put(d);
		err = -EPERM;
	}
	return err != 0 ? err : enter(d, &process_current()->root);
}
