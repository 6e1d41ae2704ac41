/* SPDX-License-Identifier: ISC */
// USES: fs/test/fake.c fs/file.c fs/vfs/*.c fs/tmpfs/*.c kernel/uio.c
/* Path resolution on a tmpfs: what path_resolution(7), openat2(2) and the error lists of open(2) and rename(2) say. */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include "fs/test/fake.h"
#include "fs/tmpfs.h"
#include "test/tap.h"

static int lookup(struct dentry *base, const char *path, unsigned flags)
{
	struct dentry *d;
	int err = vfs_lookup(&fake_ctx, base, path, flags, &d);

	if (err == 0)
		dentry_put(d);
	return err;
}

static void test_components(void)
{
	char name[300], path[700];

	tap_ok(t_make("/a", S_IFDIR | 0755) == 0 && t_make("/a/b", S_IFDIR | 0755) == 0, "directories are made");
	tap_ok(t_write("/a/b/f", "hello") == 0 && strcmp(t_read("//a/./b/..//b/f"), "hello") == 0, "dots and slashes");
	tap_ok(t_mode("/..") == (S_IFDIR | 0755) && t_ino("/../../a") == t_ino("/a"), "the root's parent is the root");
	tap_ok(lookup(NULL, "/a/b/f/", LOOKUP_FOLLOW) == -ENOTDIR, "a slash behind a file is ENOTDIR");
	tap_ok(lookup(NULL, "/a/b/f/x", 0) == -ENOTDIR && lookup(NULL, "/a/b/f/..", 0) == -ENOTDIR,
	       "a file is not walked through");
	tap_ok(lookup(NULL, "/a/none/x", 0) == -ENOENT && lookup(NULL, "", 0) == -ENOENT, "ENOENT");
	tap_ok(lookup(NULL, "", LOOKUP_EMPTY) == 0, "an empty path when asked for");
	memset(name, 'x', sizeof name);
	name[256] = '\0';
	snprintf(path, sizeof path, "/a/%s", name);
	tap_ok(lookup(NULL, path, 0) == -ENAMETOOLONG, "256 bytes in a name are too many");
	name[255] = '\0';
	snprintf(path, sizeof path, "/a/%s", name);
	tap_ok(t_write(path, "long") == 0 && strcmp(t_read(path), "long") == 0 && t_unlink(path) == 0, "255 are not");
}

static void test_links(void)
{
	char buf[32];
	struct dentry *d;
	struct file *f;

	tap_ok(t_symlink("b/f", "/a/rel") == 0 && strcmp(t_read("/a/rel"), "hello") == 0, "a relative link");
	tap_ok(t_symlink("/a/b", "/dir") == 0 && strcmp(t_read("/dir/f"), "hello") == 0, "an absolute link on the way");
	tap_ok((t_mode("/dir") & S_IFMT) == S_IFLNK && (t_mode("/dir/") & S_IFMT) == S_IFDIR, "a slash follows a link");
	tap_ok(t_symlink("loop2", "/loop1") == 0 && t_symlink("loop1", "/loop2") == 0, "links that go round");
	tap_ok(lookup(NULL, "/loop1", LOOKUP_FOLLOW) == -ELOOP && lookup(NULL, "/loop1/x", 0) == -ELOOP, "are ELOOP");
	for (int i = 0; i < 42; i++) {
		char from[32], to[32];

		snprintf(from, sizeof from, i == 0 ? "/a/b/f" : "/c%d", i - 1);
		snprintf(to, sizeof to, "/c%d", i);
		if (t_symlink(from, to) != 0)
			abort();
	}
	tap_ok(strcmp(t_read("/c39"), "hello") == 0 && lookup(NULL, "/c40", LOOKUP_FOLLOW) == -ELOOP,
	       "40 links are followed, 41 are not");
	tap_ok(t_symlink("/a/made", "/dangling") == 0 && t_write("/dangling", "through") == 0 &&
		   strcmp(t_read("/a/made"), "through") == 0,
	       "O_CREAT makes the target of a dangling link");
	tap_ok(t_open("/dangling", O_CREAT | O_EXCL | O_RDWR, &f) == -EEXIST, "O_EXCL does not follow");
	tap_ok(t_open("/dir", O_RDONLY | O_NOFOLLOW, &f) == -ELOOP, "O_NOFOLLOW");
	tap_ok(vfs_lookup(&fake_ctx, NULL, "/a/rel", 0, &d) == 0 && vfs_readlink(d->inode, buf, sizeof buf) == 3 &&
		   memcmp(buf, "b/f", 3) == 0 && vfs_readlink(d->inode, buf, 2) == 2,
	       "readlink cuts");
	dentry_put(d);
	tap_ok(t_symlink("", "/empty") == -ENOENT && t_symlink("x", "/dir") == -EEXIST, "symlink's errors");
}

