/* SPDX-License-Identifier: ISC */
/* See fake.h. */
#include "fs/test/fake.h"
#include <linux/fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "fs/root.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "kernel/vm.h"

#define FRAMES 16384u

size_t fake_frames_left = SIZE_MAX, fake_frames_used, fake_heap_left = SIZE_MAX, fake_heap_used;
unsigned fake_truncated;
struct dentry *fake_root;
int (*root_image_hook)(paddr_t pa, uint64_t size, struct super **out);
struct vfs_ctx fake_ctx;
uintptr_t page_direct_base;
static char *frames;
static unsigned refs[FRAMES];

static size_t index_of(paddr_t pa)
{
	return (pa - (uintptr_t)frames) >> PAGE_SHIFT;
}

paddr_t page_alloc_run(size_t want, size_t *got, unsigned flags)
{
	if (frames == NULL)
		frames = mmap(NULL, FRAMES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (want > fake_frames_left)
		want = fake_frames_left;
	if (want == 0)
		return 0;
	for (size_t i = 0; i < FRAMES; i++) {
		size_t n = 0;

		while (n < want && i + n < FRAMES && refs[i + n] == 0)
			refs[i + n++] = 1;
		if (n == 0)
			continue;
		memset(frames + i * PAGE_SIZE, (flags & PAGE_ZERO) != 0 ? 0 : 0xa5, n * PAGE_SIZE);
		if (fake_frames_left != SIZE_MAX)
			fake_frames_left -= n;
		fake_frames_used += n;
		*got = n;
		return (uintptr_t)(frames + i * PAGE_SIZE);
	}
	return 0;
}

paddr_t page_alloc(unsigned order, unsigned flags)
{
	size_t got;

	return order == 0 ? page_alloc_run(1, &got, flags) : 0;
}

void page_get(paddr_t pa)
{
	if (index_of(pa) < FRAMES)
		refs[index_of(pa)]++;
}

void page_put(paddr_t pa)
{
	if (index_of(pa) >= FRAMES)
		return;
	if (refs[index_of(pa)] == 0)
		abort();
	fake_frames_used -= --refs[index_of(pa)] == 0;
}

unsigned page_refs(paddr_t pa)
{
	return index_of(pa) < FRAMES ? refs[index_of(pa)] : 0;
}

size_t page_total(void)
{
	return FRAMES * PAGE_SIZE;
}

size_t page_free(void)
{
	return (FRAMES - fake_frames_used) * PAGE_SIZE;
}

static bool heap_allows(void)
{
	if (fake_heap_left == 0)
		return false;
	if (fake_heap_left != SIZE_MAX)
		fake_heap_left--;
	fake_heap_used++;
	return true;
}

void *kmalloc(size_t n)
{
	return heap_allows() ? malloc(n) : NULL;
}

void *kzalloc(size_t n)
{
	return heap_allows() ? calloc(1, n) : NULL;
}

void *krealloc(void *p, size_t n)
{
	if (p == NULL)
		return kmalloc(n);
	return realloc(p, n);
}

char *kstrdup(const char *s)
{
	return heap_allows() ? strdup(s) : NULL;
}

void kfree(void *p)
{
	fake_heap_used -= p != NULL;
	free(p);
}

size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t n = strlen(s);

	if (size > 0) {
		memcpy(d, s, n < size ? n : size - 1);
		d[n < size ? n : size - 1] = '\0';
	}
	return n;
}

uint64_t str_to_u64(const char *s, const char **end)
{
	return strtoull(s, (char **)end, 10);
}

uint64_t time_real(void)
{
	static uint64_t now = 1000000000;

	return ++now;
}

void log_line(enum log_level level, const char *f, ...)
{
	(void)level, (void)f;
}

void vm_object_put(struct vm_object *o)
{
	if (--o->refs == 0)
		o->ops->destroy(o);
}

void vm_object_unmap(struct vm_object *o, uint64_t first, uint64_t end)
{
	(void)o, (void)first, (void)end;
	fake_truncated++;
}

size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	(void)dst, (void)src;
	return n;
}

size_t arch_copy_to_user(uintptr_t dst, const void *src, size_t n)
{
	(void)dst, (void)src;
	return n;
}

int arch_user_load32(uintptr_t addr, uint32_t *value)
{
	*value = 0;
	return addr == 0 ? 0 : -EFAULT;
}

int arch_user_cmpxchg32(uintptr_t addr, uint32_t expect UNUSED, uint32_t desired UNUSED, uint32_t *old)
{
	*old = 0;
	return addr == 0 ? 0 : -EFAULT;
}

size_t arch_clear_user(uintptr_t dst, size_t n)
{
	(void)dst;
	return n;
}

uint64_t fake_payload(const char *file, uint64_t *size)
{
	FILE *f = fopen(file, "rb");
	long n;
	void *p;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		abort();
	rewind(f);
	p = aligned_alloc(PAGE_SIZE, ALIGN_UP((size_t)n, PAGE_SIZE));
	memset(p, 0, ALIGN_UP((size_t)n, PAGE_SIZE));
	if (fread(p, 1, (size_t)n, f) != (size_t)n)
		abort();
	fclose(f);
	*size = (uint64_t)n;
	return (uintptr_t)p;
}

