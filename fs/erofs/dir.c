/* SPDX-License-Identifier: ISC */
/*
 * EROFS directories: blocks of sorted entries, names at the block's end; the blocks are sorted too, so a lookup is two
 * binary searches. A position is 2 + the entry's offset in the directory.
 */
#include "erofs.h"
#include "lib/string.h"

struct block {
	const uint8_t *at;
	unsigned len, count;
};

/* The b-th block of a directory, its first entry checked. */
static int get_block(struct inode *dir, uint64_t b, struct block *k)
{
	struct erofs_disk_dirent first;
	const void *p;
	ssize_t n = erofs_peek(dir, b << EROFS_BLOCK_BITS, &p);

	if (n < (ssize_t)sizeof first)
		return -EUCLEAN;
	k->at = p;
	k->len = (unsigned)MIN(n, (ssize_t)EROFS_BLOCK);
	memcpy(&first, k->at, sizeof first);
	k->count = first.name_off / sizeof first;
	if (k->count == 0 || first.name_off % sizeof first != 0 || first.name_off >= k->len)
		return -EUCLEAN;
	return 0;
}

/* The i-th entry of a block and its name. */
static int get_entry(const struct block *k, unsigned i, struct erofs_disk_dirent *d, const char **name, size_t *len)
{
	unsigned end = k->len;

	memcpy(d, k->at + i * sizeof *d, sizeof *d);
	if (i + 1 < k->count) {
		struct erofs_disk_dirent next;

		memcpy(&next, k->at + (i + 1) * sizeof next, sizeof next);
		end = next.name_off;
	}
	if (d->name_off < k->count * sizeof *d || d->name_off >= end || end > k->len)
		return -EUCLEAN;
	*name = (const char *)k->at + d->name_off;
	*len = strnlen(*name, end - d->name_off);
	if (*len == 0 || *len > VFS_NAME_MAX || memchr(*name, '/', *len) != NULL)
		return -EUCLEAN;
	return 0;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int c = memcmp(a, b, MIN(a_len, b_len));

	return c != 0 ? c : a_len < b_len ? -1 : a_len > b_len;
}

/* The last block whose first name is not behind `name`. */
static int find_block(struct inode *dir, const char *name, size_t len, struct block *k)
{
	uint64_t lo = 0, hi = (dir->size + EROFS_BLOCK - 1) >> EROFS_BLOCK_BITS;

	if (hi == 0)
		return -ENOENT;
	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;
		struct erofs_disk_dirent d;
		const char *first;
		size_t n;
		int err = get_block(dir, mid, k);

		if (err == 0)
			err = get_entry(k, 0, &d, &first, &n);
		if (err != 0)
			return err;
		if (compare(name, len, first, n) < 0)
			hi = mid;
		else
			lo = mid;
	}
	return get_block(dir, lo, k);
}

int erofs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct block k;
	unsigned lo = 0, hi;
	int err = find_block(dir, name, len, &k);

	if (err != 0)
		return err;
	hi = k.count;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		struct erofs_disk_dirent d;
		const char *other;
		size_t n;
		int c;

		err = get_entry(&k, mid, &d, &other, &n);
		if (err != 0)
			return err;
		c = compare(name, len, other, n);
		if (c == 0)
			return erofs_inode(erofs_of(dir), d.nid, out);
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return -ENOENT;
}

static bool dots(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

int erofs_iterate(struct inode *dir, uint64_t *pos, struct dir_emit *emit)
{
	/* The image's file types (FT_REG_FILE …) as DT_*. */
	static const uint8_t types[] = {0, 8, 4, 2, 6, 1, 12, 10};
	uint64_t off = *pos < 2 ? 0 : *pos - 2;

	while (off < dir->size) {
		struct erofs_disk_dirent d;
		struct block k;
		unsigned i = (unsigned)(off & (EROFS_BLOCK - 1)) / sizeof d;
		uint64_t start = ALIGN_DOWN(off, (uint64_t)EROFS_BLOCK);
		int err = get_block(dir, off >> EROFS_BLOCK_BITS, &k);

		for (; err == 0 && i < k.count; i++) {
			uint64_t next = i + 1 < k.count ? start + (i + 1) * sizeof d : start + EROFS_BLOCK;
			const char *name;
			size_t len;

			err = get_entry(&k, i, &d, &name, &len);
			if (err == 0 && !dots(name, len) &&
			    !emit->fn(emit, name, len, d.nid, d.type < ARRAY_LEN(types) ? types[d.type] : 0, next + 2))
				return 0;
			if (err == 0)
				*pos = next + 2;
		}
		if (err != 0)
			return err;
		off = start + EROFS_BLOCK;
		*pos = off + 2;
	}
	return 0;
}
