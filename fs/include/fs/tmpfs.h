/* SPDX-License-Identifier: ISC */
/*
 * Files in memory. A super of this kind is tmpfs, the upper half of an overlay, or the home of memfds. Its dentries are
 * its directories (SUPER_PINNED). A super may take its frames up to a limit, shared with nothing else.
 */
#ifndef FS_TMPFS_H
#define FS_TMPFS_H

#include "fs/vfs.h"

struct tmpfs_quota;
struct tmpfs_data;

struct tmpfs_super {
	struct super sb;
	struct tmpfs_quota *quota;
	const struct inode_ops *dir_ops;
};

struct tmpfs_inode {
	struct inode i;
	char *link; /* a symbolic link's target */
	struct tmpfs_data *data; /* a regular file's content, once there is any */
	struct inode *lower; /* overlay: what it shows where it was not written; a reference */
	struct list lower_link; /* overlay: among those whose lower inode has several names */
	unsigned seals; /* memfd: F_SEAL_* */
};

#pragma GCC visibility push(default)
/* size: limit in bytes, 0: half of the memory. mode: of the root directory. NULL: no memory. */
struct tmpfs_super *tmpfs_create(const char *type, uint64_t size, uint32_t mode) MUST_CHECK;
/* Parses "size=16M,mode=1777" (tmpfs(5)); 0 or -EINVAL. */
int tmpfs_options(const char *s, uint64_t *size, uint32_t *mode) MUST_CHECK;
/* A new inode of any type; NULL: no memory. */
struct tmpfs_inode *tmpfs_inode(struct tmpfs_super *sb, uint32_t mode) MUST_CHECK;
/* A file without a name, for memfd_create(2). seals: F_SEAL_* to begin with. 0 or -ENOMEM. */
int tmpfs_unnamed(const char *name, unsigned seals, struct file **out) MUST_CHECK;
#pragma GCC visibility pop

extern const struct inode_ops tmpfs_dir_ops;
struct vfs_attr;
int tmpfs_make(struct dentry *d, uint32_t mode, uint64_t rdev, const char *target, const struct vfs_ctx *ctx,
	       struct inode **out);
int tmpfs_link(struct inode *i, struct dentry *d);
int tmpfs_unlink(struct dentry *d);
int tmpfs_rename(struct dentry *d, struct dentry *to, bool exchange);
int tmpfs_setattr(struct inode *i, const struct vfs_attr *a);
void tmpfs_evict(struct inode *i);
#endif