struct dentry *vfs_root(void)
{
	return fake_root;
}

void fake_use(struct super *sb)
{
	if (vfs_mount(NULL, sb) != 0)
		abort();
	fake_root = sb->root;
	fake_ctx = (struct vfs_ctx){.root = sb->root, .cwd = sb->root};
}

int t_make(const char *path, uint32_t mode)
{
	return vfs_make(&fake_ctx, NULL, path, mode, 0, NULL);
}

int t_open(const char *path, unsigned flags, struct file **f)
{
	return vfs_open(&fake_ctx, NULL, path, flags, 0644, 0, f);
}

ssize_t t_pread(struct file *f, void *buf, size_t n, uint64_t pos)
{
	struct uvec v;
	struct uio u;

	uio_init_kernel(&u, &v, buf, n);
	return f->ops->read(f, &u, &pos);
}

ssize_t t_pwrite(struct file *f, const void *buf, size_t n, uint64_t pos)
{
	struct uvec v;
	struct uio u;

	uio_init_kernel(&u, &v, (void *)(uintptr_t)buf, n);
	return f->ops->write(f, &u, &pos);
}

int t_write(const char *path, const char *text)
{
	struct file *f;
	int err = t_open(path, O_WRONLY | O_CREAT | O_TRUNC, &f);
	ssize_t n;

	if (err != 0)
		return err;
	n = t_pwrite(f, text, strlen(text), 0);
	file_put(f);
	return n < 0 ? (int)n : n == (ssize_t)strlen(text) ? 0 : -EIO;
}

const char *t_read(const char *path)
{
	static char buf[4096];
	struct file *f;
	ssize_t n = t_open(path, O_RDONLY, &f);

	if (n == 0) {
		n = t_pread(f, buf, sizeof buf - 1, 0);
		file_put(f);
	}
	if (n < 0)
		snprintf(buf, sizeof buf, "!%zd", -n);
	else
		buf[n] = '\0';
	return buf;
}

int t_unlink(const char *path)
{
	return vfs_unlink(&fake_ctx, NULL, path, false);
}

int t_rmdir(const char *path)
{
	return vfs_unlink(&fake_ctx, NULL, path, true);
}

int t_rename(const char *from, const char *to, unsigned flags)
{
	return vfs_rename(&fake_ctx, NULL, from, NULL, to, flags);
}

int t_symlink(const char *target, const char *path)
{
	return vfs_symlink(&fake_ctx, NULL, path, target);
}

int t_link(const char *from, const char *to)
{
	struct dentry *d;
	int err = vfs_lookup(&fake_ctx, NULL, from, 0, &d);

	if (err == 0) {
		err = vfs_link(&fake_ctx, d, NULL, to);
		dentry_put(d);
	}
	return err;
}

int t_mode(const char *path)
{
	struct dentry *d;
	int err = vfs_lookup(&fake_ctx, NULL, path, 0, &d);

	if (err == 0) {
		err = (int)d->inode->mode;
		dentry_put(d);
	}
	return err;
}

uint64_t t_ino(const char *path)
{
	struct dentry *d;
	uint64_t ino = 0;

	if (vfs_lookup(&fake_ctx, NULL, path, 0, &d) == 0) {
		ino = d->inode->ino;
		dentry_put(d);
	}
	return ino;
}

struct listing {
	struct dir_emit emit;
	char *name[512];
	unsigned count, room;
};

static bool listing_add(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next)
{
	struct listing *l = CONTAINER_OF(e, struct listing, emit);

	(void)ino, (void)type, (void)next;
	if (l->room == 0 || l->count == ARRAY_LEN(l->name))
		return false;
	l->room--;
	if (len > 2 || memcmp(name, "..", len) != 0)
		l->name[l->count++] = strndup(name, len);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *t_list(const char *path, unsigned step)
{
	static char buf[16384];
	struct listing l = {.emit = {listing_add}};
	struct file *f = NULL;
	int err = t_open(path, O_RDONLY | O_DIRECTORY, &f);
	bool opened = err == 0;

	buf[0] = '\0';
	for (uint64_t before = UINT64_MAX; err == 0 && f->pos != before;) {
		before = f->pos;
		l.room = step;
		err = f->ops->readdir(f, &f->pos, &l.emit);
	}
	qsort(l.name, l.count, sizeof *l.name, by_name);
	for (unsigned i = 0; i < l.count; i++) {
		snprintf(buf + strlen(buf), sizeof buf - strlen(buf), "%s%s", i > 0 ? " " : "", l.name[i]);
		free(l.name[i]);
	}
	if (err != 0)
		snprintf(buf, sizeof buf, "!%d", -err);
	if (opened)
		file_put(f);
	return buf;
}
