/* SPDX-License-Identifier: ISC */
/* Socket addresses in and out, and paths of AF_UNIX. unix(7). */
#include "sockaddr.h"

#include <linux/stat.h>

#include "kernel/heap.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "net/sockdef.h"

int sock_fd(int fd, struct file **f, struct sock **s)
{
	*f = fd_get(fd);
	if (UNLIKELY(*f == NULL))
		return -EBADF;
	*s = sock_of(*f);
	if (LIKELY(*s != NULL))
		return 0;
	file_put(*f);
	return -ENOTSOCK;
}

static void context(struct vfs_ctx *c)
{
	struct process *p = process_current();

	*c = (struct vfs_ctx){p->root, p->cwd, p->creds.fsuid, p->creds.fsgid, p->creds.groups};
}

static bool has_path(const struct sock_addr *a)
{
	return a->family == AF_UNIX && a->len > 2 && a->un.path[0] != '\0';
}

/* The path as a string; it need not be terminated in the address. */
static void path_of(const struct sock_addr *a, char path[sizeof(a->un.path) + 1])
{
	size_t n = MIN(a->len - 2, sizeof a->un.path);

	memcpy(path, a->un.path, n);
	path[n] = '\0';
}

static int resolve_path(struct sock_addr *a)
{
	char path[sizeof(a->un.path) + 1];
	struct vfs_ctx ctx;
	struct dentry *d;
	int err;

	context(&ctx);
	path_of(a, path);
	err = vfs_lookup(&ctx, NULL, path, LOOKUP_FOLLOW, &d);
	if (err != 0)
		return err;
	if (!S_ISSOCK(d->inode->mode))
		err = -ECONNREFUSED;
	else
		err = vfs_permission(d->inode, VFS_WRITE, &ctx);
	if (err == 0)
		a->node = inode_get(d->inode);
	dentry_put(d);
	return err;
}

int sockaddr_get(struct sock_addr *a, struct uptr addr, unsigned len, bool resolve)
{
	a->node = NULL;
	a->family = AF_UNSPEC;
	a->len = len;
	if ((int)len < 0 || len > SOCK_ADDR_MAX)
		return -EINVAL;
	if (copy_from_user(a->raw, addr, len) != 0)
		return -EFAULT;
	return resolve && len <= sizeof a->un && has_path(a) ? resolve_path(a) : 0;
}

void sockaddr_put(struct sock_addr *a)
{
	if (a->node != NULL)
		inode_put(a->node);
	a->node = NULL;
}

int sockaddr_make(struct sock_addr *a)
{
	char path[sizeof(a->un.path) + 1];
	struct vfs_ctx ctx;
	struct dentry *d;
	int err;

	if (a->len > sizeof a->un || !has_path(a))
		return 0;
	context(&ctx);
	path_of(a, path);
	err = vfs_make(&ctx, NULL, path, S_IFSOCK | (0777 & ~process_current()->umask), 0, &d);
	if (err != 0)
		return err == -EEXIST ? -EADDRINUSE : err;
	a->node = inode_get(d->inode);
	dentry_put(d);
	return 0;
}

int sockaddr_out(const struct sock_addr *a, struct uptr addr, struct uptr len)
{
	int room;

	if (uptr_null(addr))
		return 0;
	if (get_user(room, len) != 0)
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (copy_to_user(addr, a->raw, MIN((unsigned)room, a->len)) != 0 || put_user(len, a->len) != 0)
		return -EFAULT;
	return 0;
}
