/* SPDX-License-Identifier: ISC */
// USES: fs/test/fake.c fs/file.c fs/vfs/*.c fs/tmpfs/*.c fs/overlay/*.c fs/erofs/*.c kernel/uio.c
/* EROFS images made by mkfs.erofs, read alone and below an overlay. */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fs/erofs.h"
#include "fs/overlay.h"
#include "fs/test/fake.h"
#include "kernel/vm.h"
#include "test/tap.h"

static char dir[] = "/tmp/kiln-erofs-XXXXXX";

static int run(const char *f, const char *extra)
{
	char cmd[2048];

	snprintf(cmd, sizeof cmd, f, dir, extra, dir, dir);
	return system(cmd);
}

/* The tree: a small file, one of 3 pages and a bit, an empty one, links of both kinds, a directory of 300 names. */
static bool make_tree(void)
{
	return mkdtemp(dir) != NULL &&
	       run("cd %s && mkdir -p r/etc r/many r/deep/er && cd r && printf hello >etc/motd && : >empty && "
		   "seq 1 3000 >big && ln -s etc/motd link && ln etc/motd etc/twin && printf x >deep/er/x && "
		   "for i in $(seq 100 399); do echo $i >many/f$i; done && chmod 755 etc deep deep/er many . && "
		   "chmod 4711 deep/er/x && mkfifo pipe%s",
		   "") == 0;
}

static struct super *image(const char *options)
{
	char file[64];
	struct super *sb;
	uint64_t pa, size;

	if (run("cd %s && mkfs.erofs %s -T0 --all-root -U 00000000-0000-0000-0000-000000000001 %s/i %s/r >/dev/null "
		"2>&1",
		options) != 0)
		return NULL;
	snprintf(file, sizeof file, "%s/i", dir);
	pa = fake_payload(file, &size);
	return erofs_create(pa, size, &sb) == 0 ? sb : NULL;
}

static char want[20000]; /* what /big holds */
static size_t want_len;

static bool big_is_right(void)
{
	static char buf[20000];
	struct file *f;
	bool ok;

	if (t_open("/big", O_RDONLY, &f) != 0)
		return false;
	ok = t_pread(f, buf, sizeof buf, 0) == (ssize_t)want_len && memcmp(buf, want, want_len) == 0 &&
	     f->inode->size == want_len;
	file_put(f);
	return ok;
}

static bool many_are_right(const char *(*list)(const char *, unsigned), unsigned step)
{
	char names[4096] = "";

	for (int i = 100; i < 400; i++)
		sprintf(names + strlen(names), " f%d", i);
	return strcmp(list("/many", step), names + 1) == 0;
}

static void test_content(const char *what)
{
	tap_ok(strcmp(t_read("/etc/motd"), "hello") == 0 && strcmp(t_read("/link"), "hello") == 0, "%s: files, links",
	       what);
	tap_ok(strcmp(t_read("/empty"), "") == 0 && big_is_right(), "%s: empty and big", what);
	tap_ok(strcmp(t_list("/", 100), "big deep empty etc link many pipe") == 0, "%s: a listing", what);
	tap_ok(many_are_right(t_list, 1) && many_are_right(t_list, 7) && many_are_right(t_list, 1000), "%s: a long one",
	       what);
	tap_ok(strcmp(t_read("/many/f100"), "100\n") == 0 && strcmp(t_read("/many/f399"), "399\n") == 0 &&
		   strcmp(t_read("/many/f277"), "277\n") == 0 && t_mode("/many/f400") == -ENOENT &&
		   t_mode("/many/f099") == -ENOENT && t_mode("/many/f2777") == -ENOENT,
	       "%s: lookups in it", what);
	tap_ok(t_mode("/deep/er/x") == (int)(S_IFREG | 04711) && (t_mode("/pipe") & S_IFMT) == S_IFIFO, "%s: modes",
	       what);
}

static void test_maps(const char *what)
{
	struct vm_object *o;
	struct file *f;
	paddr_t pa;
	size_t pages;

	if (t_open("/big", O_RDONLY, &f) != 0)
		abort();
	tap_ok(f->ops->mmap(f, &o) == 0 && o->ops->page(o, 3, false, &pa, &pages) == 0, "%s: a map of the last page",
	       what);
	tap_ok(memcmp(page_ptr(pa), want + 3 * 4096, want_len - 3 * 4096) == 0 &&
		   ((char *)page_ptr(pa))[want_len - 3 * 4096] == 0,
	       "%s: its content, zero behind the end", what);
	page_put(pa);
	tap_ok(o->ops->page(o, 4, false, &pa, &pages) == -ENXIO && o->ops->page(o, 0, true, &pa, &pages) == -EACCES,
	       "%s: not beyond, not for writing", what);
	file_put(f);
	vm_object_put(o);
}

