/* SPDX-License-Identifier: ISC */
/* /dev: a tmpfs with a node for each device that registers, and the table from numbers to devices, so that a node made
 * by mknod(2) elsewhere works too. */
#include "fs/dev.h"
#include "abi/errno.h"
#include "fs/root.h"
#include "fs/tmpfs.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "lib/string.h"

static struct list devices = LIST_INIT(devices);
static bool mounted;

static int device_open(struct inode *i, struct file **f)
{
	struct device *d;

	list_for_each_entry (d, &devices, link) {
		if (i->rdev < d->rdev || i->rdev - d->rdev > d->more)
			continue;
		if (d->open != NULL)
			return d->open(i, f);
		(*f)->ops = d->ops;
		return 0;
	}
	return -ENXIO;
}

static int mount_dev(void)
{
	struct tmpfs_super *t;
	struct vfs_ctx ctx;
	struct dentry *at;
	int err;

	if (mounted)
		return 0;
	err = root_mkdir("/dev", 0755);
	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	err = vfs_lookup(&ctx, NULL, "/dev", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &at);
	if (err != 0)
		return err;
	t = tmpfs_create("devtmpfs", 0, 0755);
	if (t != NULL)
		t->sb.destroy = NULL; /* stays */
	err = t == NULL ? -ENOMEM : vfs_mount(at, &t->sb);
	dentry_put(at);
	mounted = err == 0;
	vfs_device_hook = device_open;
	return err;
}

static int base(struct dentry **out)
{
	struct vfs_ctx ctx;
	int err = mount_dev();

	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	return vfs_lookup(&ctx, NULL, "/dev", LOOKUP_FOLLOW, out);
}

int dev_register(struct device *d)
{
	struct vfs_ctx ctx;
	struct dentry *dir;
	int err = base(&dir);

	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	list_push_back(&devices, &d->link);
	if (d->name != NULL)
		err = vfs_make(&ctx, dir, d->name, S_IFCHR | d->mode, d->rdev, NULL);
	dentry_put(dir);
	return err;
}

int dev_symlink(const char *name, const char *target)
{
	struct vfs_ctx ctx;
	struct dentry *dir;
	int err = base(&dir);

	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	err = vfs_symlink(&ctx, dir, name, target);
	dentry_put(dir);
	return err;
}
