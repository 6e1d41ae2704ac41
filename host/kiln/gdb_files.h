/* SPDX-License-Identifier: ISC */
#ifndef GDB_FILES_H
#define GDB_FILES_H

#include "hostlib/error.h"
#include "hostlib/str.h"

/* Writes the programs and libraries of an image into a temporary directory, *dir, under their names in the guest; dirs: all
 * directories in it, for what a symbolic link led to. symbols: IMAGE.debug, or NULL. */
int gdb_files(const char *image, const char *symbols, char **dir, struct strv *dirs, struct error *err);

#endif
