/* SPDX-License-Identifier: ISC */
#ifndef TRIM_H
#define TRIM_H

#include <stdbool.h>

#include "hostlib/file.h"
#include "hostlib/str.h"

/* The checked ELF file without its debug information; false: it has none, or is better left as it is. */
bool trim_program(const struct file_map *m, struct str *out);

#endif
