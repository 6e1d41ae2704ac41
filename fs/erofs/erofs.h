/* SPDX-License-Identifier: ISC */
/* What the files of fs/erofs share. */
#ifndef EROFS_PRIVATE_H
#define EROFS_PRIVATE_H

#include "fs/erofs.h"
#include "abi/errno.h"
#include "format.h"

struct erofs {
	struct super sb;
	paddr_t pa;
	const uint8_t *base;
	uint64_t size;
	uint64_t meta; /* where inode 0 would be */
};

struct erofs_inode {
	struct inode i;
	uint64_t plain_off, plain_len; /* content in blocks */
	uint64_t tail_off; /* the rest, behind the inode */
	char *link;
};

/* A new inode for number nid. -EUCLEAN, -ENOMEM. */
int erofs_inode(struct erofs *e, uint64_t nid, struct inode **out) MUST_CHECK;
/* dir.c */
int erofs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out);
int erofs_iterate(struct inode *dir, uint64_t *pos, struct dir_emit *emit);
/* data.c */
ssize_t erofs_peek(struct inode *i, uint64_t pos, const void **p);
int erofs_object(struct inode *i, struct vm_object **out);

static inline struct erofs *erofs_of(const struct inode *i)
{
	return CONTAINER_OF(i->sb, struct erofs, sb);
}

static inline struct erofs_inode *erofs_inode_of(struct inode *i)
{
	return CONTAINER_OF(i, struct erofs_inode, i);
}

/* [off, off+n) lies in the image. */
static inline bool erofs_inside(const struct erofs *e, uint64_t off, uint64_t n)
{
	return off <= e->size && n <= e->size - off;
}

#endif
