/* SPDX-License-Identifier: ISC */
/* Regular files of tmpfs and of an overlay. The content (data.c) is made when it is first needed: a file of the overlay
 * that nobody writes has none, and is read and mapped where it lies below. */
#include "file.h"
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "abi/errno.h"
#include "data.h"
#include "fs/object.h"
#include "kernel/heap.h"
#include "kernel/time.h"
#include "lib/string.h"

static struct tmpfs_inode *inode_of(struct inode *i)
{
	return CONTAINER_OF(i, struct tmpfs_inode, i);
}

static int need_data(struct tmpfs_inode *t)
{
	struct tmpfs_super *sb = CONTAINER_OF(t->i.sb, struct tmpfs_super, sb);

	if (t->data == NULL)
		t->data = data_create(sb->quota, t->lower, t->i.size);
	return t->data != NULL ? 0 : -ENOSPC;
}

static void changed(struct tmpfs_inode *t)
{
	t->i.size = t->data->size;
	t->i.blocks = data_frames(t->data) * (PAGE_SIZE / 512);
	t->i.mtime = t->i.ctime = (int64_t)time_real();
}

static ssize_t file_read(struct file *f, struct uio *u, uint64_t *pos)
{
	struct tmpfs_inode *t = inode_of(f->inode);
	ssize_t n = 0;

	if (t->data == NULL && (t->lower == NULL || u->left == 0 || *pos >= t->i.size))
		return 0;
	if (t->data != NULL) {
		n = data_read(t->data, u, *pos);
	} else {
		const void *p;

		while (u->left > 0) {
			ssize_t m = t->lower->ops->peek(t->lower, *pos + (uint64_t)n, &p);

			if (m > 0)
				m = uio_put(u, p, MIN((size_t)m, u->left));
			if (m <= 0) {
				n = n > 0 ? n : m;
				break;
			}
			n += m;
		}
	}
	if (n > 0)
		*pos += (uint64_t)n;
	return n;
}

