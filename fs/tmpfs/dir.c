/* SPDX-License-Identifier: ISC */
/*
 * Listing a directory whose truth are its dentries. Positions are the dentries' cookies, so that a listing goes on right
 * while names come and go. In an overlay the names below follow, at positions from LOWER on: all that no dentry hides.
 * Names that a lookup brought up unchanged (pristine) are listed there, not among the first.
 */
#include "file.h"
#include "abi/errno.h"

#define LOWER (1ull << 62)

struct lower_emit {
	struct dir_emit emit;
	struct dir_emit *to;
	struct dentry *dir;
};

static unsigned type_of(const struct inode *i)
{
	return (i->mode & S_IFMT) >> 12;
}

static bool emit_lower(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next)
{
	struct lower_emit *l = CONTAINER_OF(e, struct lower_emit, emit);
	struct dentry *d = dentry_find(l->dir, name, len);
	bool hidden = d != NULL && (d->flags & DENTRY_PRISTINE) == 0;

	dentry_put(d);
	return hidden || l->to->fn(l->to, name, len, ino, type, next | LOWER);
}

static int list(struct dentry *dir, uint64_t *pos, struct dir_emit *emit)
{
	struct inode *lower = CONTAINER_OF(dir->inode, struct tmpfs_inode, i)->lower;
	struct lower_emit l = {.emit = {emit_lower}, .to = emit, .dir = dir};
	struct dentry *d;
	uint64_t at;
	int err;

	if (*pos < LOWER) {
		list_for_each_entry (d, &dir->children, sibling) {
			if (d->cookie < *pos || d->inode == NULL || (d->flags & DENTRY_PRISTINE) != 0)
				continue;
			if (!emit->fn(emit, d->name, d->len, d->inode->ino, type_of(d->inode), d->cookie + 1))
				return 0;
			*pos = d->cookie + 1;
		}
		if (lower == NULL)
			return 0;
		*pos = LOWER;
	}
	at = *pos & ~LOWER;
	err = lower->ops->iterate(lower, &at, &l.emit);
	*pos = at | LOWER;
	return err;
}

static int dir_readdir(struct file *f, uint64_t *pos, struct dir_emit *emit)
{
	if ((f->dentry->flags & DENTRY_HASHED) == 0 && f->dentry->parent != f->dentry)
		return -ENOENT;
	if (vfs_dir_dots(f, pos, emit) == 0)
		return 0;
	return list(f->dentry, pos, emit);
}

struct any_emit {
	struct dir_emit emit;
	bool any;
};

static bool emit_seen(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next)
{
	(void)name, (void)len, (void)ino, (void)type, (void)next;
	CONTAINER_OF(e, struct any_emit, emit)->any = true;
	return false;
}

bool tmpfs_dir_empty(struct dentry *d)
{
	struct any_emit a = {.emit = {emit_seen}};
	uint64_t pos = 2;

	return list(d, &pos, &a.emit) == 0 && !a.any;
}

static ssize_t dir_read(struct file *f, struct uio *u, uint64_t *pos)
{
	(void)f, (void)u, (void)pos;
	return -EISDIR;
}

const struct file_ops tmpfs_dir_fops = {
    .read = dir_read,
    .seek = vfs_dir_seek,
    .readdir = dir_readdir,
    .sync = vfs_sync_nothing,
};
