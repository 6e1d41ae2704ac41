/* SPDX-License-Identifier: ISC */
/* EROFS images that lie in memory (docs/files.md); read and mapped where they are. */
#ifndef FS_EROFS_H
#define FS_EROFS_H

#include "fs/vfs.h"
#include "kernel/page.h"

#pragma GCC visibility push(default)
/* The image of `size` bytes at pa, which stays there. 0 and a super that can be mounted or put below an overlay, or
 * -EINVAL (no EROFS, or of a kind that is not read here; logged), -EUCLEAN (damaged), -ENOMEM. */
int erofs_create(paddr_t pa, uint64_t size, struct super **out) MUST_CHECK;
void erofs_destroy(struct super *sb); /* tests: nobody may use it any more */
#pragma GCC visibility pop
#endif
