/* SPDX-License-Identifier: ISC */
/*
 * The content of a regular file in memory: an object whose frames are allocated as they are written. Below them may lie
 * another inode's content (overlay), which shows wherever there is no frame, up to lower_size. Holes read as zero.
 */
#ifndef DATA_H
#define DATA_H

#include "fs/vfs.h"
#include "kernel/vm.h"
#include "pages.h"

struct tmpfs_quota {
	unsigned refs;
	uint64_t used, max; /* frames */
};

struct tmpfs_data {
	struct vm_object object;
	struct pages pages;
	struct tmpfs_quota *quota;
	uint64_t size;
	struct inode *lower; /* a reference, or NULL */
	uint64_t lower_size; /* so much of it still shows */
	bool sealed; /* not to be written any more */
};

struct tmpfs_data *data_create(struct tmpfs_quota *q, struct inode *lower, uint64_t size) MUST_CHECK;
/* Within [pos, size) and beyond; the size grows with it. Bytes or -errno; -ENOSPC when the quota or memory ends. */
ssize_t data_write(struct tmpfs_data *d, struct uio *u, uint64_t pos) MUST_CHECK;
ssize_t data_read(struct tmpfs_data *d, struct uio *u, uint64_t pos) MUST_CHECK;
/* What lies in one piece at pos; holes are a page of zeros. 0 at the end. */
ssize_t data_peek(struct tmpfs_data *d, uint64_t pos, const void **p);
int data_truncate(struct tmpfs_data *d, uint64_t size) MUST_CHECK;
/* [off, off+len) becomes zero / gets frames. */
int data_punch(struct tmpfs_data *d, uint64_t off, uint64_t len) MUST_CHECK;
int data_allocate(struct tmpfs_data *d, uint64_t off, uint64_t len) MUST_CHECK;
/* The next data or hole at or after off, at most size. */
uint64_t data_seek(struct tmpfs_data *d, uint64_t off, bool hole);
uint64_t data_frames(const struct tmpfs_data *d); /* in use, those below included */
void quota_put(struct tmpfs_quota *q);

#endif