static void test_readonly(void)
{
	struct file *f;

	tap_ok(t_open("/etc/motd", O_RDWR, &f) == -EROFS && t_write("/new", "x") == -EROFS &&
		   t_unlink("/big") == -EROFS && t_make("/d", S_IFDIR | 0755) == -EROFS,
	       "an image is read-only");
}

static void test_overlay(struct super *lower)
{
	struct tmpfs_super *t = overlay_create(lower->root->inode, 0);
	struct vfs_attr a = {.valid = ATTR_MODE, .mode = 0600};
	struct dentry *d;
	struct file *f, *g;
	struct vm_object *o;
	paddr_t pa;
	size_t pages;

	fake_use(&t->sb);
	test_content("overlay");
	test_maps("overlay");
	tap_ok(fake_frames_used == 0, "reading copies nothing");
	tap_ok(t_ino("/etc/motd") == t_ino("/etc/twin") && t_open("/etc/twin", O_RDWR, &f) == 0 &&
		   t_pwrite(f, "J", 1, 0) == 1 && strcmp(t_read("/etc/motd"), "Jello") == 0,
	       "both names of a file see a write");
	file_put(f);
	tap_ok(t_unlink("/etc/motd") == 0 && vfs_lookup(&fake_ctx, NULL, "/etc/twin", 0, &d) == 0 &&
		   d->inode->nlink == 1 && strcmp(t_read("/etc/twin"), "Jello") == 0,
	       "one name goes, the other stays as it is");
	dentry_put(d);
	tap_ok(t_link("/etc/twin", "/etc/motd") == 0, "and is linked again");
	tap_ok(t_open("/big", O_RDWR, &f) == 0 && t_pwrite(f, "XX", 2, 5000) == 2 && fake_frames_used == 2,
	       "one page of a big file is copied up");
	tap_ok(t_pread(f, &pages, 2, 4999) == 2 && ((char *)&pages)[1] == 'X' && f->inode->size == want_len,
	       "around it too");
	tap_ok(t_open("/big", O_RDONLY, &g) == 0 && g->ops->mmap(g, &o) == 0 &&
		   o->ops->page(o, 1, false, &pa, &pages) == 0 && ((char *)page_ptr(pa))[904] == 'X',
	       "a map sees it");
	page_put(pa);
	tap_ok(o->ops->page(o, 0, false, &pa, &pages) == 0 && memcmp(page_ptr(pa), "1\n2\n", 4) == 0 &&
		   t_pwrite(f, "W", 1, 0) == 1 && *(char *)page_ptr(pa) == 'W',
	       "a map of what may be written sees the first write to a page");
	page_put(pa);
	vm_object_put(o);
	file_put(g);
	file_put(f);
	tap_ok(t_open("/big", O_RDWR | O_TRUNC, &f) == 0 && f->inode->size == 0 && t_pwrite(f, "z", 1, 6000) == 1 &&
		   t_pread(f, &pages, 4, 5998) == 3 && memcmp(&pages, "\0\0z", 3) == 0,
	       "what was cut off does not shine through");
	file_put(f);
	tap_ok(t_unlink("/many/f200") == 0 && t_mode("/many/f200") == -ENOENT && t_rmdir("/many") == -ENOTEMPTY &&
		   strstr(t_list("/many", 5), "f200") == NULL && t_write("/many/f200", "new") == 0 &&
		   strcmp(t_read("/many/f200"), "new") == 0 && many_are_right(t_list, 3),
	       "a whiteout, and a new file in its place");
	tap_ok(t_unlink("/many/f200") == 0 && t_mode("/many/f200") == -ENOENT, "and a whiteout again");
	tap_ok(t_rename("/many/f201", "/moved", 0) == 0 && t_mode("/many/f201") == -ENOENT &&
		   strcmp(t_read("/moved"), "201\n") == 0 && strstr(t_list("/many", 5), "f201") == NULL,
	       "a rename leaves a whiteout");
	tap_ok(t_rename("/deep", "/shallow", 0) == 0 && strcmp(t_read("/shallow/er/x"), "x") == 0 &&
		   t_mode("/deep") == -ENOENT && t_make("/deep", S_IFDIR | 0755) == 0 &&
		   strcmp(t_list("/deep", 5), "") == 0 && t_mode("/deep/er") == -ENOENT,
	       "a directory moves with what is below it; a new one in its place is empty");
	tap_ok(t_unlink("/shallow/er/x") == 0 && t_rmdir("/shallow/er") == 0 && t_rmdir("/shallow") == 0, "and goes");
	tap_ok(vfs_lookup(&fake_ctx, NULL, "/many/f300", 0, &d) == 0 && vfs_setattr(&fake_ctx, d->inode, &a) == 0 &&
		   t_mode("/many/f300") == (int)(S_IFREG | 0600),
	       "attributes");
	dentry_put(d);
	tap_ok(t_rename("/many/f100", "/many/f101", RENAME_EXCHANGE) == 0 &&
		   strcmp(t_read("/many/f100"), "101\n") == 0 && strcmp(t_read("/many/f101"), "100\n") == 0,
	       "exchange");
	tap_ok(overlay_add(fake_root, "prog", lower->root->inode) == 0 && (t_mode("/prog") & S_IFMT) == S_IFDIR,
	       "a program put into the tree");
}

