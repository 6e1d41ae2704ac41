/* SPDX-License-Identifier: ISC */
/*
 * An open file, as read, write, poll and ioctl see it: what a descriptor refers to. Regular files, directories, pipes,
 * sockets, eventfd, epoll, timerfd and the console are all struct files with their own const operations.
 * Reference-counted; release runs when the last reference goes. Kernel lock.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "kernel/uio.h"
#include "kernel/wait.h"

struct async;
struct file;
struct inode;
struct vm_object;
struct dir_emit;

/* Passed to poll: when `add` is not NULL the file hands its wait queue(s) to it, once each. */
struct poll_table {
	void (*add)(struct poll_table *pt, struct wait_queue *q);
};

struct file_ops {
	const char *kind; /* of files without an inode, as /proc/self/fd shows it: "socket", "anon_inode:[eventpoll]" */
	uint32_t mode; /* of files without an inode: S_IF… and permissions, as fstat gives them */
	/* *pos is the position to use and to advance (NULL: not seekable). Honour file->flags & O_NONBLOCK. Bytes or
	 * -errno; -ERESTARTSYS when a signal came before anything was moved. */
	ssize_t (*read)(struct file *f, struct uio *u, uint64_t *pos);
	ssize_t (*write)(struct file *f, struct uio *u, uint64_t *pos);
	/* Current POLL* bits (Linux's values). NULL: always POLLIN | POLLOUT. */
	unsigned (*poll)(struct file *f, struct poll_table *pt);
	/* arg as the program gave it. NULL: -ENOTTY. */
	long (*ioctl)(struct file *f, unsigned cmd, uintptr_t arg);
	/* New position or -errno. NULL: -ESPIPE. */
	int64_t (*seek)(struct file *f, int64_t off, int whence);
	/* The object to map, with a reference. NULL: -ENODEV. */
	int (*mmap)(struct file *f, struct vm_object **out);
	/* Emits entries from *pos on until emit says stop; NULL: -ENOTDIR. */
	int (*readdir)(struct file *f, uint64_t *pos, struct dir_emit *emit);
	int (*sync)(struct file *f);
	/* fcntl commands beyond descriptors and locks (F_SETPIPE_SZ, F_ADD_SEALS). NULL: -EINVAL. */
	long (*fcntl)(struct file *f, unsigned cmd, uintptr_t arg);
	/* The bytes at pos where they lie in memory, as many as are contiguous: *p and their number, valid until the
	 * kernel sleeps; 0 at the end. For sendfile. NULL: use read. */
	ssize_t (*peek)(struct file *f, uint64_t pos, const void **p);
	void (*release)(struct file *f);
};

struct dir_emit {
	/* false: no room, stop (the entry was not taken). type: DT_*. */
	bool (*fn)(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next_pos);
};

struct file {
	const struct file_ops *ops;
	unsigned refs;
	unsigned flags; /* O_* status flags and access mode */
	uint64_t pos;
	struct inode *inode; /* NULL for pipes, sockets and the like made without one */
	struct dentry *dentry; /* where it was opened, NULL likewise */
	bool writer; /* counted in inode->writers */
	bool quiet; /* -EPIPE of a write is no SIGPIPE: sockets that are no streams */
	void *priv; /* the implementation's */
	uint64_t id; /* a number of its own, st_ino of files without an inode; the two ends of a pipe share it */
	struct list watchers; /* epoll items that refer to it (linux/epoll.c) */
	struct async *async; /* O_ASYNC and its owner (linux/async.c), or NULL */
};

#pragma GCC visibility push(default)
/* A new file with one reference, or NULL. */
struct file *file_create(const struct file_ops *ops, unsigned flags, void *priv) MUST_CHECK;
size_t file_count(void); /* that are open */
static inline void file_get(struct file *f)
{
	f->refs++;
}
void file_put(struct file *f);
/* Hooked by epoll, so that items of a dying file vanish; NULL when epoll is not linked. */
extern void (*file_release_hook)(struct file *f);
/* Writes a small file of the kernel's (/etc/resolv.conf) and the directories above, unless there is one: 0 or -errno. From
 * INIT_FS on; NULL while the image has no root file system. */
extern int (*file_make_hook)(const char *path, const char *text);
/* Ends file->async. */
extern void (*file_async_hook)(struct file *f);
/* The file's own locks end with it; set while there are locks (linux/lock.c). */
extern void (*file_unlock_hook)(struct file *f);
/* Lets go of inode and dentry; set by the vfs. */
extern void (*file_detach_hook)(struct file *f);
#pragma GCC visibility pop
#endif
