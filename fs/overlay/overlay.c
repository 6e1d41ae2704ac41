/* SPDX-License-Identifier: ISC */
/*
 * The overlay: tmpfs whose inodes may have one below them (tmpfs_inode.lower). A lookup brings a name up as an inode of
 * the overlay with the lower one's attributes; from then on all changes are tmpfs's, and content is copied up frame by
 * frame (tmpfs/data.c). A removed name leaves a whiteout dentry; a directory made in its place has nothing below. An
 * inode that was brought up stays, so that its changes do. Lower inodes with several names are brought up once, and held
 * while they have any.
 */
#include "fs/overlay.h"
#include "abi/errno.h"
#include "kernel/heap.h"

static struct list linked = LIST_INIT(linked); /* those with several lower names */

static struct tmpfs_inode *find_linked(const struct tmpfs_super *sb, uint64_t ino)
{
	struct tmpfs_inode *t;

	list_for_each_entry (t, &linked, lower_link)
		if (t->i.sb == &sb->sb && t->lower->ino == ino)
			return t;
	return NULL;
}

/* Takes over the reference to lower. */
static struct tmpfs_inode *bring_up(struct tmpfs_super *sb, struct inode *lower)
{
	struct tmpfs_inode *t = NULL;
	bool several = lower->nlink > 1 && !S_ISDIR(lower->mode);

	if (several)
		t = find_linked(sb, lower->ino);
	if (t != NULL) {
		inode_get(&t->i);
		inode_put(lower);
		return t;
	}
	t = tmpfs_inode(sb, lower->mode);
	if (t == NULL) {
		inode_put(lower);
		return NULL;
	}
	t->lower = lower;
	t->i.ino = lower->ino;
	t->i.nlink = lower->nlink;
	t->i.uid = lower->uid;
	t->i.gid = lower->gid;
	t->i.size = lower->size;
	t->i.blocks = lower->blocks;
	t->i.rdev = lower->rdev;
	t->i.atime = lower->atime;
	t->i.mtime = lower->mtime;
	t->i.ctime = lower->ctime;
	if (several) { /* it stays as long as it has a name: the others are to find it as it is then */
		list_push_back(&linked, &t->lower_link);
		inode_get(&t->i);
	}
	return t;
}

static const char *overlay_target(struct inode *i)
{
	struct inode *lower = CONTAINER_OF(i, struct tmpfs_inode, i)->lower;

	return lower->ops->target(lower);
}

static const struct inode_ops overlay_symlink_ops = {
    .target = overlay_target,
    .link = tmpfs_link,
    .setattr = tmpfs_setattr,
    .evict = tmpfs_evict,
};

static int overlay_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct inode *below = CONTAINER_OF(dir, struct tmpfs_inode, i)->lower, *lower;
	struct tmpfs_inode *t;
	int err;

	if (below == NULL)
		return -ENOENT;
	err = below->ops->lookup(below, name, len, &lower);
	if (err != 0)
		return err;
	t = bring_up(CONTAINER_OF(dir->sb, struct tmpfs_super, sb), lower);
	if (t == NULL)
		return -ENOMEM;
	if (S_ISLNK(t->i.mode))
		t->i.ops = &overlay_symlink_ops;
	*out = &t->i;
	return 0;
}

static const struct inode_ops overlay_dir_ops = {
    .lookup = overlay_lookup,
    .make = tmpfs_make,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
    .setattr = tmpfs_setattr,
    .evict = tmpfs_evict,
};

struct tmpfs_super *overlay_create(struct inode *lower, uint64_t size)
{
	struct tmpfs_super *sb = tmpfs_create(lower != NULL ? "overlay" : "tmpfs", size, 0755);
	struct tmpfs_inode *root;

	if (sb == NULL)
		return NULL;
	sb->dir_ops = &overlay_dir_ops;
	sb->sb.destroy = NULL; /* the root file system stays */
	root = CONTAINER_OF(sb->sb.root->inode, struct tmpfs_inode, i);
	root->i.ops = &overlay_dir_ops;
	if (lower == NULL)
		return sb;
	sb->sb.last_ino = 1ull << 32; /* numbers of its own, beyond those below */
	root->lower = inode_get(lower);
	root->i.ino = lower->ino;
	root->i.mode = lower->mode;
	root->i.uid = lower->uid;
	root->i.gid = lower->gid;
	root->i.nlink = lower->nlink;
	root->i.mtime = lower->mtime;
	return sb;
}

int overlay_add(struct dentry *dir, const char *name, struct inode *lower)
{
	struct tmpfs_super *sb = CONTAINER_OF(dir->sb, struct tmpfs_super, sb);
	size_t len = 0;
	struct dentry *d;
	struct tmpfs_inode *t;

	while (name[len] != '\0')
		len++;
	t = bring_up(sb, inode_get(lower));
	if (t == NULL)
		return -ENOMEM;
	t->i.ino = ++sb->sb.last_ino;
	d = dentry_add(dir, name, len, &t->i);
	if (d == NULL)
		inode_put(&t->i);
	dentry_put(d);
	return d == NULL ? -ENOMEM : 0;
}
