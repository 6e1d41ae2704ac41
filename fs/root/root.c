/* SPDX-License-Identifier: ISC */
/*
 * The tree that programs see: in memory, over the image's embedded root when there is one; the baked programs at their
 * paths; the usual directories; what the configuration's `mount` says. Made when somebody first asks for it, at the
 * latest at INIT_FS. A root that cannot be made ends the image with one line.
 */
#include "fs/root.h"
#include <linux/fcntl.h>

#include "abi/errno.h"
#include "fs/overlay.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/payload.h"
#include "kernel/thread.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "programs.h"

int (*root_image_hook)(paddr_t pa, uint64_t size, struct super **out);
static struct dentry *root;

NORETURN static void die(const char *what, int err)
{
	log_err("root file system: %s: error %d", what, -err);
	kernel_exit(PANIC_STATUS);
}

static struct inode *embedded_root(void)
{
	const struct image_entry *e = payload_entry(IMAGE_ROOTFS, 0);
	struct super *sb;
	int err;

	if (e == NULL)
		return NULL;
	if (root_image_hook == NULL)
		die("its reader is not in this image", -ENOSYS);
	err = root_image_hook(payload_pa(e), e->size, &sb);
	if (err != 0)
		die(e->name, err);
	return sb->root->inode;
}

static void make_root(void)
{
	struct tmpfs_super *t = overlay_create(embedded_root(), 0);
	int err;

	if (t == NULL)
		die("no memory", -ENOMEM);
	t->sb.source = "overlay";
	root = t->sb.root;
	err = vfs_mount(NULL, &t->sb);
	if (err == 0)
		err = programs_add();
	if (err != 0)
		die("programs", err);
}

struct dentry *vfs_root(void)
{
	if (root == NULL)
		make_root();
	return root;
}

void vfs_root_ctx(struct vfs_ctx *ctx)
{
	*ctx = (struct vfs_ctx){.root = vfs_root(), .cwd = vfs_root()};
}

int root_mkdir(const char *path, uint32_t mode)
{
	char part[256];
	struct vfs_ctx ctx;
	int err = 0;

	vfs_root_ctx(&ctx);
	for (const char *end = path; *end != '\0' && (err == 0 || err == -EEXIST);) {
		end = strchr(end + 1, '/');
		if (end == NULL)
			end = path + strlen(path);
		if ((size_t)(end - path) >= sizeof part)
			return -ENAMETOOLONG;
		memcpy(part, path, (size_t)(end - path));
		part[end - path] = '\0';
		err = vfs_make(&ctx, NULL, part, S_IFDIR | (*end == '\0' ? mode : 0755), 0, NULL);
	}
	return err == -EEXIST ? 0 : err;
}

int root_write(const char *path, const char *text, size_t size)
{
	struct vfs_ctx ctx;
	struct file *f;
	struct uvec v;
	struct uio u;
	ssize_t n;
	int err;

	vfs_root_ctx(&ctx);
	err = vfs_open(&ctx, NULL, path, O_WRONLY | O_CREAT | O_EXCL, 0644, 0, &f);
	if (err != 0)
		return err == -EEXIST ? 0 : err;
	uio_init_kernel(&u, &v, (void *)(uintptr_t)text, size);
	n = f->ops->write(f, &u, &f->pos);
	file_put(f);
	return n < 0 ? (int)n : 0;
}

int root_tmpfs(const char *path, const char *options)
{
	uint32_t mode = 01777;
	uint64_t size = 0;
	struct tmpfs_super *t;
	struct vfs_ctx ctx;
	struct dentry *at;
	int err = tmpfs_options(options, &size, &mode);

	if (err == 0)
		err = root_mkdir(path, 0755);
	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	err = vfs_lookup(&ctx, NULL, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &at);
	if (err != 0)
		return err;
	t = tmpfs_create("tmpfs", size, mode);
	err = t == NULL ? -ENOMEM : vfs_mount(at, &t->sb);
	dentry_put(at);
	return err;
}

/* One entry of `mount`: "/tmp": { "source": "tmpfs", "options": { "size": "16M" } }. Other sources are their drivers'. */
static void mount_entry(const char *path)
{
	char key[320], value[64], options[128] = "";
	static const char *const known[] = {"size", "mode"};
	int err;

	fmt_snprintf(key, sizeof key, "mount.%s.source", path);
	if (config_string(key, value, sizeof value) < 0 || strcmp(value, "tmpfs") != 0)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		fmt_snprintf(key, sizeof key, "mount.%s.options.%s", path, known[i]);
		if (config_string(key, value, sizeof value) < 0)
			continue;
		fmt_snprintf(options + strlen(options), sizeof options - strlen(options), "%s%s=%s",
			     options[0] != '\0' ? "," : "", known[i], value);
	}
	err = root_tmpfs(path, options);
	if (err != 0)
		die(path, err);
}

/* file_make_hook. */
static int make_file(const char *path, const char *text)
{
	const char *name = strrchr(path, '/');
	char dir[64];
	int err;

	if ((size_t)(name - path) >= sizeof dir)
		return -ENAMETOOLONG;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path] = '\0';
	err = root_mkdir(dir, 0755);
	return err != 0 ? err : root_write(path, text, strlen(text));
}

static void root_init(void)
{
	static const struct {
		const char *path;
		uint32_t mode;
	} dirs[] = {{"/tmp", 01777}, {"/proc", 0555}, {"/sys", 0555}, {"/dev", 0755}};
	char path[256];

	for (unsigned i = 0; i < ARRAY_LEN(dirs); i++) {
		int err = root_mkdir(dirs[i].path, dirs[i].mode);

		if (err != 0)
			die(dirs[i].path, err);
	}
	file_make_hook = make_file;
	for (unsigned i = 0; config_key("mount", i, path, sizeof path) > 0; i++)
		mount_entry(path);
}
INIT(INIT_FS, root_init);
