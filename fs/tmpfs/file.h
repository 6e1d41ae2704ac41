/* SPDX-License-Identifier: ISC */
/* Files and directories of tmpfs as open files (file.c, dir.c). */
#ifndef TMPFS_FILE_H
#define TMPFS_FILE_H

#include "fs/tmpfs.h"

extern const struct inode_ops tmpfs_file_ops;
extern const struct file_ops tmpfs_file_fops, tmpfs_dir_fops;
int tmpfs_set_size(struct inode *i, uint64_t size) MUST_CHECK;
/* Nothing shows in d, below included. */
bool tmpfs_dir_empty(struct dentry *d);

#endif
