/* SPDX-License-Identifier: ISC */
/*
 * Changes to the tree: making, linking, removing and renaming names. Each checks first (types, permissions, mount
 * points), lets the file system agree (inode_ops, which counts links), and changes the dentries last, so that a failure
 * leaves everything as it was. A name that a lower directory has too leaves a whiteout behind (overlay).
 */
#include "names.h"
#include <linux/fs.h>

#include "kernel/heap.h"
#include "lib/string.h"

static bool dots(const struct walk *w)
{
	return w->last[0] == '.' && (w->last_len == 1 || (w->last_len == 2 && w->last[1] == '.'));
}

static bool removed(const struct dentry *d)
{
	return (d->flags & DENTRY_HASHED) == 0 && d->parent != d;
}

static int may_change(const struct dentry *dir, const struct vfs_ctx *ctx)
{
	if (removed(dir))
		return -ENOENT;
	return vfs_permission(dir->inode, VFS_WRITE | VFS_EXEC, ctx);
}

static int may_remove(const struct dentry *d, const struct vfs_ctx *ctx)
{
	const struct inode *dir = d->parent->inode;
	int err = may_change(d->parent, ctx);

	if (err != 0)
		return err;
	if ((dir->mode & S_ISVTX) != 0 && ctx->uid != 0 && ctx->uid != d->inode->uid && ctx->uid != dir->uid)
		return -EPERM;
	return d->mounted != NULL ? -EBUSY : 0;
}

/* The name that is to be made: new, or a whiteout that will be filled. */
static int negative(const struct walk *w, struct dentry **out)
{
	struct dentry *d;
	int err;

	if (w->last_len == 0 || dots(w))
		return -EEXIST;
	err = dentry_lookup(w->cur, w->last, w->last_len, &d);
	if (err == 0) {
		dentry_put(d);
		return -EEXIST;
	}
	if (err != -ENOENT)
		return err;
	err = may_change(w->cur, w->ctx);
	if (err != 0)
		return err;
	d = dentry_find(w->cur, w->last, w->last_len);
	if (d == NULL)
		d = dentry_new(w->cur, w->cur->sb, w->last, w->last_len, NULL);
	*out = d;
	return d == NULL ? -ENOMEM : 0;
}

static void fill(struct dentry *d, struct inode *i)
{
	d->inode = i;
	if ((d->flags & DENTRY_HASHED) == 0)
		dentry_hash(d);
}

int names_make(const struct walk *w, uint32_t mode, uint64_t rdev, const char *target, struct dentry **out)
{
	struct dentry *d;
	struct inode *i;
	int err = negative(w, &d);

	if (err != 0)
		return err;
	if (w->must_be_dir && !S_ISDIR(mode))
		err = -ENOENT;
	else if (w->cur->inode->ops->make == NULL)
		err = -EPERM;
	else
		err = w->cur->inode->ops->make(d, mode, rdev, target, w->ctx, &i);
	if (err == 0)
		fill(d, i);
	if (err == 0 && out != NULL)
		*out = d;
	else
		dentry_put(d);
	return err;
}

int names_make_unnamed(const struct walk *w, uint32_t mode, struct dentry **out)
{
	struct dentry *dir = w->cur, *d;
	int err;

	if (!is_dir(dir->inode))
		return -ENOTDIR;
	err = may_change(dir, w->ctx);
	if (err != 0)
		return err;
	if (dir->inode->ops->make == NULL)
		return -EOPNOTSUPP;
	d = dentry_new(dir, dir->sb, "#unnamed", 8, NULL);
	if (d == NULL)
		return -ENOMEM;
	err = dir->inode->ops->make(d, mode, 0, NULL, w->ctx, &d->inode);
	if (err == 0)
		d->inode->nlink = 0;
	if (err == 0)
		*out = d;
	else
		dentry_put(d);
	return err;
}

static int begin(struct walk *w, const struct vfs_ctx *ctx, struct dentry *base, const char *path)
{
	int err = walk_begin(w, ctx, base, path, 0);

	if (err != 0)
		return err;
	err = walk_parent(w);
	if (err != 0)
		walk_end(w);
	return err;
}

int vfs_make(const struct vfs_ctx *ctx, struct dentry *base, const char *path, uint32_t mode, uint64_t rdev,
	     struct dentry **node)
{
	struct walk w;
	int err = begin(&w, ctx, base, path);

