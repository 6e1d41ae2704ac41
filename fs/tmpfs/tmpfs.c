/* SPDX-License-Identifier: ISC */
/* tmpfs: inodes in memory and the directory operations. The tree itself is the vfs's dentries; here are link counts,
 * times and the content. The overlay uses all of it and adds a lookup into what is below. */
#include "fs/tmpfs.h"
#include "abi/errno.h"
#include "data.h"
#include "file.h"
#include "kernel/heap.h"
#include "kernel/time.h"
#include "lib/string.h"

#define TMPFS_MAGIC 0x01021994u

static void touch(struct inode *i)
{
	i->mtime = i->ctime = (int64_t)time_real();
}

static const struct inode_ops special_ops = {.link = tmpfs_link, .setattr = tmpfs_setattr, .evict = tmpfs_evict};

static const char *link_target(struct inode *i)
{
	return CONTAINER_OF(i, struct tmpfs_inode, i)->link;
}

static const struct inode_ops symlink_ops = {
    .target = link_target,
    .link = tmpfs_link,
    .setattr = tmpfs_setattr,
    .evict = tmpfs_evict,
};

const struct inode_ops tmpfs_dir_ops = {
    .make = tmpfs_make,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
    .setattr = tmpfs_setattr,
    .evict = tmpfs_evict,
};

struct tmpfs_inode *tmpfs_inode(struct tmpfs_super *sb, uint32_t mode)
{
	struct tmpfs_inode *t = kzalloc(sizeof *t);

	if (t == NULL)
		return NULL;
	inode_init(&t->i, &sb->sb, mode);
	list_init(&t->lower_link);
	t->i.ops = &special_ops;
	if (S_ISDIR(mode)) {
		t->i.ops = sb->dir_ops;
		t->i.fops = &tmpfs_dir_fops;
		t->i.nlink = 2;
	} else if (S_ISREG(mode)) {
		t->i.ops = &tmpfs_file_ops;
		t->i.fops = &tmpfs_file_fops;
	} else if (S_ISLNK(mode)) {
		t->i.ops = &symlink_ops;
	}
	return t;
}

void tmpfs_evict(struct inode *i)
{
	struct tmpfs_inode *t = CONTAINER_OF(i, struct tmpfs_inode, i);

	list_remove(&t->lower_link);
	if (t->data != NULL)
		vm_object_put(&t->data->object);
	if (t->lower != NULL)
		inode_put(t->lower);
	kfree(t->link);
	kfree(t);
}

int tmpfs_make(struct dentry *d, uint32_t mode, uint64_t rdev, const char *target, const struct vfs_ctx *ctx,
	       struct inode **out)
{
	struct inode *dir = d->parent->inode;
	struct tmpfs_inode *t;

	if ((dir->mode & S_ISGID) != 0 && S_ISDIR(mode))
		mode |= S_ISGID;
	t = tmpfs_inode(CONTAINER_OF(dir->sb, struct tmpfs_super, sb), mode);
	if (t == NULL)
		return -ENOSPC;
	if (target != NULL) {
		t->link = kstrdup(target);
		if (t->link == NULL) {
			tmpfs_evict(&t->i);
			return -ENOSPC;
		}
		t->i.size = strlen(target);
	}
	t->i.rdev = rdev;
	t->i.uid = ctx->uid;
	t->i.gid = (dir->mode & S_ISGID) != 0 ? dir->gid : ctx->gid;
	if (S_ISDIR(mode))
		dir->nlink++;
	touch(dir);
	*out = &t->i;
	return 0;
}

int tmpfs_link(struct inode *i, struct dentry *d)
{
	i->nlink++;
	i->ctime = (int64_t)time_real();
	touch(d->parent->inode);
	return 0;
}

/* d's inode loses this name. A directory must be empty; the whiteouts in it go with it. */
static int lose_name(struct dentry *d)
{
	struct inode *i = d->inode;
	struct tmpfs_inode *t = CONTAINER_OF(i, struct tmpfs_inode, i);
	struct dentry *c, *n;

	if (S_ISDIR(i->mode)) {
		if (!tmpfs_dir_empty(d))
			return -ENOTEMPTY;
		list_for_each_entry_safe (c, n, &d->children, sibling)
			dentry_drop(c);
		d->parent->inode->nlink--;
		i->nlink--;
	}
	i->nlink--;
	i->ctime = (int64_t)time_real();
	if (i->nlink == 0 && !list_empty(&t->lower_link)) {
		list_remove(&t->lower_link);
		inode_put(i); /* d has it still */
	}
	return 0;
}

int tmpfs_unlink(struct dentry *d)
{
	int err = lose_name(d);

	if (err == 0)
		touch(d->parent->inode);
	return err;
}

