/* SPDX-License-Identifier: ISC */
// USES: fs/test/fake.c fs/file.c fs/vfs/*.c fs/erofs/*.c kernel/uio.c
/* Any bytes as an EROFS image: mounted, walked through two levels deep, read and mapped. */
#include <linux/fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fs/erofs.h"
#include "fs/test/fake.h"
#include "kernel/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct names {
	struct dir_emit emit;
	char name[32][256];
	unsigned count;
};

static bool collect(struct dir_emit *e, const char *name, size_t len, uint64_t ino, unsigned type, uint64_t next)
{
	struct names *n = CONTAINER_OF(e, struct names, emit);

	(void)ino, (void)type, (void)next;
	if (n->count == 32)
		return false;
	memcpy(n->name[n->count], name, len);
	n->name[n->count++][len] = '\0';
	return true;
}

static void visit(const char *path, unsigned depth)
{
	static char content[65536];
	struct names n = {.emit = {collect}};
	struct vm_object *o;
	struct file *f;
	char sub[600];

	if (t_open(path, O_RDONLY | O_NONBLOCK, &f) != 0)
		return;
	if (f->ops->readdir != NULL) {
		f->ops->readdir(f, &f->pos, &n.emit);
	} else {
		t_pread(f, content, sizeof content, 0);
		if (f->ops->mmap(f, &o) == 0) {
			paddr_t pa;
			size_t run;

			if (o->ops->page(o, 0, false, &pa, &run) == 0)
				page_put(pa);
			vm_object_put(o);
		}
	}
	file_put(f);
	for (unsigned i = 0; i < n.count && depth > 0; i++) {
		snprintf(sub, sizeof sub, "%s/%s", depth == 2 ? "" : path, n.name[i]);
		visit(sub, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *image = aligned_alloc(PAGE_SIZE, ALIGN_UP(size + 1, PAGE_SIZE));
	struct super *sb;

	memset(image, 0, ALIGN_UP(size + 1, PAGE_SIZE));
	memcpy(image, data, size);
	if (erofs_create((uintptr_t)image, size, &sb) == 0) {
		fake_use(sb);
		visit("/", 2);
		list_remove(&sb->link);
		erofs_destroy(sb);
	}
	free(image);
	return 0;
}
