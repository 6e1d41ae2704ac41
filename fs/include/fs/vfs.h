/* SPDX-License-Identifier: ISC */
/*
 * The virtual file system: inodes (files), dentries (names in a tree), supers (mounted file systems), and the path
 * operations on them. There is one tree. A dentry alone says where something is: a super is mounted at one place only.
 * Reference counts: a dentry holds its inode and its parent; a file holds its dentry and inode. Kernel lock; paths and
 * names are kernel strings. Functions return 0 or -errno (open(2), path_resolution(7)).
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "fs/file.h"
#include "fs/mode.h"

#define VFS_NAME_MAX  255u
#define VFS_PATH_MAX  4096u
#define VFS_LINKS_MAX 40u

struct super;
struct vfs_attr;
struct vfs_ctx;

struct inode_ops {
	/* Directories. The inode called `name` with a reference, or -ENOENT. NULL: every name has its dentry already. */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
	/* As file_ops.readdir, without "." and "..". */
	int (*iterate)(struct inode *dir, uint64_t *pos, struct dir_emit *emit);
	/* A new inode of type and permissions `mode` that d will name; d->parent is the directory. link: of this inode.
	 * The vfs has checked permissions and puts d into the tree afterwards. NULL: -EPERM. */
	int (*make)(struct dentry *d, uint32_t mode, uint64_t rdev, const char *target, const struct vfs_ctx *ctx,
		    struct inode **out);
	int (*link)(struct inode *i, struct dentry *d);
	/* d is about to vanish (unlink and rmdir); or to take the place of `to` (whose inode may be NULL). */
	int (*unlink)(struct dentry *d);
	int (*rename)(struct dentry *d, struct dentry *to, bool exchange);

	/* Any. NULL: -EPERM. */
	int (*setattr)(struct inode *i, const struct vfs_attr *a);
	/* A symbolic link's target, NUL-terminated, valid while the inode is; or follow: where a magic link leads, with
	 * a reference, and text for readlink. */
	const char *(*target)(struct inode *i);
	int (*follow)(struct inode *i, struct dentry **out);
	long (*text)(struct inode *i, char *buf, size_t size);
	/* *f is set up with i->fops; may put another file in its place. */
	int (*open)(struct inode *i, struct file **f);
	/* Content that lies in memory: bytes at pos, contiguous; 0 at the end. And as an object, with a reference. */
	ssize_t (*peek)(struct inode *i, uint64_t pos, const void **p);
	int (*object)(struct inode *i, struct vm_object **out);
	/* fallocate(2). */
	int (*allocate)(struct inode *i, int mode, uint64_t off, uint64_t len);
	void (*evict)(struct inode *i); /* the last reference went; frees what the inode is part of */
};

struct inode {
	const struct inode_ops *ops;
	const struct file_ops *fops;
	struct super *sb;
	unsigned refs;
	unsigned writers; /* open files that may write: it is not executed meanwhile */
	uint32_t mode, nlink, uid, gid;
	uint64_t ino, size, rdev, blocks; /* blocks: 512 bytes */
	int64_t atime, mtime, ctime; /* ns since the epoch */
	void *ipc; /* the pipe of a FIFO (linux/fifo.c), the socket bound to a name (net/) */
	void *locks; /* flock and record locks, NULL: none (linux/lock.c) */
};

enum dentry_flags {
	DENTRY_HASHED = 1, /* in the tree; else deleted */
	DENTRY_LOWER = 2, /* overlay: the lower directory has this name too; removal leaves a whiteout */
	DENTRY_PRISTINE = 4, /* overlay: came from there unchanged */
};

struct dentry {
	unsigned refs, flags;
	struct dentry *parent; /* itself at a super's root */
	struct inode *inode; /* NULL: a whiteout */
	struct super *sb;
	struct super *mounted; /* what covers it */
	struct dentry *hash_next;
	struct list children, sibling; /* oldest first: by cookie */
	uint64_t cookie; /* position in its directory */
	uint32_t hash;
	uint16_t len;
	char *name; /* in `storage`, or of its own after a rename */
	char storage[];
};

enum super_flags { SUPER_RDONLY = 1, SUPER_PINNED = 2 /* dentries are the truth: they stay until removed */ };

struct super_stat { /* for statfs(2) */
	uint64_t magic, block_size, blocks, free, files, files_free;
};

struct super {
	const char *type; /* "tmpfs" */
	const char *source; /* as in /proc/mounts */
	unsigned flags;
	uint64_t dev;
	struct dentry *root;
	struct dentry *covers; /* the mount point; NULL for the first and while not mounted */
	struct list link; /* vfs_supers, mount order */
	unsigned id;
	uint64_t last_ino;
	void (*stat)(struct super *sb, struct super_stat *st);
	void (*destroy)(struct super *sb); /* after an unmount, when root is gone; NULL: cannot be unmounted */
};

struct vfs_ctx { /* whose lookup it is; borrowed */
	struct dentry *root, *cwd;
	uint32_t uid, gid;
	const struct groups *groups; /* supplementary ones */
};

enum vfs_attr_flags { ATTR_MODE = 1, ATTR_UID = 2, ATTR_GID = 4, ATTR_SIZE = 8, ATTR_ATIME = 16, ATTR_MTIME = 32 };

struct vfs_attr {
	unsigned valid;
	uint32_t mode, uid, gid;
	uint64_t size;
	int64_t atime, mtime;
};