	if (err != 0)
		return err;
	err = names_make(&w, mode, rdev, NULL, node);
	walk_end(&w);
	return err;
}

int vfs_symlink(const struct vfs_ctx *ctx, struct dentry *base, const char *path, const char *target)
{
	struct walk w;
	int err;

	if (*target == '\0')
		return -ENOENT;
	err = begin(&w, ctx, base, path);
	if (err != 0)
		return err;
	err = names_make(&w, S_IFLNK | 0777, 0, target, NULL);
	walk_end(&w);
	return err;
}

int vfs_link(const struct vfs_ctx *ctx, struct dentry *old, struct dentry *base, const char *path)
{
	struct dentry *d;
	struct walk w;
	int err;

	err = begin(&w, ctx, base, path);
	if (err != 0)
		return err;
	err = negative(&w, &d);
	if (err == 0) {
		if (w.must_be_dir)
			err = -ENOENT;
		else if (w.cur->sb != old->sb)
			err = -EXDEV;
		else if (is_dir(old->inode) || old->inode->ops->link == NULL)
			err = -EPERM;
		else
			err = old->inode->ops->link(old->inode, d);
		if (err == 0)
			fill(d, inode_get(old->inode));
		dentry_put(d);
	}
	walk_end(&w);
	return err;
}

/* A whiteout for d's place, if it will need one: 0 and NULL, or a dentry. */
static int whiteout_for(const struct dentry *d, struct dentry **out)
{
	*out = NULL;
	if ((d->flags & DENTRY_LOWER) == 0)
		return 0;
	*out = dentry_new(d->parent, d->sb, d->name, d->len, NULL);
	if (*out == NULL)
		return -ENOMEM;
	(*out)->flags |= DENTRY_LOWER;
	return 0;
}

static void whiteout_place(struct dentry *w)
{
	if (w == NULL)
		return;
	dentry_hash(w);
	dentry_put(w);
}

static int remove_name(struct dentry *d)
{
	const struct inode_ops *ops = d->parent->inode->ops;
	struct dentry *whiteout;
	int err;

	if (ops->unlink == NULL)
		return -EPERM;
	err = whiteout_for(d, &whiteout);
	if (err != 0)
		return err;
	err = ops->unlink(d);
	if (err != 0) {
		dentry_put(whiteout);
		return err;
	}
	dentry_drop(d);
	whiteout_place(whiteout);
	return 0;
}

static int unlink_last(const struct walk *w, bool directory)
{
	struct dentry *d;
	int err;

	if (w->last_len == 0)
		return directory ? -EBUSY : -EISDIR;
	if (dots(w))
		return !directory ? -EISDIR : w->last_len == 1 ? -EINVAL : -ENOTEMPTY;
	err = dentry_lookup(w->cur, w->last, w->last_len, &d);
	if (err != 0)
		return err;
	err = may_remove(d, w->ctx);
	if (err == 0 && is_dir(d->inode) != directory)
		err = directory ? -ENOTDIR : -EISDIR;
	if (err == 0 && w->must_be_dir && !is_dir(d->inode))
		err = -ENOTDIR;
	if (err == 0)
		err = remove_name(d);
	dentry_put(d);
	return err;
}

int vfs_unlink(const struct vfs_ctx *ctx, struct dentry *base, const char *path, bool directory)
{
	struct walk w;
	int err = begin(&w, ctx, base, path);

	if (err != 0)
		return err;
	err = unlink_last(&w, directory);
	walk_end(&w);
	return err;
}

static bool is_below(const struct dentry *d, const struct dentry *top)
{
	for (; d != top; d = d->parent)
		if (d->parent == d)
			return false;
	return true;
}

