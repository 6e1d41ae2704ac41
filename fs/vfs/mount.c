/* SPDX-License-Identifier: ISC */
/*
 * Mounted file systems, in mount order, and the way from a dentry to its path. A super covers one dentry: walking down
 * steps to its root (walk.c), walking up from its root goes on at what it covers.
 */
#include "vfs_private.h"
#include "lib/string.h"

struct list vfs_supers = LIST_INIT(vfs_supers);
static unsigned last_id = 20;

int super_init(struct super *sb, struct inode *root)
{
	sb->id = ++last_id;
	sb->dev = last_id; /* major 0: no device */
	list_init(&sb->link);
	sb->root = dentry_new(NULL, sb, "", 0, root);
	return sb->root == NULL ? -ENOMEM : 0;
}

int vfs_mount(struct dentry *at, struct super *sb)
{
	if (at != NULL) {
		if (!is_dir(at->inode))
			return -ENOTDIR;
		while (at->mounted != NULL)
			at = at->mounted->root;
		sb->covers = dentry_get(at);
		at->mounted = sb;
	}
	list_push_back(&vfs_supers, &sb->link);
	return 0;
}

int vfs_unmount(struct dentry *root)
{
	struct super *sb = root->sb;
	int err;

	if (root != sb->root || sb->covers == NULL)
		return -EINVAL;
	if (sb->destroy == NULL)
		return -EBUSY;
	err = dentry_release_tree(root);
	if (err != 0)
		return err;
	sb->covers->mounted = NULL;
	dentry_put(sb->covers);
	list_remove(&sb->link);
	sb->destroy(sb);
	return 0;
}

long vfs_path(struct dentry *root, struct dentry *d, char *buf, size_t size)
{
	static const char deleted[] = " (deleted)";
	char *p = buf + size;
	size_t n;

	if (size == 0)
		return -ENAMETOOLONG;
	*--p = '\0';
	if ((d->flags & DENTRY_HASHED) == 0 && d->parent != d) {
		if (size < sizeof deleted + 1)
			return -ENAMETOOLONG;
		p -= sizeof deleted - 1;
		memcpy(p, deleted, sizeof deleted - 1);
	}
	if (d->parent == d && d != d->sb->root) { /* without a place: a memfd */
		if ((size_t)(p - buf) < d->len + sizeof deleted)
			return -ENAMETOOLONG;
		p -= sizeof deleted - 1;
		memcpy(p, deleted, sizeof deleted - 1);
		p -= d->len;
		memcpy(p, d->name, d->len);
		*--p = '/';
		root = d;
	} else if (d == root) {
		if (p == buf)
			return -ENAMETOOLONG;
		*--p = '/';
	}
	while (d != root) {
		if (d == d->sb->root) {
			if (d->sb->covers == NULL)
				return -ENOENT;
			d = d->sb->covers;
			continue;
		}
		if ((size_t)(p - buf) < d->len + 1u)
			return -ENAMETOOLONG;
		p -= d->len;
		memcpy(p, d->name, d->len);
		*--p = '/';
		d = d->parent;
	}
	n = (size_t)(buf + size - p);
	memmove(buf, p, n);
	return (long)n - 1;
}
