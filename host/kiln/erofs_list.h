/* SPDX-License-Identifier: ISC */
/* The names in an EROFS file system in memory (linux/fs/erofs/erofs_fs.h has the format), for `kiln inspect`. */
#ifndef EROFS_LIST_H
#define EROFS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Calls fn for everything below the root, a directory before what is in it: its path, mode and size. False: the file
 * system is corrupt, or deeper than 32 directories; fn was called for what was found before.
 */
bool erofs_list(const uint8_t *fs, size_t size, void (*fn)(void *ctx, const char *path, unsigned mode, uint64_t size),
		void *ctx);

/* The content of a plain file at an absolute path without symbolic links, in place; NULL: it is not there like that. */
const uint8_t *erofs_file(const uint8_t *fs, size_t size, const char *path, uint64_t *bytes);

#endif
