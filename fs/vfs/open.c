/* SPDX-License-Identifier: ISC */
/* Opening by path, as open(2) has it, and what every file of the vfs does at its end. */
#include "names.h"
#include <linux/fcntl.h>

static int may_open(const struct inode *i, unsigned flags, const struct vfs_ctx *ctx)
{
	unsigned acc = flags & O_ACCMODE;
	unsigned mask = acc == O_RDONLY ? VFS_READ : acc == O_WRONLY ? VFS_WRITE : VFS_READ | VFS_WRITE;

	if (S_ISLNK(i->mode))
		return -ELOOP;
	if (is_dir(i) && ((mask & VFS_WRITE) != 0 || (flags & (O_CREAT | O_TRUNC)) != 0))
		return -EISDIR;
	if ((flags & O_TRUNC) != 0)
		mask |= VFS_WRITE;
	return vfs_permission(i, mask, ctx);
}

static const struct file_ops path_only_ops;

static int open_special(struct inode *i, struct file **f)
{
	int (*hook)(struct inode *, struct file **) = NULL;

	if (i->ops->open != NULL)
		return i->ops->open(i, f);
	if (S_ISFIFO(i->mode))
		hook = vfs_fifo_hook;
	else if (S_ISCHR(i->mode))
		hook = vfs_device_hook;
	else if ((*f)->ops != NULL)
		return 0;
	return hook != NULL ? hook(i, f) : -ENXIO;
}

int (*vfs_fifo_hook)(struct inode *i, struct file **f);
int (*vfs_device_hook)(struct inode *i, struct file **f);

static void detach(struct file *f)
{
	f->inode->writers -= f->writer;
	dentry_put(f->dentry);
	inode_put(f->inode);
}

int vfs_open_dentry(struct dentry *d, unsigned flags, struct file **out)
{
	const unsigned creation = O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC;
	struct inode *i = d->inode;
	struct file *f;
	int err = 0;

	file_detach_hook = detach;
	f = file_create(i->fops, (flags & ~creation) | O_LARGEFILE, NULL);
	if (f == NULL)
		return -ENOMEM;
	f->inode = inode_get(i);
	f->dentry = dentry_get(d);
	if ((flags & O_PATH) != 0) {
		f->ops = &path_only_ops;
		f->flags = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
	} else {
		err = open_special(i, &f);
		if (err != 0) {
			f->ops = &path_only_ops; /* it was not opened: no release */
			file_put(f);
		} else {
			f->flags &= ~(unsigned)O_NOCTTY; /* for the open alone */
		}
	}
	*out = f;
	return err;
}

/* Finds or makes what O_CREAT asks for: symbolic links at the end are followed to where the file will be. */
static int find_or_make(struct walk *w, unsigned flags, uint32_t mode, struct dentry **out, bool *created)
{
	for (;;) {
		struct dentry *d;
		int err = walk_parent(w);

		if (err != 0)
			return err;
		if (w->last_len == 0 && !is_dir(w->cur->inode)) { /* a magic link led here */
			*out = dentry_get(w->cur);
			return (flags & O_EXCL) != 0 ? -EEXIST : 0;
		}
		if (w->last_len == 0 || w->must_be_dir)
			return -EISDIR;
		err = walk_step(w, w->last, w->last_len, &d);
		if (err == -ENOENT) {
			*created = true;
			return names_make(w, S_IFREG | mode, 0, NULL, out);
		}
		if (err != 0)
			return err;
		if ((flags & O_EXCL) != 0) {
			dentry_put(d);
			return -EEXIST;
		}
		if (!S_ISLNK(d->inode->mode) || (flags & O_NOFOLLOW) != 0) {
			*out = d;
			return 0;
		}
		err = walk_follow(w, d, "");
		if (err != 0)
			return err;
	}
}

static int find_plain(struct walk *w, struct dentry **out)
{
	int err = walk_all(w);

	if (err == 0)
		*out = dentry_get(w->cur);
	return err;
}

/* O_TMPFILE: path names the directory. */
static int make_unnamed(struct walk *w, uint32_t mode, struct dentry **out)
{
	int err = walk_all(w);

	return err != 0 ? err : names_make_unnamed(w, S_IFREG | mode, out);
}

static int finish(const struct vfs_ctx *ctx, struct dentry *d, unsigned flags, bool created, struct file **out)
{
	struct inode *i = d->inode;
	int err;

	if ((flags & O_DIRECTORY) != 0 && !is_dir(i))
		return -ENOTDIR;
	if ((flags & O_PATH) == 0 && !created) {
		err = may_open(i, flags, ctx);
		if (err != 0)
			return err;
	}
	err = vfs_open_dentry(d, flags, out);
	if (err == 0 && (flags & (O_TRUNC | O_PATH)) == O_TRUNC && S_ISREG(i->mode) && !created) {
		struct vfs_attr a = {.valid = ATTR_SIZE, .size = 0};

		err = i->ops->setattr != NULL ? i->ops->setattr(i, &a) : 0;
		if (err != 0)
			file_put(*out);
	}
	if (err == 0 && S_ISREG(i->mode) && (*out)->inode == i && ((*out)->flags & O_ACCMODE) != O_RDONLY &&
	    !(*out)->writer) {
		(*out)->writer = true;
		i->writers++;
	}
	return err;
}

int vfs_open(const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	     unsigned lookup, struct file **out)
{
	bool created = false, tmpfile = (flags & O_TMPFILE) == O_TMPFILE;
	struct dentry *d;
	struct walk w;
	int err;

	if ((flags & (O_DIRECT | O_PATH)) == O_DIRECT) /* as tmpfs has it */
		return -EINVAL;
	if ((flags & O_PATH) != 0)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & O_NOFOLLOW) == 0)
		lookup |= LOOKUP_FOLLOW;
	err = walk_begin(&w, ctx, base, path, lookup);
	if (err != 0)
		return err;
	if (tmpfile)
		err = (flags & O_ACCMODE) == O_RDONLY ? -EINVAL : make_unnamed(&w, mode, &d);
	else if ((flags & O_CREAT) != 0)
		err = (flags & O_DIRECTORY) != 0 ? -EINVAL : find_or_make(&w, flags, mode, &d, &created);
	else
		err = find_plain(&w, &d);
	walk_end(&w);
	if (err != 0)
		return err;
	err = finish(ctx, d, tmpfile ? flags & ~(unsigned)O_TMPFILE : flags, created || tmpfile, out);
	dentry_put(d);
	return err;
}