static ssize_t file_write(struct file *f, struct uio *u, uint64_t *pos)
{
	struct tmpfs_inode *t = inode_of(f->inode);
	ssize_t n;

	if (u->left == 0)
		return 0;
	if ((t->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
		return -EPERM;
	if (need_data(t) != 0)
		return -ENOSPC;
	if ((f->flags & O_APPEND) != 0)
		*pos = t->i.size;
	if ((t->seals & F_SEAL_GROW) != 0) {
		if (*pos >= t->i.size)
			return -EPERM;
		u->left = MIN(u->left, t->i.size - *pos);
	}
	n = data_write(t->data, u, *pos);
	if (n > 0)
		*pos += (uint64_t)n;
	changed(t);
	return n;
}

static ssize_t file_peek(struct file *f, uint64_t pos, const void **p)
{
	struct tmpfs_inode *t = inode_of(f->inode);

	if (t->data != NULL)
		return data_peek(t->data, pos, p);
	return t->lower != NULL ? t->lower->ops->peek(t->lower, pos, p) : 0;
}

int tmpfs_set_size(struct inode *i, uint64_t size)
{
	struct tmpfs_inode *t = inode_of(i);
	int err;

	if (size == i->size)
		return 0;
	if ((t->seals & (size < i->size ? F_SEAL_SHRINK : F_SEAL_GROW)) != 0)
		return -EPERM;
	if (need_data(t) != 0)
		return -ENOSPC;
	err = data_truncate(t->data, size);
	if (err == 0)
		changed(t);
	return err;
}

/* A shared mapping through a descriptor for writing must see, and be seen by, what is written: it needs content of the
 * file's own. Others may have what is below itself. */
static int file_mmap(struct file *f, struct vm_object **out)
{
	struct tmpfs_inode *t = inode_of(f->inode);

	if (t->data == NULL && t->lower != NULL && (f->flags & O_ACCMODE) == O_RDONLY) {
		int err = t->lower->ops->object(t->lower, out);

		if (err == 0 && (*out)->name == NULL)
			(*out)->name = object_path(f->dentry);
		return err;
	}
	if (need_data(t) != 0)
		return -ENOMEM;
	*out = &t->data->object;
	(*out)->dev = t->i.sb->dev;
	(*out)->ino = t->i.ino;
	if ((*out)->name == NULL)
		(*out)->name = object_path(f->dentry);
	vm_object_get(*out);
	return 0;
}

static int64_t file_seek(struct file *f, int64_t off, int whence)
{
	struct tmpfs_inode *t = inode_of(f->inode);

	if ((whence == SEEK_DATA || whence == SEEK_HOLE) && (t->data != NULL || t->lower == NULL)) {
		uint64_t to;

		if (off < 0 || (uint64_t)off >= t->i.size)
			return -ENXIO;
		if (need_data(t) != 0)
			return -ENOMEM;
		to = data_seek(t->data, (uint64_t)off, whence == SEEK_HOLE);
		if (whence == SEEK_DATA && to >= t->i.size)
			return -ENXIO;
		f->pos = to;
		return (int64_t)to;
	}
	return vfs_seek(f, off, whence);
}

static long seal(struct tmpfs_inode *t, unsigned seals)
{
	const unsigned all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

	if ((seals & ~all) != 0)
		return -EINVAL;
	if ((t->seals & F_SEAL_SEAL) != 0)
		return -EPERM;
	if ((seals & F_SEAL_WRITE) != 0) {
		if (need_data(t) != 0)
			return -ENOMEM;
		if (t->data->object.refs > 1) /* mapped, perhaps for writing */
			return -EBUSY;
		t->data->sealed = true;
	}
	t->seals |= seals;
	return 0;
}

/* Seals belong to memfds; other files are sealed against sealing (tmpfs_unnamed says otherwise). */
static long file_fcntl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct tmpfs_inode *t = inode_of(f->inode);

	if (f->dentry->parent != f->dentry)
		return -EINVAL;
	if (cmd == F_GET_SEALS)
		return (long)t->seals;
	if (cmd != F_ADD_SEALS)
		return -EINVAL;
	return (f->flags & O_ACCMODE) == O_RDONLY ? -EPERM : seal(t, (unsigned)arg);
}

static int file_allocate(struct inode *i, int mode, uint64_t off, uint64_t len)
{
	struct tmpfs_inode *t = inode_of(i);
	bool keep = (mode & FALLOC_FL_KEEP_SIZE) != 0;
	uint64_t end = off + len;
	int err;

	if (need_data(t) != 0)
		return -ENOSPC;
	if ((t->seals & F_SEAL_GROW) != 0 && end > i->size && !keep)
		return -EPERM;
	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case 0: err = data_allocate(t->data, off, len); break;
	case FALLOC_FL_PUNCH_HOLE:
		if (!keep)
			return -EOPNOTSUPP;
		if ((t->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
			return -EPERM;
		err = data_punch(t->data, off, len);
		break;
	case FALLOC_FL_ZERO_RANGE: err = data_punch(t->data, off, len); break;
	default: return -EOPNOTSUPP;
	}
	if (err == 0 && !keep && end > i->size)
		err = data_truncate(t->data, end);
	changed(t);
	return err;
}

/* Overlays of overlays do not exist, but a file on tmpfs may be executed: its content as an object. */
static int inode_object(struct inode *i, struct vm_object **out)
{
	struct tmpfs_inode *t = inode_of(i);

	if (t->data == NULL && t->lower != NULL)
		return t->lower->ops->object(t->lower, out);
	if (need_data(t) != 0)
		return -ENOMEM;
	*out = &t->data->object;
	vm_object_get(*out);
	return 0;
}

const struct inode_ops tmpfs_file_ops = {
    .link = tmpfs_link,
    .setattr = tmpfs_setattr,
    .object = inode_object,
    .allocate = file_allocate,
    .evict = tmpfs_evict,
};

const struct file_ops tmpfs_file_fops = {
    .read = file_read,
    .write = file_write,
    .seek = file_seek,
    .mmap = file_mmap,
    .sync = vfs_sync_nothing,
    .fcntl = file_fcntl,
    .peek = file_peek,
};

int tmpfs_unnamed(const char *name, unsigned seals, struct file **out)
{
	static struct tmpfs_super *home;
	struct tmpfs_inode *t;
	struct dentry *d;
	int err;

	if (home == NULL)
		home = tmpfs_create("tmpfs", UINT64_MAX - PAGE_SIZE, 0777);
	if (home == NULL)
		return -ENOMEM;
	t = tmpfs_inode(home, S_IFREG | 0777);
	if (t == NULL)
		return -ENOMEM;
	t->i.nlink = 0;
	t->seals = seals;
	d = dentry_unnamed(&home->sb, name, &t->i);
	if (d == NULL) {
		tmpfs_evict(&t->i);
		return -ENOMEM;
	}
	err = vfs_open_dentry(d, O_RDWR, out);
	dentry_put(d);
	return err;
}
