/* SPDX-License-Identifier: ISC */
/*
 * File systems whose files are made when they are read: /proc, /sys. A tree of constant entries; directories may also
 * find children by a function. `arg` tells apart what the same entry stands for (a process, a descriptor); children of
 * constant directories inherit it.
 */
#ifndef FS_PSEUDO_H
#define FS_PSEUDO_H

#include "fs/text.h"
#include "fs/vfs.h"

#define PSEUDO_NAME_MAX 32u

struct pseudo {
	const char *name;
	uint32_t mode; /* with the type */
	/* A file's content, a link's target. 0 or -errno (-ESRCH: what it stood for is gone). */
	int (*show)(struct text *t, uint64_t arg);
	const char *line; /* instead of show: the content, but for the newline */
	/* What one write(2) brought, terminated; 0 or -errno. NULL: -EACCES. */
	int (*store)(const char *s, size_t n, uint64_t arg);
	/* A magic link: where it leads. */
	int (*follow)(uint64_t arg, struct dentry **out);
	/* Directories: constant children, ended by an entry without a name; and others: by name; and the name and type of the
	 * first whose number is *i or more, which *i becomes. A number stays the same while others come and go, so that a listing
	 * in pieces misses none. 0 or -ENOENT. */
	const struct pseudo *children;
	int (*find)(uint64_t arg, const char *name, size_t len, const struct pseudo **e, uint64_t *child);
	int (*list)(uint64_t arg, unsigned *i, char name[PSEUDO_NAME_MAX], uint32_t *mode);
};

/* For find functions: a number without sign or leading zeros, below 2^31; -ENOENT. */
#pragma GCC visibility push(default)
int pseudo_number(const char *name, size_t len, unsigned *n) MUST_CHECK;
/* Mounts the tree at path, making the directory. */
int pseudo_mount(const char *path, const char *type, const struct pseudo *root) MUST_CHECK;
#pragma GCC visibility pop
#endif
