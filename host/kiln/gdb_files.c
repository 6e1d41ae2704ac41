/* SPDX-License-Identifier: ISC */
#include "gdb_files.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erofs_list.h"
#include "guest_file.h"
#include "hostlib/cleanup.h"

#define FILES_MAX 256u

struct files {
	struct image_file image;
	struct file_map symbols;
	const struct image_entry *root;
	const char *dir;
	struct strv *dirs;
	unsigned count;
	struct error *err;
	int result;
};

static void files_free(struct files *f)
{
	image_file_close(&f->image);
	file_unmap(&f->symbols);
}

/* A file, or with data NULL a directory; of two with a name the first counts. */
static void put_one(struct files *f, const char *path, const void *data, uint64_t size)
{
	if (f->result < 0 || access(path, F_OK) == 0)
		return;
	if (!data && mkdir(path, 0700) < 0) {
		f->result = error_errno(f->err, "%s", path);
		return;
	}
	f->count++;
	temp_register(path);
	if (data)
		f->result = file_write(path, data, size, 0600, f->err);
	else
		strv_add(f->dirs, path);
}

static void put(struct files *f, const char *name, const void *data, uint64_t size)
{
	AUTO_FREE char *path = xasprintf("%s%s", f->dir, name);

	if (*name != '/' || strstr(name, "/..") || f->count >= FILES_MAX)
		return;
	for (char *p = path + strlen(f->dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		put_one(f, path, NULL, 0);
		*p = '/';
	}
	put_one(f, path, data, size);
}

static void put_listed(void *ctx, const char *path, unsigned mode, uint64_t size)
{
	struct files *f = ctx;
	const uint8_t *data = S_ISREG(mode) && size >= SELFMAG
				  ? erofs_file(image_file_data(&f->image, f->root), f->root->size, path, &size)
				  : NULL;

	if (data && !memcmp(data, ELFMAG, SELFMAG))
		put(f, path, data, size);
}

int gdb_files(const char *image, const char *symbols, char **dir, struct strv *dirs, struct error *err)
{
	__attribute__((cleanup(files_free))) struct files f = {.dirs = dirs, .err = err};
	const struct image_entry *e;
	AUTO_FREE char *any = NULL;

	if (image_file_open(&f.image, image, err) < 0 || (symbols && file_map(&f.symbols, symbols, err) < 0) ||
	    temp_path(&any, "x", err) < 0)
		return -1;
	f.dir = *dir = xstrndup(any, (size_t)(file_base(any) - any - 1));
	for (unsigned i = 0; (e = image_file_entry(&f.image, IMAGE_PROGRAM, &i));) {
		uint64_t size;
		const void *data = guest_file(&f.image, &f.symbols, e->name, &size);

		put(&f, e->name, data, size);
	}
	for (unsigned i = 0; (f.root = image_file_entry(&f.image, IMAGE_ROOTFS, &i));)
		erofs_list(image_file_data(&f.image, f.root), f.root->size, put_listed, &f);
	return f.result;
}
