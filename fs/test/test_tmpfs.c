/* SPDX-License-Identifier: ISC */
// USES: fs/test/fake.c fs/file.c fs/vfs/*.c fs/tmpfs/*.c kernel/uio.c
/* The content of tmpfs files: sparse, shrunk, grown, mapped, at the limit, and without memory. */
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "fs/test/fake.h"
#include "fs/tmpfs.h"
#include "kernel/vm.h"
#include "test/tap.h"

static char big[40 * 4096], back[40 * 4096];

static int resize(struct file *f, uint64_t size)
{
	struct vfs_attr a = {.valid = ATTR_SIZE, .size = size};

	return vfs_setattr(&fake_ctx, f->inode, &a);
}

static bool zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static struct file *make(const char *path)
{
	struct file *f;

	if (t_open(path, O_RDWR | O_CREAT | O_TRUNC, &f) != 0)
		abort();
	return f;
}

static void test_content(void)
{
	struct file *f = make("/f");

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 31 + i / 4096);
	tap_ok(t_pwrite(f, big, sizeof big, 0) == (ssize_t)sizeof big && f->inode->size == sizeof big, "a big write");
	tap_ok(t_pread(f, back, sizeof back, 0) == (ssize_t)sizeof big && memcmp(big, back, sizeof big) == 0,
	       "comes back");
	tap_ok(t_pwrite(f, "xyz", 3, 4095) == 3 && t_pread(f, back, 5, 4094) == 5 && back[0] == big[4094] &&
		   memcmp(back + 1, "xyz", 3) == 0 && back[4] == big[4098],
	       "across a page's end");
	tap_ok(t_pread(f, back, 10, sizeof big - 4) == 4 && t_pread(f, back, 10, sizeof big) == 0, "short at the end");
	tap_ok(resize(f, 5000) == 0 && resize(f, 9000) == 0 && t_pread(f, back, 9000, 0) == 9000 &&
		   memcmp(back, big, 4000) == 0 && zero(back + 5000, 4000),
	       "what was cut off is zero when it grows again");
	tap_ok(t_pwrite(f, "end", 3, 1ull << 40) == 3 && f->inode->blocks == 3 * 8,
	       "a hole of a terabyte takes no frames");
	tap_ok(t_pread(f, back, 4096, 1ull << 30) == 4096 && zero(back, 4096), "and reads as zero");
	tap_ok(f->ops->seek(f, 9000, SEEK_DATA) == 1ll << 40 && f->ops->seek(f, 0, SEEK_HOLE) == 8192 &&
		   f->ops->seek(f, (1ll << 40) + 3, SEEK_DATA) == -ENXIO && f->ops->seek(f, -1, SEEK_HOLE) == -ENXIO,
	       "data and holes");
	tap_ok(f->ops->seek(f, -2, SEEK_END) == (1ll << 40) + 1 && f->ops->seek(f, -1, SEEK_SET) == -EINVAL, "seek");
	tap_ok(t_pwrite(f, "x", 1, INT64_MAX) == -EFBIG && resize(f, UINT64_MAX) == -EFBIG, "EFBIG");
	f->flags |= O_APPEND;
	tap_ok(t_pwrite(f, "!", 1, 0) == 1 && f->inode->size == (1ull << 40) + 4, "append");
	file_put(f);
	tap_ok(t_unlink("/f") == 0 && fake_frames_used == 0, "all frames are given back");
}

static void test_allocate(void)
{
	struct file *f = make("/f");
	struct inode *i = f->inode;

	tap_ok(i->ops->allocate(i, 0, 0, 20000) == 0 && i->size == 20000 && i->blocks == 40 && fake_frames_used == 5,
	       "fallocate gives frames and the size");
	tap_ok(i->ops->allocate(i, FALLOC_FL_KEEP_SIZE, 20000, 4096) == 0 && i->size == 20000 && fake_frames_used == 6,
	       "or the frames alone");
	t_pwrite(f, big, 20000, 0);
	tap_ok(i->ops->allocate(i, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 12000) == 0 &&
		   t_pread(f, back, 20000, 0) == 20000 && memcmp(back, big, 100) == 0 && zero(back + 100, 12000) &&
		   memcmp(back + 12100, big + 12100, 7900) == 0 && fake_frames_used == 5,
	       "a punched hole is zero, and its whole page is free");
	tap_ok(i->ops->allocate(i, FALLOC_FL_COLLAPSE_RANGE, 0, 4096) == -EOPNOTSUPP, "no collapsing");
	file_put(f);
	t_unlink("/f");
}

static void test_mapping(void)
{
	struct file *f = make("/f");
	struct vm_object *o;
	paddr_t pa, pa2;
	size_t run;

	t_pwrite(f, big, 3 * 4096 + 10, 0);
	tap_ok(f->ops->mmap(f, &o) == 0 && strcmp(o->name, "/f") == 0 && o->ino == f->inode->ino,
	       "an object with a name");
	tap_ok(o->ops->page(o, 0, true, &pa, &run) == 0 && run == 4 && memcmp(page_ptr(pa), big, 4096) == 0,
	       "the file's own frames, in one run");
	memcpy(page_ptr(pa), "mapped", 6);
	tap_ok(t_pread(f, back, 6, 0) == 6 && memcmp(back, "mapped", 6) == 0, "a store is seen by read");
	tap_ok(o->ops->page(o, 4, false, &pa2, &run) == -ENXIO, "not beyond the last page");
	tap_ok(resize(f, 100) == 0 && fake_truncated == 1, "shrinking takes the pages out of the mappings");
	page_put(pa);
	file_put(f);
	t_unlink("/f");
	tap_ok(o->ops->page(o, 0, false, &pa, &run) == 0 && memcmp(page_ptr(pa), "mapped", 6) == 0,
	       "outlives its name");
	page_put(pa);
	vm_object_put(o);
	tap_ok(fake_frames_used == 0, "and ends with its last user");
}