/* Each operation with its Nth allocation failing: it says so and changes nothing, or it succeeds. */
static void test_no_memory(struct super *lower)
{
	struct tmpfs_super *t = overlay_create(lower->root->inode, 0);
	bool sane = true;

	fake_use(&t->sb);
	for (size_t n = 0; n < 40; n++) {
		char from[32], to[32];
		int err;

		snprintf(from, sizeof from, "/many/f%zu", 100 + n);
		snprintf(to, sizeof to, "/deep/er/g%zu", n);
		fake_heap_left = n;
		err = t_rename(from, to, 0);
		fake_heap_left = SIZE_MAX;
		sane = sane && (err == 0 || err == -ENOMEM) && (t_mode(from) == -ENOENT) == (err == 0) &&
		       (t_mode(to) == -ENOENT) == (err != 0);
		snprintf(from, sizeof from, "/many/f%zu", 200 + n);
		fake_heap_left = n;
		err = t_unlink(from);
		fake_heap_left = SIZE_MAX;
		sane = sane && (err == 0 || err == -ENOMEM) && (t_mode(from) == -ENOENT) == (err == 0);
		snprintf(from, sizeof from, "/many/f%zu", 300 + n);
		fake_heap_left = n;
		err = t_write(from, "text");
		fake_heap_left = SIZE_MAX;
		sane = sane && (err == 0 || err == -ENOMEM || err == -ENOSPC) &&
		       (err != 0 || strcmp(t_read(from), "text") == 0);
		fake_heap_left = n;
		t_list("/many", 3);
		t_read("/link");
		fake_heap_left = SIZE_MAX;
		sane = sane && strcmp(t_read("/link"), "hello") == 0;
	}
	tap_ok(sane, "without memory nothing half happens");
}

/* Every byte of the first blocks set to several values: nothing crashes, and the walk ends. */
static void test_damage(void)
{
	char file[64];
	uint64_t pa, size;
	unsigned mounted = 0, refused = 0;

	snprintf(file, sizeof file, "%s/i", dir);
	pa = fake_payload(file, &size);
	for (uint64_t at = 1024; at < MIN(size, 1024u + 4096u); at++) {
		unsigned char *p = (unsigned char *)page_ptr(pa) + at, old = *p;
		unsigned char values[] = {(unsigned char)(old ^ 1), 0xff};

		for (unsigned v = 0; v < sizeof values; v++) {
			struct super *sb;

			*p = values[v];
			if (erofs_create(pa, size, &sb) != 0) {
				refused++;
				continue;
			}
			mounted++;
			fake_use(sb);
			t_list("/", 50);
			t_read("/etc/motd");
			t_read("/link");
			t_read("/big");
			t_list("/many", 500);
			t_read("/many/f277");
			list_remove(&sb->link);
			erofs_destroy(sb);
		}
		*p = old;
	}
	tap_ok(mounted > 0 && refused > 0, "damaged images are refused or read without harm");
	for (uint64_t n = 0; n < size; n += 512) {
		struct super *sb;

		if (erofs_create(pa, n, &sb) == 0) {
			tap_ok(false, "an image cut to %lu bytes is accepted", n);
			return;
		}
	}
	tap_ok(true, "cut images are refused");
	free(page_ptr(pa));
}

int main(void)
{
	struct super *plain, *inlined;

	for (int i = 1; i <= 3000; i++)
		want_len += (size_t)sprintf(want + want_len, "%d\n", i);
	if (system("command -v mkfs.erofs >/dev/null") != 0) {
		tap_skip("EROFS", "no mkfs.erofs (erofs-utils)");
		return tap_end();
	}
	if (!make_tree() || (inlined = image("")) == NULL || (plain = image("-Enoinline_data")) == NULL) {
		tap_ok(false, "images are made and read");
		return tap_end();
	}
	fake_use(plain);
	test_content("erofs");
	test_maps("erofs");
	test_readonly();
	fake_use(inlined);
	test_content("erofs with tails inline");
	test_maps("erofs with tails inline");
	tap_ok(fake_frames_used == 0, "the copy of a tail ends with its map");
	test_overlay(plain);
	test_no_memory(plain);
	test_damage();
	return tap_end() | (run("rm -rf %s%s", "") != 0);
}
