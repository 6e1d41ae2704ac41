/* SPDX-License-Identifier: ISC */
/*
 * Path resolution (path_resolution(7), openat2(2)), without recursion: a symbolic link's target and what is left of
 * the path become the new path. Only directories are walked through; a slash at the end asks for one.
 */
#include "vfs_private.h"
#include "kernel/heap.h"
#include "lib/string.h"

int walk_begin(struct walk *w, const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned flags)
{
	if (base == NULL)
		base = ctx->cwd;
	*w = (struct walk){.ctx = ctx, .root = ctx->root, .start = base, .flags = flags, .rest = path};
	if ((flags & LOOKUP_IN_ROOT) != 0)
		w->root = base;
	if (*path == '/' && (flags & LOOKUP_BENEATH) != 0)
		return -EXDEV;
	if (*path == '\0' && (flags & LOOKUP_EMPTY) == 0)
		return -ENOENT;
	w->cur = dentry_get(*path == '/' ? w->root : base);
	return 0;
}

void walk_end(struct walk *w)
{
	dentry_put(w->cur);
	kfree(w->buf);
}

static int cross(struct walk *w, struct dentry **d)
{
	while ((*d)->mounted != NULL) {
		struct dentry *root = dentry_get((*d)->mounted->root);

		dentry_put(*d);
		*d = root;
		if ((w->flags & LOOKUP_NO_XDEV) != 0) {
			dentry_put(root);
			return -EXDEV;
		}
	}
	return 0;
}

static int step_up(struct walk *w, struct dentry **out)
{
	struct dentry *d = w->cur;

	if (d == w->start && (w->flags & LOOKUP_BENEATH) != 0)
		return -EXDEV;
	if (d != w->root) {
		while (d == d->sb->root && d->sb->covers != NULL) {
			if ((w->flags & LOOKUP_NO_XDEV) != 0)
				return -EXDEV;
			d = d->sb->covers;
		}
		d = d->parent;
	}
	*out = dentry_get(d);
	return cross(w, out);
}

int walk_step(struct walk *w, const char *name, size_t len, struct dentry **out)
{
	int err;

	if (name[0] == '.' && len == 1) {
		*out = dentry_get(w->cur);
		return 0;
	}
	if (name[0] == '.' && name[1] == '.' && len == 2)
		return step_up(w, out);
	err = dentry_lookup(w->cur, name, len, out);
	return err != 0 ? err : cross(w, out);
}

static void go(struct walk *w, struct dentry *to)
{
	dentry_put(w->cur);
	w->cur = to;
}

static int follow_text(struct walk *w, const char *target, const char *after)
{
	size_t n = strlen(target), m = strlen(after);
	char *buf;

	if (n == 0)
		return -ENOENT;
	if (*target == '/' && (w->flags & LOOKUP_BENEATH) != 0)
		return -EXDEV;
	buf = kmalloc(n + m + 2);
	if (buf == NULL)
		return -ENOMEM;
	memcpy(buf, target, n);
	buf[n] = '/';
	memcpy(buf + n + 1, after, m + 1);
	if (m == 0 && !w->must_be_dir)
		buf[n] = '\0';
	kfree(w->buf);
	w->rest = w->buf = buf;
	if (*target == '/')
		go(w, dentry_get(w->root));
	return 0;
}

int walk_follow(struct walk *w, struct dentry *link, const char *after)
{
	const struct inode_ops *ops = link->inode->ops;
	struct dentry *to;
	int err;

	if (++w->links > VFS_LINKS_MAX || (w->flags & LOOKUP_NO_SYMLINKS) != 0) {
		err = -ELOOP;
	} else if (ops->follow == NULL) {
		err = follow_text(w, ops->target(link->inode), after);
	} else if ((w->flags & LOOKUP_NO_MAGICLINKS) != 0) {
		err = -ELOOP;
	} else if ((w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) != 0) {
		err = -EXDEV;
	} else {
		err = ops->follow(link->inode, &to);
		if (err == 0) {
			go(w, to);
			w->rest = after;
		}
	}
	dentry_put(link);
	return err;
}

static int walk(struct walk *w, bool parent)
{
	for (;;) {
		const char *p = w->rest, *end, *after;
		struct dentry *next;
		int err;

		while (*p == '/')
			p++;
		if (*p == '\0') {
			w->last = p;
			w->last_len = 0;
			return w->must_be_dir && !is_dir(w->cur->inode) ? -ENOTDIR : 0;
		}
		for (end = p; *end != '\0' && *end != '/'; end++)
			;
		for (after = end; *after == '/'; after++)
			;
		w->must_be_dir = *after == '\0' && after != end;
		if (!is_dir(w->cur->inode))
			return -ENOTDIR;
		err = vfs_permission(w->cur->inode, VFS_EXEC, w->ctx);
		if (err != 0)
			return err;
		if ((size_t)(end - p) > VFS_NAME_MAX)
			return -ENAMETOOLONG;
		if (parent && *after == '\0') {
			w->last = p;
			w->last_len = (size_t)(end - p);
			return 0;
		}
		err = walk_step(w, p, (size_t)(end - p), &next);
		if (err != 0)
			return err;
		if (S_ISLNK(next->inode->mode) &&
		    (*after != '\0' || w->must_be_dir || (w->flags & LOOKUP_FOLLOW) != 0)) {
			err = walk_follow(w, next, after);
			if (err != 0)
				return err;
			continue;
		}
		go(w, next);
		w->rest = after;
	}
}

int walk_all(struct walk *w)
{
	int err = walk(w, false);

	if (err == 0 && (w->flags & LOOKUP_DIRECTORY) != 0 && !is_dir(w->cur->inode))
		err = -ENOTDIR;
	return err;
}

int walk_parent(struct walk *w)
{
	return walk(w, true);
}

int vfs_lookup(const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned lookup, struct dentry **out)
{
	struct walk w;
	int err = walk_begin(&w, ctx, base, path, lookup);

	if (err != 0)
		return err;
	err = walk_all(&w);
	if (err == 0)
		*out = dentry_get(w.cur);
	walk_end(&w);
	return err;
}
