/* SPDX-License-Identifier: ISC */
/* Objects over frames that are contiguous and stay where they are: the payload. Names of objects, for
 * /proc/self/maps, are kmalloc'd and end with the object. */
#include "fs/object.h"
#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"
#include "fs/vfs.h"

struct span {
	struct vm_object object;
	paddr_t pa;
	uint64_t pages;
};

static int span_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	struct span *s = CONTAINER_OF(o, struct span, object);

	if (write)
		return -EACCES;
	if (index >= s->pages)
		return -ENXIO;
	*pa = s->pa + (index << PAGE_SHIFT);
	*run = s->pages - index;
	page_get(*pa);
	return 0;
}

static void span_destroy(struct vm_object *o)
{
	kfree((void *)(uintptr_t)o->name);
	kfree(CONTAINER_OF(o, struct span, object));
}

static const struct vm_object_ops span_ops = {.page = span_page, .destroy = span_destroy};

struct vm_object *vfs_span_object(uint64_t pa, uint64_t size, uint64_t dev, uint64_t ino)
{
	struct span *s = kzalloc(sizeof *s);

	if (s == NULL)
		return NULL;
	s->object = (struct vm_object){.ops = &span_ops, .refs = 1, .in_place = true, .dev = dev, .ino = ino};
	s->pa = pa;
	s->pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	return &s->object;
}

char *object_path(struct dentry *d)
{
	char *buf = kmalloc(VFS_PATH_MAX), *name = NULL;

	if (buf == NULL)
		return NULL;
	if (vfs_path(vfs_root(), d, buf, VFS_PATH_MAX) >= 0)
		name = kstrdup(buf);
	kfree(buf);
	return name;
}
