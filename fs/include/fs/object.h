/* SPDX-License-Identifier: ISC */
/* Objects of files, with the path as name. */
#ifndef FS_OBJECT_H
#define FS_OBJECT_H

#include "fs/file.h"
#include "kernel/vm.h"

#pragma GCC visibility push(default)
/* file_ops.mmap by way of inode_ops.object. */
int object_for(struct file *f, struct vm_object **out);
/* The path of d, kmalloc'd; NULL: no memory or outside the tree. */
char *object_path(struct dentry *d) MUST_CHECK;
#pragma GCC visibility pop
#endif
