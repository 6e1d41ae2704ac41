/* SPDX-License-Identifier: ISC */
/* Baked programs and files show at their paths (/bin/hello), read and mapped where they lie in the payload. A file of the root
 * file system with that name wins. */
#include "programs.h"
#include "abi/errno.h"
#include "fs/overlay.h"
#include "fs/root.h"
#include "kernel/heap.h"
#include "kernel/payload.h"
#include "lib/string.h"

struct program {
	struct inode i;
	const struct image_entry *entry;
};

static ssize_t peek(struct inode *i, uint64_t pos, const void **p)
{
	const struct program *prog = CONTAINER_OF(i, struct program, i);

	if (pos >= i->size)
		return 0;
	*p = (const char *)payload_data(prog->entry) + pos;
	return (ssize_t)(i->size - pos);
}

static int object(struct inode *i, struct vm_object **out)
{
	*out = vfs_span_object(payload_pa(CONTAINER_OF(i, struct program, i)->entry), i->size, i->sb->dev, i->ino);
	return *out != NULL ? 0 : -ENOMEM;
}

static void evict(struct inode *i)
{
	kfree(CONTAINER_OF(i, struct program, i));
}

static const struct inode_ops program_ops = {.peek = peek, .object = object, .evict = evict};
static struct super payload_super = {.type = "payload", .flags = SUPER_RDONLY};

static int add(const struct image_entry *e)
{
	const char *name = strrchr(e->name, '/');
	struct vfs_ctx ctx;
	struct program *p;
	struct dentry *dir, *old;
	char path[IMAGE_NAME_MAX];
	int err;

	if (name == NULL || name[1] == '\0')
		return 0;
	vfs_root_ctx(&ctx);
	if (vfs_lookup(&ctx, NULL, e->name, 0, &old) == 0) {
		dentry_put(old);
		return 0;
	}
	strlcpy(path, e->name, (size_t)(name - e->name) + 1);
	err = root_mkdir(path, 0755);
	if (err == 0)
		err = vfs_lookup(&ctx, NULL, name == e->name ? "/" : path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dir);
	if (err != 0)
		return err;
	p = kzalloc(sizeof *p);
	if (p == NULL) {
		dentry_put(dir);
		return -ENOMEM;
	}
	inode_init(&p->i, &payload_super, S_IFREG | (e->type == IMAGE_PROGRAM ? 0755 : 0644));
	p->i.ops = &program_ops;
	p->i.fops = &vfs_memory_ops;
	p->i.size = e->size;
	p->i.blocks = (e->size + 511) / 512;
	p->entry = e;
	err = overlay_add(dir, name + 1, &p->i);
	inode_put(&p->i);
	dentry_put(dir);
	return err;
}

int programs_add(void)
{
	const struct image_entry *e;
	int err = 0;

	for (unsigned i = 0; err == 0 && (e = payload_entry(IMAGE_PROGRAM, i)) != NULL; i++)
		err = add(e);
	for (unsigned i = 0; err == 0 && (e = payload_entry(IMAGE_FILE, i)) != NULL; i++)
		err = add(e);
	return err;
}
