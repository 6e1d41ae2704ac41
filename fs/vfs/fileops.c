/* SPDX-License-Identifier: ISC */
/* file_ops that file systems share: directories that list themselves through inode_ops, and regular files whose
 * content lies in memory as it is (EROFS, baked programs): reading is one copy, mapping none. */
#include "vfs_private.h"
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "kernel/heap.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "fs/object.h"

#define DT_DIR 4u

int64_t vfs_seek(struct file *f, int64_t off, int whence)
{
	int64_t size = (int64_t)f->inode->size, base;

	switch (whence) {
	case SEEK_SET: base = 0; break;
	case SEEK_CUR: base = (int64_t)f->pos; break;
	case SEEK_END: base = size; break;
	case SEEK_DATA: /* all of it is data */
		if (off < 0 || off >= size)
			return -ENXIO;
		base = 0;
		break;
	case SEEK_HOLE:
		if (off < 0 || off >= size)
			return -ENXIO;
		base = 0;
		off = size;
		break;
	default: return -EINVAL;
	}
	if (ADD_OVERFLOWS(base, off, &base))
		return -EOVERFLOW;
	if (base < 0)
		return -EINVAL;
	f->pos = (uint64_t)base;
	return base;
}

int vfs_sync_nothing(struct file *f)
{
	(void)f;
	return 0;
}

int64_t vfs_dir_seek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += (int64_t)f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = (uint64_t)off;
	return off;
}

/* Emits "." and ".."; 1 when both are out, 0 when there was no room. */
int vfs_dir_dots(struct file *f, uint64_t *pos, struct dir_emit *emit)
{
	struct dentry *up = f->dentry;

	if (*pos == 0) {
		if (!emit->fn(emit, ".", 1, f->inode->ino, DT_DIR, 1))
			return 0;
		*pos = 1;
	}
	if (*pos == 1) {
		while (up == up->sb->root && up->sb->covers != NULL)
			up = up->sb->covers;
		if (!emit->fn(emit, "..", 2, up->parent->inode->ino, DT_DIR, 2))
			return 0;
		*pos = 2;
	}
	return 1;
}

static int dir_readdir(struct file *f, uint64_t *pos, struct dir_emit *emit)
{
	int more = vfs_dir_dots(f, pos, emit);

	return more <= 0 ? more : f->inode->ops->iterate(f->inode, pos, emit);
}

static ssize_t dir_read(struct file *f, struct uio *u, uint64_t *pos)
{
	(void)f, (void)u, (void)pos;
	return -EISDIR;
}

const struct file_ops vfs_dir_ops = {
    .read = dir_read,
    .seek = vfs_dir_seek,
    .readdir = dir_readdir,
    .sync = vfs_sync_nothing,
};

static ssize_t memory_read(struct file *f, struct uio *u, uint64_t *pos)
{
	ssize_t done = 0;

	while (u->left > 0) {
		const void *p;
		ssize_t n = f->inode->ops->peek(f->inode, *pos, &p);

		if (n > 0)
			n = uio_put(u, p, MIN((size_t)n, u->left));
		if (n <= 0)
			return done > 0 ? done : n;
		*pos += (uint64_t)n;
		done += n;
	}
	return done;
}

static ssize_t memory_peek(struct file *f, uint64_t pos, const void **p)
{
	return f->inode->ops->peek(f->inode, pos, p);
}

int object_for(struct file *f, struct vm_object **out)
{
	int err = f->inode->ops->object(f->inode, out);
	struct vm_object *o = *out;

	if (err != 0 || o->name != NULL)
		return err;
	o->name = object_path(f->dentry);
	return 0;
}

const struct file_ops vfs_memory_ops = {
    .read = memory_read,
    .seek = vfs_seek,
    .mmap = object_for,
    .sync = vfs_sync_nothing,
    .peek = memory_peek,
};