static void test_openat2(void)
{
	struct dentry *a;

	if (vfs_lookup(&fake_ctx, NULL, "/a", 0, &a) != 0 || t_symlink("../a/b", "/a/out") != 0 ||
	    t_symlink("/b", "/a/abs") != 0)
		abort();
	tap_ok(lookup(a, "b/../b/f", LOOKUP_BENEATH) == 0, "beneath: up and down again");
	tap_ok(lookup(a, "..", LOOKUP_BENEATH) == -EXDEV &&
		   lookup(a, "out", LOOKUP_BENEATH | LOOKUP_FOLLOW) == -EXDEV &&
		   lookup(a, "/a", LOOKUP_BENEATH) == -EXDEV,
	       "beneath: not out");
	tap_ok(lookup(a, "abs/f", LOOKUP_IN_ROOT) == 0 && lookup(a, "../../b/f", LOOKUP_IN_ROOT) == 0,
	       "in root: absolute links and dots stay inside");
	tap_ok(lookup(a, "rel", LOOKUP_NO_SYMLINKS | LOOKUP_FOLLOW) == -ELOOP, "no symlinks");
	dentry_put(a);
}

static void test_rename(void)
{
	tap_ok(t_make("/r", S_IFDIR | 0755) == 0 && t_make("/r/d", S_IFDIR | 0755) == 0 &&
		   t_make("/r/full", S_IFDIR | 0755) == 0 && t_write("/r/full/x", "x") == 0 &&
		   t_write("/r/f", "f") == 0 && t_write("/r/g", "g") == 0,
	       "set-up");
	tap_ok(t_rename("/r/f", "/r/g", RENAME_NOREPLACE) == -EEXIST, "noreplace");
	tap_ok(t_rename("/r/f", "/r/g", 0) == 0 && strcmp(t_read("/r/g"), "f") == 0 && t_mode("/r/f") == -ENOENT,
	       "a file replaces a file");
	tap_ok(t_rename("/r/g", "/r/d", 0) == -EISDIR && t_rename("/r/d", "/r/g", 0) == -ENOTDIR, "kinds must agree");
	tap_ok(t_rename("/r/d", "/r/full", 0) == -ENOTEMPTY && t_rename("/r/full", "/r/d", 0) == 0 &&
		   strcmp(t_read("/r/d/x"), "x") == 0,
	       "a directory replaces an empty one alone");
	tap_ok(t_rename("/r", "/r/d/in", 0) == -EINVAL && t_rename("/r/d/x", "/r/d", 0) != 0, "not into itself");
	tap_ok(t_rename("/r/d", "/r/g", RENAME_EXCHANGE) == 0 && strcmp(t_read("/r/d"), "f") == 0 &&
		   strcmp(t_read("/r/g/x"), "x") == 0,
	       "exchange");
	tap_ok(t_rename("/r/.", "/z", 0) == -EBUSY && t_rename("/r/none", "/z", 0) == -ENOENT, "dots, nothing");
	tap_ok(t_rename("/r/d", "/r/d", 0) == 0, "onto itself is nothing");
	tap_ok(t_link("/r/d", "/r/same") == 0 && t_rename("/r/d", "/r/same", 0) == 0 && t_mode("/r/d") > 0,
	       "onto a link of the same file is nothing");
	tap_ok(t_rename("/r/d", "/r/a-name-that-is-much-longer-than-the-old-one", 0) == 0 &&
		   strcmp(t_read("/r/a-name-that-is-much-longer-than-the-old-one"), "f") == 0,
	       "a longer name");
	tap_ok(strcmp(t_list("/r", 1), "a-name-that-is-much-longer-than-the-old-one g same") == 0,
	       "the listing agrees");
}

static void test_remove(void)
{
	tap_ok(t_rmdir("/r") == -ENOTEMPTY && t_unlink("/r") == -EISDIR && t_rmdir("/r/same") == -ENOTDIR, "kinds");
	tap_ok(t_rmdir("/r/.") == -EINVAL && t_rmdir("/r/..") == -ENOTEMPTY && t_rmdir("/") == -EBUSY, "dots and root");
	tap_ok(t_unlink("/r/g/x/") == -ENOTDIR && t_unlink("/r/none") == -ENOENT, "slash, nothing");
	tap_ok(t_unlink("/r/g/x") == 0 && t_rmdir("/r/g") == 0, "unlink, rmdir");
	tap_ok(t_unlink("/r/same") == 0 && t_unlink("/r/a-name-that-is-much-longer-than-the-old-one") == 0 &&
		   t_rmdir("/r") == 0,
	       "all gone");
}