enum lookup_flags {
	LOOKUP_FOLLOW = 1, /* a symbolic link at the end */
	LOOKUP_DIRECTORY = 2,
	LOOKUP_EMPTY = 4, /* "" is the base itself */
	/* openat2(2) */
	LOOKUP_NO_SYMLINKS = 8,
	LOOKUP_NO_MAGICLINKS = 16,
	LOOKUP_BENEATH = 32,
	LOOKUP_IN_ROOT = 64,
	LOOKUP_NO_XDEV = 128,
};

enum { VFS_EXEC = 1, VFS_WRITE = 2, VFS_READ = 4 }; /* permissions, as in access(2) */

#pragma GCC visibility push(default)
extern struct list vfs_supers;

/* The tree. vfs_root: borrowed; made on first use (fs/root). */
struct dentry *vfs_root(void);
void vfs_root_ctx(struct vfs_ctx *ctx); /* the kernel's own: root directory, uid 0 */
static inline struct dentry *dentry_get(struct dentry *d)
{
	d->refs++;
	return d;
}
void dentry_put(struct dentry *d); /* NULL is fine */
static inline struct inode *inode_get(struct inode *i)
{
	i->refs++;
	return i;
}
void inode_put(struct inode *i);
/* Sets up an inode whose memory is the caller's: one reference, number, times now, nlink 1. */
void inode_init(struct inode *i, struct super *sb, uint32_t mode);
int vfs_permission(const struct inode *i, unsigned mask, const struct vfs_ctx *ctx) MUST_CHECK;

/* Mounts. super_init fills dev and id and makes the root dentry (the inode's reference is taken over). */
int super_init(struct super *sb, struct inode *root) MUST_CHECK;
int vfs_mount(struct dentry *at, struct super *sb) MUST_CHECK;
int vfs_unmount(struct dentry *root) MUST_CHECK;

/* base NULL: ctx->cwd. *out gets a reference. */
int vfs_lookup(const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned lookup,
	       struct dentry **out) MUST_CHECK;
int vfs_open(const struct vfs_ctx *ctx, struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	     unsigned lookup, struct file **out) MUST_CHECK;
/* A file for d as it is: permissions were checked. */
int vfs_open_dentry(struct dentry *d, unsigned flags, struct file **out) MUST_CHECK;
/* Any type but symbolic links (mode: S_IF…), directories too. node may be NULL. */
int vfs_make(const struct vfs_ctx *ctx, struct dentry *base, const char *path, uint32_t mode, uint64_t rdev,
	     struct dentry **node) MUST_CHECK;
int vfs_symlink(const struct vfs_ctx *ctx, struct dentry *base, const char *path, const char *target) MUST_CHECK;
int vfs_link(const struct vfs_ctx *ctx, struct dentry *old, struct dentry *base, const char *path) MUST_CHECK;
int vfs_unlink(const struct vfs_ctx *ctx, struct dentry *base, const char *path, bool directory) MUST_CHECK;
int vfs_rename(const struct vfs_ctx *ctx, struct dentry *base, const char *from, struct dentry *to_base, const char *to,
	       unsigned flags) MUST_CHECK;
int vfs_setattr(const struct vfs_ctx *ctx, struct inode *i, const struct vfs_attr *a) MUST_CHECK;
/* Bytes put into buf, not terminated. -EINVAL: not a symbolic link. */
long vfs_readlink(struct inode *i, char *buf, size_t size) MUST_CHECK;
/* The absolute path of d as seen from root, terminated: its length, or -ENAMETOOLONG, -ENOENT (not below root).
 * A deleted one ends with " (deleted)". */
long vfs_path(struct dentry *root, struct dentry *d, char *buf, size_t size) MUST_CHECK;

/* For file systems. dentry_find: in memory, with a reference (may be a whiteout) or NULL. dentry_add: a new one in the
 * tree; the inode's reference is taken over (NULL: whiteout). */
struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len) MUST_CHECK;
struct dentry *dentry_add(struct dentry *dir, const char *name, size_t len, struct inode *i) MUST_CHECK;
void dentry_drop(struct dentry *d); /* out of the tree */
/* Outside the tree, its own parent: memfds and other files that only look as if they had a name. */
struct dentry *dentry_unnamed(struct super *sb, const char *name, struct inode *i) MUST_CHECK;
/* file_ops of directories that have inode_ops.iterate, and pieces of others. */
extern const struct file_ops vfs_dir_ops;
int64_t vfs_dir_seek(struct file *f, int64_t off, int whence);
int vfs_dir_dots(struct file *f, uint64_t *pos, struct dir_emit *emit);
int vfs_sync_nothing(struct file *f); /* memory is as durable as it gets */
int64_t vfs_seek(struct file *f, int64_t off, int whence);
/* file_ops of regular files that have inode_ops.peek and object. */
extern const struct file_ops vfs_memory_ops;
/* Frames [pa, pa+size) as an object to map; what is behind the last byte reads as zero already. */
struct vm_object *vfs_span_object(uint64_t pa, uint64_t size, uint64_t dev, uint64_t ino) MUST_CHECK;

/* Opens FIFOs (linux/fifo.c) and character devices (fs/dev); NULL while not linked: -ENXIO. */
extern int (*vfs_fifo_hook)(struct inode *i, struct file **f);
extern int (*vfs_device_hook)(struct inode *i, struct file **f);
#pragma GCC visibility pop
#endif
