/* SPDX-License-Identifier: ISC */
/*
 * Walks an EROFS as mkfs.erofs writes it for bake: 4 KiB blocks, nothing compressed, files plain or with an inline tail.
 * The file system is part of an image that may be corrupt: every offset is checked, and the number of entries is bounded
 * by the size, so that directories that hold each other come to an end.
 */
#include "erofs_list.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUPER_OFFSET 1024
#define MAGIC        0xe0f5e1e2u
#define BLOCK_BITS   12
#define BLOCK        (1u << BLOCK_BITS)
#define NODE_SIZE    32
#define DIRENT_SIZE  12
#define DEPTH_MAX    32

enum { LAYOUT_PLAIN = 0, LAYOUT_INLINE = 2 };

struct node {
	unsigned mode, layout;
	uint64_t size, blocks, tail; /* where its whole blocks are, and its inline tail */
};

struct walk {
	const uint8_t *fs;
	size_t size, left; /* entries that there can be */
	uint64_t meta;
	void (*fn)(void *ctx, const char *path, unsigned mode, uint64_t size);
	void *ctx;
	const char *wanted; /* erofs_file: instead of fn */
	struct node found;
	char path[PATH_MAX];
};

static uint64_t get(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static bool inside(const struct walk *w, uint64_t at, uint64_t n)
{
	return at <= w->size && n <= w->size - at;
}

static bool read_node(const struct walk *w, uint64_t nid, struct node *n)
{
	uint64_t at, xattrs;
	const uint8_t *p;
	bool extended;

	if (__builtin_mul_overflow(nid, (uint64_t)NODE_SIZE, &at) || __builtin_add_overflow(at, w->meta, &at) ||
	    !inside(w, at, NODE_SIZE))
		return false;
	p = w->fs + at;
	extended = p[0] & 1;
	if (extended && !inside(w, at, 2 * NODE_SIZE))
		return false;
	n->layout = p[0] >> 1 & 7;
	n->mode = (unsigned)get(p + 4, 2);
	n->size = extended ? get(p + 8, 8) : get(p + 8, 4);
	n->blocks = get(p + 16, 4) << BLOCK_BITS;
	xattrs = get(p + 2, 2);
	n->tail = at + (extended ? 2 : 1) * NODE_SIZE + (xattrs ? 12 + 4 * (xattrs - 1) : 0);
	return true;
}

/* The block of the directory that holds the offset: where, and how many bytes. */
static bool dir_block(const struct walk *w, const struct node *n, uint64_t off, const uint8_t **p, size_t *len)
{
	uint64_t left = n->size - off, at = n->blocks + off;

	*len = left < BLOCK ? (size_t)left : BLOCK;
	if (n->layout == LAYOUT_INLINE && left < BLOCK)
		at = n->tail;
	else if (n->layout != LAYOUT_PLAIN && n->layout != LAYOUT_INLINE)
		return false;
	*p = w->fs + at;
	return inside(w, at, *len);
}

static bool walk_dir(struct walk *w, const struct node *dir, size_t path_len, unsigned depth);

static bool entry(struct walk *w, uint64_t nid, const char *name, size_t len, size_t path_len, unsigned depth)
{
	struct node n;

	if (!len || memchr(name, '/', len) || path_len + 1 + len >= sizeof w->path || !w->left)
		return false;
	w->left--;
	if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
		return true;
	w->path[path_len] = '/';
	memcpy(w->path + path_len + 1, name, len);
	w->path[path_len + 1 + len] = '\0';
	if (!read_node(w, nid, &n))
		return false;
	if (w->wanted) {
		if (!strcmp(w->wanted, w->path))
			w->found = n;
		if (strncmp(w->wanted, w->path, path_len + 1 + len) != 0)
			return true;
	} else {
		w->fn(w->ctx, w->path, n.mode, n.size);
	}
	return !S_ISDIR(n.mode) || walk_dir(w, &n, path_len + 1 + len, depth + 1);
}

static bool walk_block(struct walk *w, const uint8_t *p, size_t len, size_t path_len, unsigned depth)
{
	size_t count, from, to;

	if (len < DIRENT_SIZE)
		return false;
	from = get(p + 8, 2);
	count = from / DIRENT_SIZE;
	if (!count || from % DIRENT_SIZE || from > len)
		return false;
	for (size_t i = 0; i < count; i++) {
		from = get(p + i * DIRENT_SIZE + 8, 2);
		to = i + 1 < count ? get(p + (i + 1) * DIRENT_SIZE + 8, 2) : len;
		if (from < count * DIRENT_SIZE || to > len || from >= to)
			return false;
		if (!entry(w, get(p + i * DIRENT_SIZE, 8), (const char *)p + from,
			   strnlen((const char *)p + from, to - from), path_len, depth))
			return false;
	}
	return true;
}

static bool walk_dir(struct walk *w, const struct node *dir, size_t path_len, unsigned depth)
{
	const uint8_t *p;
	size_t len;

	if (depth > DEPTH_MAX)
		return false;
	for (uint64_t off = 0; off < dir->size; off += BLOCK)
		if (!dir_block(w, dir, off, &p, &len) || !walk_block(w, p, len, path_len, depth))
			return false;
	return true;
}

static bool walk(struct walk *w)
{
	const uint8_t *super = w->fs + SUPER_OFFSET;
	struct node root;

	if (w->size < SUPER_OFFSET + 128 || get(super, 4) != MAGIC || super[12] != BLOCK_BITS)
		return false;
	w->meta = get(super + 40, 4) << BLOCK_BITS;
	return read_node(w, get(super + 14, 2), &root) && S_ISDIR(root.mode) && walk_dir(w, &root, 0, 0);
}

bool erofs_list(const uint8_t *fs, size_t size, void (*fn)(void *ctx, const char *path, unsigned mode, uint64_t size),
		void *ctx)
{
	struct walk w = {.fs = fs, .size = size, .left = size / DIRENT_SIZE, .fn = fn, .ctx = ctx};

	return walk(&w);
}

const uint8_t *erofs_file(const uint8_t *fs, size_t size, const char *path, uint64_t *bytes)
{
	struct walk w = {.fs = fs, .size = size, .left = size / DIRENT_SIZE, .wanted = path};

	if (!walk(&w) || !S_ISREG(w.found.mode) || w.found.layout != LAYOUT_PLAIN ||
	    !inside(&w, w.found.blocks, w.found.size))
		return NULL;
	*bytes = w.found.size;
	return fs + w.found.blocks;
}
