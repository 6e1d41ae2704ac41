/* SPDX-License-Identifier: ISC */
/* Files of the host programs: mapped whole, written whole, found beside the program; temporary ones that do not stay. */
#ifndef HOSTLIB_FILE_H
#define HOSTLIB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "hostlib/error.h"
#include "hostlib/str.h"

/* A regular file's content, read-only. data is not NULL even for an empty file. Who needs it to stay as it is while
 * another process writes must not rely on it: a file that shrinks meanwhile is SIGBUS. */
struct file_map {
	const uint8_t *data;
	size_t size;
};

#define AUTO_FILE_MAP __attribute__((cleanup(file_unmap)))

int file_map(struct file_map *m, const char *path, struct error *err);
void file_unmap(struct file_map *m);
/* All of n bytes; the file is created or replaced with this mode. After a failure there is no file. */
int file_write(const char *path, const void *data, size_t n, unsigned mode, struct error *err);
int file_write_fd(int fd, const void *data, size_t n);
/* n bytes of from (from its offset off) to the end of to, by the kernel where it can. */
int file_copy(int to, int from, uint64_t off, uint64_t n);

/* Where this program's data is: $KILN_LIBDIR, else ../lib/kiln from the directory of the executable. */
const char *file_libdir(void);
const char *file_base(const char *path); /* what follows the last '/' */

/*
 * Temporary files: one private directory for a program, made when first asked for, removed with everything in it by
 * temp_cleanup (atexit does it) and when SIGINT, SIGTERM or SIGHUP ends the program.
 */
int temp_path(char **path, const char *name, struct error *err);
/* Any other file to remove at the end unless temp_keep(path) comes first; or a directory, which must be empty then. */
void temp_register(const char *path);
void temp_keep(const char *path);
void temp_cleanup(void);

#endif
