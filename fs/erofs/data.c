/* SPDX-License-Identifier: ISC */
/* EROFS content in place: pointers for reading, payload frames for mapping. A tail that shares its block with other
 * things is the exception: mapped, it gets a frame of its own. */
#include "erofs.h"
#include "kernel/heap.h"
#include "kernel/vm.h"
#include "lib/string.h"

ssize_t erofs_peek(struct inode *i, uint64_t pos, const void **p)
{
	const struct erofs_inode *n = erofs_inode_of(i);
	const uint8_t *base = erofs_of(i)->base;

	if (pos >= i->size)
		return 0;
	if (pos < n->plain_len) {
		*p = base + n->plain_off + pos;
		return (ssize_t)(n->plain_len - pos);
	}
	*p = base + n->tail_off + (pos - n->plain_len);
	return (ssize_t)(i->size - pos);
}

struct tailed { /* whole blocks in place, then a copy of the tail */
	struct vm_object object;
	paddr_t plain, tail;
	uint64_t pages; /* of plain */
};

static int tailed_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	struct tailed *t = CONTAINER_OF(o, struct tailed, object);

	if (write)
		return -EACCES;
	if (index > t->pages)
		return -ENXIO;
	*pa = index < t->pages ? t->plain + (index << PAGE_SHIFT) : t->tail;
	*run = index < t->pages ? t->pages - index : 1;
	page_get(*pa);
	return 0;
}

static void tailed_destroy(struct vm_object *o)
{
	struct tailed *t = CONTAINER_OF(o, struct tailed, object);

	page_put(t->tail);
	kfree((void *)(uintptr_t)o->name);
	kfree(t);
}

static const struct vm_object_ops tailed_ops = {.page = tailed_page, .destroy = tailed_destroy};

static int tailed_object(struct inode *i, struct vm_object **out)
{
	const struct erofs_inode *n = erofs_inode_of(i);
	struct tailed *t = kzalloc(sizeof *t);

	if (t == NULL)
		return -ENOMEM;
	t->tail = page_alloc(0, PAGE_ZERO);
	if (t->tail == 0) {
		kfree(t);
		return -ENOMEM;
	}
	memcpy(page_ptr(t->tail), erofs_of(i)->base + n->tail_off, i->size - n->plain_len);
	t->plain = erofs_of(i)->pa + n->plain_off;
	t->pages = n->plain_len >> PAGE_SHIFT;
	t->object = (struct vm_object){.ops = &tailed_ops, .refs = 1, .dev = i->sb->dev, .ino = i->ino};
	*out = &t->object;
	return 0;
}

int erofs_object(struct inode *i, struct vm_object **out)
{
	const struct erofs_inode *n = erofs_inode_of(i);

	if (n->plain_len != i->size)
		return tailed_object(i, out);
	*out = vfs_span_object(erofs_of(i)->pa + n->plain_off, i->size, i->sb->dev, i->ino);
	return *out != NULL ? 0 : -ENOMEM;
}