static void test_deleted(void)
{
	struct dentry *d;
	char buf[64];

	if (t_make("/gone", S_IFDIR | 0755) != 0 || vfs_lookup(&fake_ctx, NULL, "/gone", 0, &d) != 0)
		abort();
	tap_ok(t_rmdir("/gone") == 0 && lookup(d, ".", 0) == 0 && lookup(d, "x", 0) == -ENOENT, "a deleted directory");
	tap_ok(vfs_make(&fake_ctx, d, "x", S_IFREG | 0644, 0, NULL) == -ENOENT, "takes no new names");
	tap_ok(vfs_path(fake_root, d, buf, sizeof buf) == 15 && strcmp(buf, "/gone (deleted)") == 0,
	       "its path says so");
	dentry_put(d);
	if (vfs_lookup(&fake_ctx, NULL, "/a/b/f", 0, &d) != 0)
		abort();
	tap_ok(vfs_path(fake_root, d, buf, sizeof buf) == 6 && strcmp(buf, "/a/b/f") == 0, "a path");
	tap_ok(vfs_path(fake_root, d, buf, 7) == 6 && vfs_path(fake_root, d, buf, 6) == -ENAMETOOLONG, "its room");
	dentry_put(d);
	tap_ok(vfs_path(fake_root, fake_root, buf, sizeof buf) == 1 && strcmp(buf, "/") == 0, "the root's path");
}

static void test_permissions(void)
{
	struct file *f;

	t_make("/p", S_IFDIR | 0700);
	t_write("/p/f", "x");
	fake_ctx.uid = fake_ctx.gid = 1000;
	tap_ok(t_open("/p/f", O_RDONLY, &f) == -EACCES && t_open("/a/b/f", O_RDWR, &f) == -EACCES &&
		   t_make("/new", S_IFDIR | 0755) == -EACCES && t_unlink("/a/b/f") == -EACCES,
	       "another user is refused");
	tap_ok(strcmp(t_read("/a/b/f"), "hello") == 0, "and may read what all may");
	fake_ctx.uid = fake_ctx.gid = 0;
	tap_ok(strcmp(t_read("/p/f"), "x") == 0, "root may");
}

static void test_mounts(void)
{
	struct tmpfs_super *t = tmpfs_create("tmpfs", 1 << 20, 01777);
	struct dentry *d;
	char buf[64];

	if (t == NULL || t_make("/mnt", S_IFDIR | 0755) != 0 || vfs_lookup(&fake_ctx, NULL, "/mnt", 0, &d) != 0)
		abort();
	tap_ok(vfs_mount(d, &t->sb) == 0 && t_mode("/mnt") == (S_IFDIR | 01777), "a mount covers");
	dentry_put(d);
	tap_ok(t_write("/mnt/x", "inside") == 0 && t_ino("/mnt/..") == t_ino("/"), "walked through, both ways");
	tap_ok(t_rename("/mnt/x", "/x", 0) == -EXDEV && t_link("/mnt/x", "/x") == -EXDEV, "EXDEV");
	tap_ok(t_rmdir("/mnt") == -EBUSY, "a mount point stays");
	tap_ok(lookup(NULL, "/mnt/x", LOOKUP_NO_XDEV) == -EXDEV, "no xdev");
	if (vfs_lookup(&fake_ctx, NULL, "/mnt/x", 0, &d) != 0)
		abort();
	tap_ok(vfs_path(fake_root, d, buf, sizeof buf) == 6 && strcmp(buf, "/mnt/x") == 0, "the path crosses");
	tap_ok(vfs_unmount(d->sb->root) == -EBUSY, "in use: busy");
	dentry_put(d);
	tap_ok(vfs_unmount(t->sb.root) == 0 && t_mode("/mnt") == (S_IFDIR | 0755), "unmounted");
}

static void test_no_memory(void)
{
	size_t heap = fake_heap_used;
	bool same = true;

	for (size_t n = 0; n < 12; n++) {
		int err;

		fake_heap_left = n;
		err = t_write("/oom", "text");
		fake_heap_left = SIZE_MAX;
		if (err == 0 || t_mode("/oom") >= 0)
			t_unlink("/oom");
		same = same && fake_heap_used == heap;
	}
	tap_ok(same, "each failing allocation leaves nothing behind");
}

int main(void)
{
	struct tmpfs_super *t = tmpfs_create("tmpfs", 0, 0755);

	fake_use(&t->sb);
	test_components();
	test_links();
	test_openat2();
	test_rename();
	test_remove();
	test_deleted();
	test_permissions();
	test_mounts();
	test_no_memory();
	return tap_end();
}