int tmpfs_rename(struct dentry *d, struct dentry *to, bool exchange)
{
	struct inode *from = d->parent->inode, *into = to->parent->inode;
	int err = to->inode != NULL && !exchange ? lose_name(to) : 0;

	if (err != 0)
		return err;
	if (from != into && S_ISDIR(d->inode->mode)) {
		from->nlink--;
		into->nlink++;
	}
	if (from != into && exchange && to->inode != NULL && S_ISDIR(to->inode->mode)) {
		into->nlink--;
		from->nlink++;
	}
	touch(from);
	touch(into);
	d->inode->ctime = from->ctime;
	return 0;
}

int tmpfs_setattr(struct inode *i, const struct vfs_attr *a)
{
	if ((a->valid & ATTR_SIZE) != 0) {
		int err = tmpfs_set_size(i, a->size);

		if (err != 0)
			return err;
	}
	if ((a->valid & ATTR_MODE) != 0)
		i->mode = (i->mode & S_IFMT) | (a->mode & 07777);
	if ((a->valid & ATTR_UID) != 0)
		i->uid = a->uid;
	if ((a->valid & ATTR_GID) != 0)
		i->gid = a->gid;
	if ((a->valid & ATTR_ATIME) != 0)
		i->atime = a->atime;
	if ((a->valid & ATTR_MTIME) != 0)
		i->mtime = a->mtime;
	i->ctime = (int64_t)time_real();
	return 0;
}

static void super_stat(struct super *sb, struct super_stat *st)
{
	const struct tmpfs_quota *q = CONTAINER_OF(sb, struct tmpfs_super, sb)->quota;
	uint64_t left = q->max > q->used ? q->max - q->used : 0;

	st->magic = TMPFS_MAGIC;
	st->block_size = PAGE_SIZE;
	st->blocks = q->max;
	st->free = MIN(left, page_free() >> PAGE_SHIFT);
}

static void super_destroy(struct super *sb)
{
	struct tmpfs_super *t = CONTAINER_OF(sb, struct tmpfs_super, sb);

	quota_put(t->quota);
	kfree((void *)(uintptr_t)sb->source);
	kfree(t);
}

struct tmpfs_super *tmpfs_create(const char *type, uint64_t size, uint32_t mode)
{
	struct tmpfs_super *t = kzalloc(sizeof *t);
	struct tmpfs_quota *q = kzalloc(sizeof *q);
	struct tmpfs_inode *root;

	if (t == NULL || q == NULL)
		goto fail;
	q->refs = 1;
	q->max = (size != 0 ? size + PAGE_SIZE - 1 : page_total() / 2) >> PAGE_SHIFT;
	t->quota = q;
	t->dir_ops = &tmpfs_dir_ops;
	t->sb.type = type;
	t->sb.flags = SUPER_PINNED;
	t->sb.stat = super_stat;
	t->sb.destroy = super_destroy;
	root = tmpfs_inode(t, S_IFDIR | mode);
	if (root == NULL)
		goto fail;
	if (super_init(&t->sb, &root->i) == 0)
		return t;
	tmpfs_evict(&root->i);
fail:
	kfree(q);
	kfree(t);
	return NULL;
}

int tmpfs_options(const char *s, uint64_t *size, uint32_t *mode)
{
	while (*s != '\0') {
		const char *end;

		if (strncmp(s, "size=", 5) == 0) {
			uint64_t n = str_to_u64(s + 5, &end);
			const char *units = "kKmMgG", *unit = *end != '\0' ? strchr(units, *end) : NULL;

			if (end == s + 5)
				return -EINVAL;
			if (*end == '%') {
				*size = n > 100 ? page_total() : page_total() / 100 * n;
				end++;
			} else {
				unsigned shift = unit != NULL ? (unsigned)((unit - units) / 2 + 1) * 10 : 0;

				if (n > UINT64_MAX >> (shift + 1))
					return -EINVAL;
				*size = n << shift;
				end += unit != NULL;
			}
		} else if (strncmp(s, "mode=", 5) == 0) {
			uint32_t m = 0;

			for (end = s + 5; *end >= '0' && *end <= '7'; end++)
				m = (m << 3 | (uint32_t)(*end - '0')) & 07777;
			*mode = m;
		} else if (strncmp(s, "noatime", 7) == 0 || strncmp(s, "rw", 2) == 0) {
			end = s + (*s == 'n' ? 7 : 2);
		} else {
			return -EINVAL;
		}
		if (*end != ',' && *end != '\0')
			return -EINVAL;
		s = *end == ',' ? end + 1 : end;
	}
	return 0;
}
