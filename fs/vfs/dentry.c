/* SPDX-License-Identifier: ISC */
/*
 * Dentries: names in the tree, in one hash table by (parent, name). A dentry is hashed from the moment its name exists
 * for lookups until it is removed or its last reference goes. In a pinned super (tmpfs, overlay) a hashed dentry holds
 * itself, so the dentries are the directory. A hashed dentry without an inode is a whiteout.
 */
#include "vfs_private.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "lib/string.h"

#define BUCKETS 1024u

static struct dentry *table[BUCKETS];
static uint64_t last_cookie = 2; /* 0 and 1 are "." and ".." */

static uint32_t name_hash(const struct dentry *parent, const char *name, size_t len)
{
	uint32_t h = (uint32_t)((uintptr_t)parent >> 4) ^ 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return h ^ h >> 15;
}

struct dentry *dentry_new(struct dentry *parent, struct super *sb, const char *name, size_t len, struct inode *i)
{
	struct dentry *d = kzalloc(sizeof *d + len + 1);

	if (d == NULL)
		return NULL;
	d->refs = 1;
	d->parent = parent != NULL ? dentry_get(parent) : d;
	d->inode = i;
	d->sb = sb;
	d->len = (uint16_t)len;
	d->name = d->storage;
	memcpy(d->name, name, len);
	list_init(&d->children);
	list_init(&d->sibling);
	return d;
}

static void link_hash(struct dentry *d)
{
	struct dentry **bucket;

	d->hash = name_hash(d->parent, d->name, d->len);
	bucket = &table[d->hash % BUCKETS];
	d->hash_next = *bucket;
	*bucket = d;
	d->flags |= DENTRY_HASHED;
	d->cookie = ++last_cookie;
	list_push_back(&d->parent->children, &d->sibling);
}

void dentry_hash(struct dentry *d)
{
	link_hash(d);
	if ((d->sb->flags & SUPER_PINNED) != 0)
		d->refs++;
}

static void unlink_hash(struct dentry *d)
{
	struct dentry **p = &table[d->hash % BUCKETS];

	while (*p != d)
		p = &(*p)->hash_next;
	*p = d->hash_next;
	d->flags &= ~(unsigned)DENTRY_HASHED;
	list_remove(&d->sibling);
}

void dentry_drop(struct dentry *d)
{
	if ((d->flags & DENTRY_HASHED) == 0)
		return;
	unlink_hash(d);
	if ((d->sb->flags & SUPER_PINNED) != 0)
		dentry_put(d);
}

static void dentry_free(struct dentry *d)
{
	if (d->inode != NULL)
		inode_put(d->inode);
	if (d->name != d->storage)
		kfree(d->name);
	kfree(d);
}

void dentry_put(struct dentry *d)
{
	while (d != NULL && --d->refs == 0) {
		struct dentry *parent = d->parent != d ? d->parent : NULL;

		if ((d->flags & DENTRY_HASHED) != 0)
			unlink_hash(d);
		dentry_free(d);
		d = parent;
	}
}

struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len)
{
	uint32_t h = name_hash(dir, name, len);

	for (struct dentry *d = table[h % BUCKETS]; d != NULL; d = d->hash_next)
		if (d->hash == h && d->parent == dir && d->len == len && memcmp(d->name, name, len) == 0)
			return dentry_get(d);
	return NULL;
}

struct dentry *dentry_unnamed(struct super *sb, const char *name, struct inode *i)
{
	return dentry_new(NULL, sb, name, MIN(strlen(name), VFS_NAME_MAX), i);
}

struct dentry *dentry_add(struct dentry *dir, const char *name, size_t len, struct inode *i)
{
	struct dentry *d = dentry_new(dir, dir->sb, name, len, i);

	if (d == NULL)
		return NULL;
	dentry_hash(d);
	return d;
}

int dentry_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	struct dentry *d = dentry_find(dir, name, len);
	struct inode *i;
	int err;

	if (d == NULL) {
		if (dir->inode->ops->lookup == NULL)
			return -ENOENT;
		err = dir->inode->ops->lookup(dir->inode, name, len, &i);
		if (err != 0)
			return err;
		d = dentry_add(dir, name, len, i);
		if (d == NULL) {
			inode_put(i);
			return -ENOMEM;
		}
		if ((d->sb->flags & SUPER_PINNED) != 0)
			d->flags |= DENTRY_LOWER | DENTRY_PRISTINE;
	}
	if (d->inode == NULL) {
		dentry_put(d);
		return -ENOENT;
	}
	*out = d;
	return 0;
}

void dentry_rename(struct dentry *d, struct dentry *parent, char *name, size_t len)
{
	struct dentry *old = d->parent;

	unlink_hash(d);
	d->parent = dentry_get(parent);
	if (d->name != d->storage)
		kfree(d->name);
	d->name = name;
	d->len = (uint16_t)len;
	link_hash(d);
	dentry_put(old);
}

/* References that a dentry of a pinned tree has when nobody uses it: its pin and its children's. */
static bool unused(struct dentry *d)
{
	struct dentry *c;
	unsigned refs = 1;

	list_for_each_entry (c, &d->children, sibling) {
		refs++;
		if (!unused(c))
			return false;
	}
	return d->mounted == NULL && d->refs == refs;
}

static void release(struct dentry *d)
{
	struct dentry *c, *n;

	list_for_each_entry_safe (c, n, &d->children, sibling)
		release(c);
	if (d->parent == d)
		dentry_put(d);
	else
		dentry_drop(d);
}

int dentry_release_tree(struct dentry *root)
{
	if (!unused(root))
		return -EBUSY;
	release(root);
	return 0;
}
