/* SPDX-License-Identifier: ISC */
/* Device files: /dev and the character devices behind it. Device numbers are encoded as in st_rdev (makedev(3)). */
#ifndef FS_DEV_H
#define FS_DEV_H

#include "fs/vfs.h"

#define DEV(major, minor) ((uint64_t)(((minor)&0xffu) | ((major)&0xfffu) << 8 | ((minor) & ~0xffu) << 12))

struct device {
	const char *name; /* below /dev; NULL: its nodes are made elsewhere */
	uint32_t mode; /* permissions */
	uint64_t rdev;
	unsigned more; /* minors behind rdev that are its too */
	const struct file_ops *ops;
	/* Instead of ops: as inode_ops.open. */
	int (*open)(struct inode *i, struct file **f);
	struct list link;
};

#pragma GCC visibility push(default)
/* Makes its node. 0 or -errno. The struct stays the caller's. */
int dev_register(struct device *d) MUST_CHECK;
int dev_symlink(const char *name, const char *target) MUST_CHECK;
#pragma GCC visibility pop
#endif
