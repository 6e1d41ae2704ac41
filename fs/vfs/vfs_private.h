/* SPDX-License-Identifier: ISC */
/* What the files of fs/vfs share. */
#ifndef VFS_PRIVATE_H
#define VFS_PRIVATE_H

#include "fs/vfs.h"
#include "abi/errno.h"

/* dentry.c. A new name outside the tree, holding its parent and taking over i's reference; NULL: no memory. */
struct dentry *dentry_new(struct dentry *parent, struct super *sb, const char *name, size_t len,
			  struct inode *i) MUST_CHECK;
void dentry_hash(struct dentry *d);
/* Its inode's child of that name, from memory or the file system: 0, -ENOENT, … */
int dentry_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out) MUST_CHECK;
/* Gives d, which is in the tree, another place and name (kmalloc'd, taken over). */
void dentry_rename(struct dentry *d, struct dentry *parent, char *name, size_t len);
/* Frees the pinned tree below and including root, which nobody else uses; -EBUSY and nothing done otherwise. */
int dentry_release_tree(struct dentry *root) MUST_CHECK;

/* walk.c: a path on its way. */
struct walk {
	const struct vfs_ctx *ctx;
	struct dentry *root; /* of absolute links and of "..": borrowed */
	struct dentry *start; /* LOOKUP_BENEATH: not above it; borrowed */
	struct dentry *cur; /* where it is: a reference */
	unsigned flags, links;
	bool must_be_dir; /* a slash at the end */
	const char *rest;
	char *buf; /* holds rest once a link was followed */
	const char *last; /* walk_parent: the last component, in rest's memory; empty for "/" */
	size_t last_len;
};

int walk_begin(struct walk *w, const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned flags);
int walk_all(struct walk *w) MUST_CHECK;
/* Stops in the directory of the last component, which may be "." or "..". */
int walk_parent(struct walk *w) MUST_CHECK;
/* Goes on with the target of `link`, whose reference it takes over, and then with `after`. */
int walk_follow(struct walk *w, struct dentry *link, const char *after) MUST_CHECK;
/* The child called name, mounts crossed; not followed if a link. */
int walk_step(struct walk *w, const char *name, size_t len, struct dentry **out) MUST_CHECK;
void walk_end(struct walk *w);

static inline bool is_dir(const struct inode *i)
{
	return S_ISDIR(i->mode);
}

#endif
