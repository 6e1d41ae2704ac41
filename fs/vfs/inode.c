/* SPDX-License-Identifier: ISC */
/* Inodes: their life, and who may do what with one (path_resolution(7), "Permissions"). uid 0 may do what Linux's
 * CAP_DAC_OVERRIDE may: all, but execute a file that nobody may. */
#include "vfs_private.h"
#include "fs/groups.h"
#include "kernel/time.h"

void inode_init(struct inode *i, struct super *sb, uint32_t mode)
{
	i->refs = 1;
	i->sb = sb;
	i->mode = mode;
	i->nlink = 1;
	i->ino = ++sb->last_ino;
	i->atime = i->mtime = i->ctime = (int64_t)time_real();
}

void inode_put(struct inode *i)
{
	if (--i->refs == 0 && i->ops->evict != NULL)
		i->ops->evict(i);
}

static bool in_group(const struct vfs_ctx *ctx, uint32_t gid)
{
	return ctx->gid == gid || groups_have(ctx->groups, gid);
}

int vfs_permission(const struct inode *i, unsigned mask, const struct vfs_ctx *ctx)
{
	uint32_t mode = i->mode;

	if ((mask & VFS_WRITE) != 0 && (i->sb->flags & SUPER_RDONLY) != 0 &&
	    (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
		return -EROFS;
	if (ctx->uid == 0)
		return (mask & VFS_EXEC) == 0 || S_ISDIR(mode) || (mode & 0111) != 0 ? 0 : -EACCES;
	if (ctx->uid == i->uid)
		mode >>= 6;
	else if (in_group(ctx, i->gid))
		mode >>= 3;
	return (mask & ~mode & 7) == 0 ? 0 : -EACCES;
}

int vfs_setattr(const struct vfs_ctx *ctx, struct inode *i, const struct vfs_attr *a)
{
	struct vfs_attr b = *a;

	if ((i->sb->flags & SUPER_RDONLY) != 0)
		return -EROFS;
	if (i->ops->setattr == NULL)
		return -EPERM;
	if (ctx->uid != 0) {
		if ((b.valid & ATTR_MODE) != 0 && ctx->uid != i->uid)
			return -EPERM;
		if ((b.valid & ATTR_UID) != 0 && (ctx->uid != i->uid || b.uid != i->uid))
			return -EPERM;
		if ((b.valid & ATTR_GID) != 0 && (ctx->uid != i->uid || (b.gid != i->gid && !in_group(ctx, b.gid))))
			return -EPERM;
	}
	/* A change of owner takes the right to run as the owner away. */
	if ((b.valid & (ATTR_UID | ATTR_GID)) != 0 && S_ISREG(i->mode) && (b.valid & ATTR_MODE) == 0) {
		b.valid |= ATTR_MODE;
		b.mode = i->mode & ~04000u;
		if ((b.mode & 010) != 0)
			b.mode &= ~02000u;
	}
	return i->ops->setattr(i, &b);
}

long vfs_readlink(struct inode *i, char *buf, size_t size)
{
	const char *t;
	size_t n = 0;

	if (!S_ISLNK(i->mode))
		return -EINVAL;
	if (i->ops->text != NULL)
		return i->ops->text(i, buf, size);
	t = i->ops->target(i);
	while (n < size && t[n] != '\0') {
		buf[n] = t[n];
		n++;
	}
	return (long)n;
}
