/* SPDX-License-Identifier: ISC */
/*
 * /proc/PID/fd and fdinfo. The links are magic: to the file itself, even if its name is gone. One that has no name (a
 * pipe, a socket, the console) leads to an inode made for the purpose; opening that gives the same open file again.
 */
#include <linux/fcntl.h>

#include "kernel/heap.h"
#include "lib/fmt.h"
#include "linux/fd.h"
#include "proc.h"

static struct file *file_of(uint64_t arg)
{
	struct process *p = proc_process(arg);

	return p == NULL || p->fds == NULL ? NULL : fd_table_peek(p->fds, (int)proc_extra(arg) - 1);
}

static int show(struct text *t, uint64_t arg)
{
	struct file *f = file_of(arg);
	const char *kind;
	char *buf;
	long n;

	if (f == NULL)
		return -ENOENT;
	if (f->dentry == NULL) {
		kind = f->ops->kind != NULL ? f->ops->kind : "anon_inode:[file]";
		if (kind[0] == '/' || kind[0] == 'a')
			text_printf(t, "%s", kind);
		else
			text_printf(t, "%s:[%lu]", kind, f->id);
		return 0;
	}
	buf = kmalloc(VFS_PATH_MAX);
	if (buf == NULL)
		return -ENOMEM;
	n = vfs_path(vfs_root(), f->dentry, buf, VFS_PATH_MAX);
	if (n >= 0)
		text_put(t, buf, (size_t)n);
	kfree(buf);
	return n < 0 ? (int)n : 0;
}

struct handle { /* stands for an open file that has no inode */
	struct inode i;
	struct file *file;
};

static int handle_open(struct inode *i, struct file **f)
{
	struct file *file = CONTAINER_OF(i, struct handle, i)->file;
	unsigned have = file->flags & O_ACCMODE, want = (*f)->flags & O_ACCMODE;

	if (S_ISSOCK(i->mode))
		return -ENXIO;
	if (have != O_RDWR && have != want)
		return -EACCES;
	file_put(*f);
	file_get(file);
	*f = file;
	return 0;
}

static void handle_evict(struct inode *i)
{
	struct handle *h = CONTAINER_OF(i, struct handle, i);

	file_put(h->file);
	kfree(h);
}

static const struct file_ops no_ops;
static const struct inode_ops handle_ops = {.open = handle_open, .evict = handle_evict};
static struct super handles = {.type = "anon", .source = "anon", .dev = 11};

static int follow(uint64_t arg, struct dentry **out)
{
	struct file *f = file_of(arg);
	struct handle *h;

	if (f == NULL)
		return -ENOENT;
	if (f->dentry != NULL) {
		*out = dentry_get(f->dentry);
		return 0;
	}
	h = kzalloc(sizeof *h);
	if (h == NULL)
		return -ENOMEM;
	inode_init(&h->i, &handles, f->ops->mode);
	h->i.ino = f->id;
	h->i.ops = &handle_ops;
	h->i.fops = &no_ops;
	h->file = f;
	file_get(f);
	*out = dentry_unnamed(&handles, "anon", &h->i);
	if (*out == NULL)
		inode_put(&h->i);
	return *out == NULL ? -ENOMEM : 0;
}

static int info(struct text *t, uint64_t arg)
{
	struct file *f = file_of(arg);

	if (f == NULL)
		return -ENOENT;
	text_printf(t, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\n", f->pos, f->flags,
		    f->inode != NULL ? f->inode->sb->id : 0u);
	return 0;
}

static int find(uint64_t arg, const char *name, size_t len, const struct pseudo *entry, const struct pseudo **e,
		uint64_t *child)
{
	unsigned fd;
	int err = pseudo_number(name, len, &fd);

	if (err != 0)
		return err;
	*child = (uint32_t)arg | ((uint64_t)fd + 1) << 32;
	if (file_of(*child) == NULL)
		return -ENOENT;
	*e = entry;
	return 0;
}

int proc_fd_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child)
{
	static const struct pseudo entry = {.mode = S_IFLNK | 0700, .show = show, .follow = follow};

	return find(arg, name, len, &entry, e, child);
}

int proc_fdinfo_find(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child)
{
	static const struct pseudo entry = {.mode = S_IFREG | 0444, .show = info};

	return find(arg, name, len, &entry, e, child);
}

int proc_fd_list(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode)
{
	struct process *p = proc_process(arg);

	if (p == NULL || p->fds == NULL)
		return -ENOENT;
	for (int fd = (int)(*i & ~(1u << 31)); fd < fd_table_end(p->fds); fd++) {
		if (fd_table_peek(p->fds, fd) == NULL)
			continue;
		*i = (unsigned)fd;
		fmt_snprintf(name, PSEUDO_NAME_MAX, "%d", fd);
		*mode = S_IFLNK;
		return 0;
	}
	return -ENOENT;
}