static int check_rename(const struct walk *a, const struct walk *b, const struct dentry *d, const struct dentry *to,
			unsigned flags)
{
	bool exchange = (flags & RENAME_EXCHANGE) != 0;

	if (to->inode != NULL && (flags & RENAME_NOREPLACE) != 0)
		return -EEXIST;
	if (to->inode == NULL && exchange)
		return -ENOENT;
	if (exchange && b->must_be_dir && !is_dir(to->inode))
		return -ENOTDIR;
	if (!is_dir(d->inode) && (a->must_be_dir || (b->must_be_dir && !exchange)))
		return -ENOTDIR;
	if (is_below(b->cur, d))
		return -EINVAL;
	if (to->inode != NULL && is_below(a->cur, to))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int may_rename(const struct walk *a, const struct walk *b, const struct dentry *d, const struct dentry *to,
		      unsigned flags)
{
	int err = may_remove(d, a->ctx);

	if (err == 0)
		err = to->inode != NULL ? may_remove(to, a->ctx) : may_change(b->cur, a->ctx);
	if (err != 0 || to->inode == NULL || (flags & RENAME_EXCHANGE) != 0)
		return err;
	if (is_dir(d->inode) && !is_dir(to->inode))
		return -ENOTDIR;
	return !is_dir(d->inode) && is_dir(to->inode) ? -EISDIR : 0;
}

static char *name_copy(const char *name, size_t len)
{
	char *s = kmalloc(len + 1);

	if (s != NULL) {
		memcpy(s, name, len);
		s[len] = '\0';
	}
	return s;
}

static int swap(struct dentry *d, struct dentry *to)
{
	struct dentry *dir = d->parent;
	char *name = name_copy(to->name, to->len), *to_name = name_copy(d->name, d->len);
	unsigned lower = d->flags & DENTRY_LOWER;
	size_t len = to->len, to_len = d->len;
	int err = name == NULL || to_name == NULL ? -ENOMEM : dir->inode->ops->rename(d, to, true);

	if (err != 0) {
		kfree(name);
		kfree(to_name);
		return err;
	}
	dentry_get(dir);
	d->flags = DENTRY_HASHED | (to->flags & DENTRY_LOWER);
	to->flags = DENTRY_HASHED | lower;
	dentry_rename(d, to->parent, name, len);
	dentry_rename(to, dir, to_name, to_len);
	dentry_put(dir);
	return 0;
}

static int replace(struct dentry *d, struct dentry *to)
{
	char *name = name_copy(to->name, to->len);
	struct dentry *whiteout = NULL;
	int err = name == NULL ? -ENOMEM : whiteout_for(d, &whiteout);

	if (err == 0)
		err = d->parent->inode->ops->rename(d, to, false);
	if (err != 0) {
		kfree(name);
		dentry_put(whiteout);
		return err;
	}
	dentry_drop(to);
	d->flags = DENTRY_HASHED | (to->flags & DENTRY_LOWER);
	dentry_rename(d, to->parent, name, to->len);
	whiteout_place(whiteout);
	return 0;
}

/* What is at the new name: an inode, a whiteout, or a new name without an inode. */
static int rename_target(const struct walk *w, struct dentry **out)
{
	int err = dentry_lookup(w->cur, w->last, w->last_len, out);

	if (err != -ENOENT)
		return err;
	*out = dentry_find(w->cur, w->last, w->last_len);
	if (*out == NULL)
		*out = dentry_new(w->cur, w->cur->sb, w->last, w->last_len, NULL);
	return *out == NULL ? -ENOMEM : 0;
}

static int rename_last(const struct walk *a, const struct walk *b, unsigned flags)
{
	struct dentry *d, *to;
	int err;

	if (a->cur->sb != b->cur->sb)
		return -EXDEV;
	if (a->last_len == 0 || dots(a))
		return -EBUSY;
	if (b->last_len == 0 || dots(b))
		return (flags & RENAME_NOREPLACE) != 0 ? -EEXIST : -EBUSY;
	err = dentry_lookup(a->cur, a->last, a->last_len, &d);
	if (err != 0)
		return err;
	err = rename_target(b, &to);
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	err = check_rename(a, b, d, to, flags);
	if (err == 0 && d->inode != to->inode)
		err = may_rename(a, b, d, to, flags);
	if (err == 0 && a->cur->inode->ops->rename == NULL)
		err = -EPERM;
	if (err == 0 && d->inode != to->inode)
		err = (flags & RENAME_EXCHANGE) != 0 ? swap(d, to) : replace(d, to);
	dentry_put(to);
	dentry_put(d);
	return err;
}

int vfs_rename(const struct vfs_ctx *ctx, struct dentry *base, const char *from, struct dentry *to_base, const char *to,
	       unsigned flags)
{
	struct walk a, b;
	int err;

	if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = begin(&a, ctx, base, from);
	if (err != 0)
		return err;
	err = begin(&b, ctx, to_base, to);
	if (err == 0) {
		err = rename_last(&a, &b, flags);
		walk_end(&b);
	}
	walk_end(&a);
	return err;
}