static void test_limit(void)
{
	struct tmpfs_super *t = tmpfs_create("tmpfs", 8 * 4096, 0755);
	uint64_t size = 0;
	struct dentry *d;
	uint32_t mode = 0;
	struct file *f;

	t_make("/small", S_IFDIR | 0755);
	if (vfs_lookup(&fake_ctx, NULL, "/small", 0, &d) != 0 || vfs_mount(d, &t->sb) != 0)
		abort();
	dentry_put(d);
	f = make("/small/f");
	tap_ok(t_pwrite(f, big, sizeof big, 0) == 8 * 4096 && t_pwrite(f, big, 1, 8 * 4096) == -ENOSPC,
	       "the size limit");
	tap_ok(resize(f, 4096) == 0 && t_pwrite(f, big, 8192, 4096) == 8192, "shrinking makes room");
	file_put(f);
	t_unlink("/small/f");
	tap_ok(vfs_unmount(t->sb.root) == 0 && fake_frames_used == 0, "unmounted");
	tap_ok(tmpfs_options("size=16M,mode=1777", &size, &mode) == 0 && size == 16 << 20 && mode == 01777, "options");
	tap_ok(tmpfs_options("size=3k", &size, &mode) == 0 && size == 3072 &&
		   tmpfs_options("size=", &size, &mode) == -EINVAL &&
		   tmpfs_options("colour=red", &size, &mode) == -EINVAL &&
		   tmpfs_options("size=1x", &size, &mode) == -EINVAL,
	       "odd options");
}

static void test_failures(void)
{
	bool sane = true;

	for (size_t n = 0; n < 8; n++) {
		struct file *f = make("/f");
		ssize_t got;

		fake_frames_left = n;
		got = t_pwrite(f, big, 6 * 4096, 100);
		fake_frames_left = SIZE_MAX;
		sane = sane && (n == 0 ? got == -ENOSPC : got == (ssize_t)MIN(n * 4096 - 100, 6ul * 4096)) &&
		       f->inode->size == (got > 0 ? (uint64_t)got + 100 : 0);
		if (got > 0)
			sane = sane && t_pread(f, back, (size_t)got, 100) == got && memcmp(back, big, (size_t)got) == 0;
		file_put(f);
		t_unlink("/f");
		sane = sane && fake_frames_used == 0;
	}
	tap_ok(sane, "a write that runs out of frames is short and true");
	for (size_t n = 0; n < 6; n++) {
		struct file *f = make("/f");
		ssize_t got;

		fake_heap_left = n;
		got = t_pwrite(f, big, 8192, 1 << 30);
		fake_heap_left = SIZE_MAX;
		sane = sane && (got == -ENOSPC || got > 0);
		file_put(f);
		t_unlink("/f");
		sane = sane && fake_frames_used == 0;
	}
	tap_ok(sane, "and so is one that runs out of heap");
}

static void test_bad_buffers(void)
{
	struct uvec v = {1, 8192};
	struct file *f = make("/f");
	struct uio u;
	uint64_t pos = 0;

	uio_init_vec(&u, &v, 1, false);
	tap_ok(f->ops->write(f, &u, &pos) == -EFAULT && f->inode->size == 0 && fake_frames_used == 0,
	       "a write from a bad address leaves no frame and no size");
	t_pwrite(f, "before", 6, 0);
	uio_init_vec(&u, &v, 1, false);
	pos = 0;
	tap_ok(f->ops->read(f, &u, &pos) == -EFAULT && pos == 0, "a read to one moves nothing");
	file_put(f);
	t_unlink("/f");
}

static void test_memfd(void)
{
	struct file *f, *g;
	char path[32];

	tap_ok(tmpfs_unnamed("memfd:it", 0, &f) == 0 && t_pwrite(f, "abc", 3, 0) == 3, "a memfd");
	tap_ok(vfs_path(fake_root, f->dentry, path, sizeof path) > 0 && strcmp(path, "/memfd:it (deleted)") == 0,
	       "its path");
	tap_ok(f->ops->fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0 && resize(f, 2) == -EPERM &&
		   resize(f, 4) == -EPERM && t_pwrite(f, "xyzw", 4, 0) == 3 && t_pwrite(f, "x", 1, 3) == -EPERM,
	       "sealed in size");
	tap_ok(f->ops->fcntl(f, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0 && t_pwrite(f, "x", 1, 0) == -EPERM &&
		   f->ops->fcntl(f, F_GET_SEALS, 0) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) &&
		   f->ops->fcntl(f, F_ADD_SEALS, 0) == -EPERM,
	       "sealed for good");
	file_put(f);
	g = make("/f");
	tap_ok(g->ops->fcntl(g, F_GET_SEALS, 0) == -EINVAL, "a file with a name has no seals");
	file_put(g);
	t_unlink("/f");
	tap_ok(vfs_open(&fake_ctx, NULL, "/", O_TMPFILE | O_RDWR, 0600, 0, &f) == 0 && f->inode->nlink == 0 &&
		   t_pwrite(f, "abc", 3, 0) == 3,
	       "O_TMPFILE");
	file_put(f);
	tap_ok(fake_frames_used == 0 && strcmp(t_list("/", 9), "small") == 0, "leaves nothing");
}

int main(void)
{
	fake_use(&tmpfs_create("tmpfs", 0, 0755)->sb);
	test_content();
	test_allocate();
	test_mapping();
	test_limit();
	test_failures();
	test_bad_buffers();
	test_memfd();
	return tap_end();
}
