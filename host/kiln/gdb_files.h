/* SPDX-License-Identifier: ISC */
#ifndef GDB_FILES_H
#define GDB_FILES_H

#include "hostlib/error.h"

/* Writes the programs and libraries of an image into a temporary directory, under their last names: for gdb's
 * solib-search-path. symbols: IMAGE.debug, or NULL. *dir: the directory. */
int gdb_files(const char *image, const char *symbols, char **dir, struct error *err);

#endif
