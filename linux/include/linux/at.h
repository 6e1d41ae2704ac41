/* SPDX-License-Identifier: ISC */
/* What the path calls share: a program's path and the directory it counts from (linux/at.c). */
#ifndef LINUX_AT_H
#define LINUX_AT_H

#include "fs/vfs.h"
#include "linux/fd.h"

#define AT_SMALL 200u

struct at {
	struct vfs_ctx ctx;
	struct file *file; /* of dirfd, a reference; NULL for AT_FDCWD */
	struct dentry *base; /* file's; NULL: the working directory */
	const char *path;
	char *big; /* a long path's memory */
	char small[AT_SMALL];
};

#pragma GCC visibility push(default)
/* The current process's root, working directory and file system ids; borrowed. */
void at_ctx(struct vfs_ctx *ctx);
/* Copies the path and finds dirfd (which may be anything when the path is absolute). 0 or -errno; then at_end. */
int at_begin(struct at *a, int dirfd, struct uptr path) MUST_CHECK;
void at_end(struct at *a);
/* The dentry that (dirfd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) names; with a reference. Files without one (pipes,
 * sockets): 0, *out NULL and *file with a reference. file NULL: -EBADF for those. */
int at_dentry(int dirfd, struct uptr path, int flags, struct dentry **out, struct file **file) MUST_CHECK;
/* A path string alone; free with kfree if not `small`. */
int at_string(struct uptr path, char *small, size_t size, char **out) MUST_CHECK;
#pragma GCC visibility pop
#endif
