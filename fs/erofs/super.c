/* SPDX-License-Identifier: ISC */
/*
 * EROFS, uncompressed, in memory. Nothing is copied and nothing is believed: each offset and count is checked against
 * the image's end when it is read, and what does not fit is -EUCLEAN. The image is constant, so a check holds.
 */
#include "erofs.h"
#include "fs/root.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "lib/string.h"

static void stat(struct super *sb, struct super_stat *st)
{
	st->magic = EROFS_MAGIC;
	st->block_size = EROFS_BLOCK;
	st->blocks = CONTAINER_OF(sb, struct erofs, sb)->size >> EROFS_BLOCK_BITS;
}

static int check(const struct erofs_disk_super *s, uint64_t size)
{
	if (s->magic != EROFS_MAGIC) {
		log_err("root file system: not an EROFS image");
		return -EINVAL;
	}
	if (s->block_bits != EROFS_BLOCK_BITS || (s->feature_incompat & ~EROFS_INCOMPAT_KNOWN) != 0) {
		log_err("root file system: made with features that are not read here (make it with mkfs.erofs "
			"-Enoinline_data, without compression, 4096-byte blocks)");
		return -EINVAL;
	}
	if ((uint64_t)s->blocks << EROFS_BLOCK_BITS > size) {
		log_err("root file system: the image is truncated");
		return -EUCLEAN;
	}
	return 0;
}

int erofs_create(paddr_t pa, uint64_t size, struct super **out)
{
	const struct erofs_disk_super *s;
	struct inode *root;
	struct erofs *e;
	int err;

	if (size < EROFS_SUPER_OFFSET + sizeof *s) {
		log_err("root file system: too small for an EROFS image");
		return -EINVAL;
	}
	s = (const void *)((const char *)page_ptr(pa) + EROFS_SUPER_OFFSET);
	err = check(s, size);
	if (err != 0)
		return err;
	e = kzalloc(sizeof *e);
	if (e == NULL)
		return -ENOMEM;
	e->pa = pa;
	e->base = page_ptr(pa);
	e->size = size;
	e->meta = (uint64_t)s->meta_block << EROFS_BLOCK_BITS;
	e->sb.type = "erofs";
	e->sb.flags = SUPER_RDONLY;
	e->sb.stat = stat;
	err = erofs_inode(e, s->root_nid, &root);
	if (err == 0 && !S_ISDIR(root->mode)) {
		inode_put(root);
		err = -EUCLEAN;
	}
	if (err == 0) {
		err = super_init(&e->sb, root);
		if (err != 0)
			inode_put(root);
	}
	if (err != 0) {
		log_err("root file system: damaged");
		kfree(e);
		return err;
	}
	*out = &e->sb;
	return 0;
}

void erofs_destroy(struct super *sb)
{
	dentry_put(sb->root);
	kfree(CONTAINER_OF(sb, struct erofs, sb));
}

static void erofs_init(void)
{
	root_image_hook = erofs_create;
}
INIT(INIT_THREADS, erofs_init);
