/* SPDX-License-Identifier: ISC */
/* Making the last component of a path (names.c), as open(2) with O_CREAT needs it too. */
#ifndef NAMES_H
#define NAMES_H

#include "vfs_private.h"

/* After walk_parent. mode has the type. *out, if wanted, gets a reference. */
int names_make(const struct walk *w, uint32_t mode, uint64_t rdev, const char *target, struct dentry **out) MUST_CHECK;
/* An inode in directory w->cur that has no name (O_TMPFILE). */
int names_make_unnamed(const struct walk *w, uint32_t mode, struct dentry **out) MUST_CHECK;

#endif
