/* SPDX-License-Identifier: ISC */
/* A writable tree in memory over a read-only one. */
#ifndef FS_OVERLAY_H
#define FS_OVERLAY_H

#include "fs/tmpfs.h"

#pragma GCC visibility push(default)
/* lower: the root directory below; a reference is taken; NULL: nothing below. size as tmpfs_create. NULL: no memory. */
struct tmpfs_super *overlay_create(struct inode *lower, uint64_t size) MUST_CHECK;
/* Shows `lower` as a new name in dir (baked programs). 0, -EEXIST, -ENOMEM. */
int overlay_add(struct dentry *dir, const char *name, struct inode *lower) MUST_CHECK;
#pragma GCC visibility pop
#endif
