/* SPDX-License-Identifier: ISC */
/* How the root file system comes together (fs/root). */
#ifndef FS_ROOT_H
#define FS_ROOT_H

#include "fs/vfs.h"
#include "kernel/page.h"

#pragma GCC visibility push(default)
/* Reads an image's embedded root; set before INIT_FS by the file system that can (fs/erofs); NULL while none is linked. */
extern int (*root_image_hook)(paddr_t pa, uint64_t size, struct super **out);
/* Makes a directory and its parents where they are missing, as the kernel. 0 or -errno. */
int root_mkdir(const char *path, uint32_t mode) MUST_CHECK;
/* Writes a small file, unless there is one. 0 or -errno. */
int root_write(const char *path, const char *text, size_t size) MUST_CHECK;
/* Mounts a tmpfs there, making the directory. 0 or -errno. */
int root_tmpfs(const char *path, const char *options) MUST_CHECK;
#pragma GCC visibility pop
#endif
