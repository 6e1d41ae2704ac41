/* SPDX-License-Identifier: ISC */
/*
 * Open files: making them, and their end. This file must not refer to path lookup: an image whose program opens
 * nothing has none. What hangs on a file from above (epoll items, the vfs's inode and dentry) is let go by hooks.
 */
#include "fs/file.h"
#include "kernel/heap.h"

void (*file_release_hook)(struct file *f);
void (*file_async_hook)(struct file *f);
void (*file_unlock_hook)(struct file *f);
void (*file_detach_hook)(struct file *f);
int (*file_make_hook)(const char *path, const char *text);

static size_t files;

size_t file_count(void)
{
	return files;
}

struct file *file_create(const struct file_ops *ops, unsigned flags, void *priv)
{
	static uint64_t last_id;
	struct file *f = kzalloc(sizeof *f);

	if (f == NULL)
		return NULL;
	files++;
	f->ops = ops;
	f->refs = 1;
	f->flags = flags;
	f->priv = priv;
	f->id = ++last_id;
	list_init(&f->watchers);
	return f;
}

void file_put(struct file *f)
{
	if (--f->refs > 0)
		return;
	if (!list_empty(&f->watchers))
		file_release_hook(f);
	if (f->async != NULL)
		file_async_hook(f);
	if (file_unlock_hook != NULL)
		file_unlock_hook(f);
	if (f->ops->release != NULL)
		f->ops->release(f);
	if (f->inode != NULL)
		file_detach_hook(f);
	files--;
	kfree(f);
}
