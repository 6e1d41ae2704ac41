/* SPDX-License-Identifier: ISC */
/* mount(2) of tmpfs, umount(2), statfs(2), sync(2). */
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/mount.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "fs/tmpfs.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "linux/task.h"

#define MNT_FORCE        1
#define MNT_DETACH       2
#define MNT_EXPIRE       4
#define UMOUNT_NOFOLLOW  8
#define PIPEFS_MAGIC     0x50495045
#define MOUNT_TYPES_ONLY (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_RELATIME | MS_STRICTATIME | MS_SILENT)

static long mount_tmpfs(struct dentry *at, const char *options)
{
	uint32_t mode = 01777;
	uint64_t size = 0;
	struct tmpfs_super *t;
	int err = tmpfs_options(options, &size, &mode);

	if (err != 0)
		return err;
	t = tmpfs_create("tmpfs", size, mode);
	if (t == NULL)
		return -ENOMEM;
	err = vfs_mount(at, &t->sb);
	if (err != 0) {
		dentry_put(t->sb.root);
		t->sb.destroy(&t->sb);
	}
	return err;
}

/* Flags that tmpfs here would have to obey (MS_RDONLY) and other kinds of mounts are refused. Nothing is set-uid, a device
 * or without execution here, so the flags that forbid it change nothing; times of access are never kept. */
long sys_mount(struct uptr source, struct uptr target, struct uptr type, unsigned long flags, struct uptr data)
{
	char kind[32], options[256] = "";
	struct dentry *at;
	long n;

	(void)source;
	if (process_current()->creds.euid != 0)
		return -EPERM;
	if ((flags & 0xffff0000ul) == 0xc0ed0000ul) /* MS_MGC_VAL */
		flags &= 0xfffful;
	n = at_dentry(AT_FDCWD, target, 0, &at, NULL);
	if (n != 0)
		return n;
	if ((flags & ~(unsigned long)MOUNT_TYPES_ONLY) != 0)
		n = -EINVAL;
	if (n == 0)
		n = uptr_null(type) ? -EINVAL : copy_string_from_user(kind, type, sizeof kind);
	if (n >= 0 && strcmp(kind, "tmpfs") != 0)
		n = -ENODEV;
	if (n >= 0 && !uptr_null(data))
		n = copy_string_from_user(options, data, sizeof options);
	if (n >= 0)
		n = mount_tmpfs(at, options);
	dentry_put(at);
	return n;
}

long sys_umount2(struct uptr target, int flags)
{
	struct dentry *d;
	long n;

	if ((flags & ~(MNT_FORCE | UMOUNT_NOFOLLOW)) != 0) /* there is no lazy unmounting */
		return -EINVAL;
	if (process_current()->creds.euid != 0)
		return -EPERM;
	n = at_dentry(AT_FDCWD, target, (flags & UMOUNT_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0, &d, NULL);
	if (n != 0)
		return n;
	if (d != d->sb->root) {
		dentry_put(d);
		return -EINVAL;
	}
	d->refs--; /* ours would make it busy; the super's own remains */
	return vfs_unmount(d);
}

static long put_statfs(struct uptr to, const struct super *sb)
{
	struct super_stat st = {.magic = PIPEFS_MAGIC, .block_size = 4096};
	struct statfs out;

	if (sb != NULL && sb->stat != NULL)
		sb->stat((struct super *)(uintptr_t)sb, &st);
	memset(&out, 0, sizeof out);
	out.f_type = (long)st.magic;
	out.f_bsize = out.f_frsize = (long)st.block_size;
	out.f_blocks = (long)st.blocks;
	out.f_bfree = out.f_bavail = (long)st.free;
	out.f_files = (long)st.files;
	out.f_ffree = (long)st.files_free;
	out.f_namelen = VFS_NAME_MAX;
	out.f_fsid.val[0] = sb != NULL ? (int)sb->dev : 0;
	out.f_flags = sb != NULL && (sb->flags & SUPER_RDONLY) != 0 ? MS_RDONLY : 0;
	return copy_to_user(to, &out, sizeof out);
}

long sys_statfs(struct uptr path, struct uptr to)
{
	struct dentry *d;
	long n = at_dentry(AT_FDCWD, path, 0, &d, NULL);

	if (n != 0)
		return n;
	n = put_statfs(to, d->sb);
	dentry_put(d);
	return n;
}

long sys_fstatfs(int fd, struct uptr to)
{
	struct file *f = fd_get_any(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = put_statfs(to, f->inode != NULL ? f->inode->sb : NULL);
	file_put(f);
	return n;
}

/* Everything is in memory, which is all there is to write to. */
long sys_sync(void)
{
	return 0;
}

long sys_syncfs(int fd)
{
	struct file *f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	file_put(f);
	return 0;
}
