/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables: an array that doubles, with a hint below which nothing is free. A slot holds one reference. The
 * first slots are part of the table, so that a small program allocates once.
 */
#include <linux/fcntl.h>
#include <linux/resource.h>

#include "linux/fd.h"
#include "fs/vfs.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "linux/file.h"
#include "linux/task.h"

void (*file_close_hook)(struct file *f);

#define FD_FIRST 16u
#define FD_LIMIT (1u << 20) /* Linux's fs.nr_open */
/* An open file for this much memory: what many processes leak together has an end. */
#define FILE_BYTES 4096u

struct fd_slot {
	struct file *file;
	bool cloexec;
};

struct fd_table {
	unsigned refs;
	unsigned size;
	unsigned low; /* no free number below */
	struct fd_slot *slot;
	struct fd_slot first[FD_FIRST];
};

static struct fd_table *current_table(void)
{
	return process_current()->fds;
}

struct fd_table *fd_table_create(void)
{
	struct fd_table *t = kzalloc(sizeof *t);

	if (t == NULL)
		return NULL;
	t->refs = 1;
	t->size = FD_FIRST;
	t->slot = t->first;
	return t;
}

/* Makes room for number fd. */
static int grow(struct fd_table *t, unsigned fd)
{
	unsigned size = t->size;
	struct fd_slot *slot;

	if (fd < size)
		return 0;
	while (size <= fd)
		size *= 2;
	slot = kzalloc(size * sizeof *slot);
	if (slot == NULL)
		return -ENOMEM;
	memcpy(slot, t->slot, t->size * sizeof *slot);
	if (t->slot != t->first)
		kfree(t->slot);
	t->slot = slot;
	t->size = size;
	return 0;
}

struct fd_table *fd_table_copy(struct fd_table *t)
{
	struct fd_table *n = fd_table_create();

	if (n == NULL)
		return NULL;
	if (grow(n, t->size - 1) != 0) {
		kfree(n);
		return NULL;
	}
	for (unsigned i = 0; i < t->size; i++) {
		n->slot[i] = t->slot[i];
		if (n->slot[i].file != NULL)
			file_get(n->slot[i].file);
	}
	n->low = t->low;
	return n;
}

void fd_table_get(struct fd_table *t)
{
	t->refs++;
}

int fd_unshare(struct process *p)
{
	struct fd_table *t;

	if (p->fds->refs == 1)
		return 0;
	t = fd_table_copy(p->fds);
	if (t == NULL)
		return -ENOMEM;
	fd_table_put(p->fds);
	p->fds = t;
	return 0;
}

static void drop(struct file *f)
{
	if (UNLIKELY(f->inode != NULL && f->inode->locks != NULL))
		file_close_hook(f);
	file_put(f);
}

static struct file *take(struct fd_table *t, unsigned fd)
{
	struct file *f = t->slot[fd].file;

	t->slot[fd] = (struct fd_slot){0};
	if (fd < t->low)
		t->low = fd;
	return f;
}

static void put(struct fd_table *t, void (*let_go)(struct file *f))
{
	if (--t->refs > 0)
		return;
	for (unsigned i = 0; i < t->size; i++)
		if (t->slot[i].file != NULL)
			let_go(take(t, i));
	if (t->slot != t->first)
		kfree(t->slot);
	kfree(t);
}

void fd_table_put(struct fd_table *t)
{
	put(t, drop);
}

void fd_table_discard(struct fd_table *t)
{
	put(t, file_put);
}

void fd_table_exec(struct fd_table *t)
{
	for (unsigned i = 0; i < t->size; i++)
		if (t->slot[i].file != NULL && t->slot[i].cloexec)
			drop(take(t, i));
}

int fd_table_set(struct fd_table *t, int fd, struct file *f)
{
	struct file *old;

	if (fd < 0 || fd >= (int)FD_LIMIT)
		return -EBADF;
	if (grow(t, (unsigned)fd) != 0)
		return -ENOMEM;
	old = take(t, (unsigned)fd);
	t->slot[fd].file = f;
	if (old != NULL)
		drop(old);
	return 0;
}

struct file *fd_table_peek(struct fd_table *t, int fd)
{
	return (unsigned)fd < t->size ? t->slot[fd].file : NULL;
}

int fd_table_end(struct fd_table *t)
{
	unsigned n = t->size;

	while (n > 0 && t->slot[n - 1].file == NULL)
		n--;
	return (int)n;
}

struct file *fd_get_any(int fd)
{
	struct file *f = fd_table_peek(current_table(), fd);

	if (f != NULL)
		file_get(f);
	return f;
}

struct file *fd_get(int fd)
{
	struct file *f = fd_table_peek(current_table(), fd);

	if (UNLIKELY(f == NULL || (f->flags & O_PATH) != 0))
		return NULL;
	file_get(f);
	return f;
}

static unsigned limit(void)
{
	uint64_t cur = process_current()->rlimit[RLIMIT_NOFILE].cur;

	return cur < FD_LIMIT ? (unsigned)cur : FD_LIMIT;
}

/* The lowest free number >= min, with room for it. */
static int lowest(struct fd_table *t, int min)
{
	unsigned fd = t->low > (unsigned)min ? t->low : (unsigned)min;

	while (fd < t->size && t->slot[fd].file != NULL)
		fd++;
	if ((unsigned)min <= t->low)
		t->low = fd;
	if (fd >= limit())
		return -EMFILE;
	return grow(t, fd) != 0 ? -ENOMEM : (int)fd;
}

int fd_room(void)
{
	int fd = lowest(current_table(), 0);

	return fd < 0 ? fd : file_count() < fd_files_limit() ? 0 : -ENFILE;
}

size_t fd_files_limit(void)
{
	return page_total() / FILE_BYTES;
}

int fd_install(struct file *f, int min, bool cloexec)
{
	struct fd_table *t = current_table();
	int fd = lowest(t, min);

	if (fd >= 0 && f->refs == 1 && file_count() > fd_files_limit()) /* it was just made */
		fd = -ENFILE;
	if (fd >= 0)
		t->slot[fd] = (struct fd_slot){f, cloexec};
	else
		file_put(f);
	return fd;
}

int fd_close(int fd)
{
	struct fd_table *t = current_table();

	if (fd_table_peek(t, fd) == NULL)
		return -EBADF;
	drop(take(t, (unsigned)fd));
	return 0;
}

int fd_replace(int fd, struct file *f, bool cloexec)
{
	struct fd_table *t = current_table();
	int err;

	if (fd < 0 || (unsigned)fd >= limit())
		return -EBADF;
	err = fd_table_set(t, fd, f);
	if (err == 0)
		t->slot[fd].cloexec = cloexec;
	return err;
}

bool fd_cloexec(int fd)
{
	return current_table()->slot[fd].cloexec;
}

void fd_set_cloexec(int fd, bool on)
{
	current_table()->slot[fd].cloexec = on;
}
