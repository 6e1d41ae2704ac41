/* SPDX-License-Identifier: ISC */
/* The map that GNU ld writes with -Map. */
#ifndef LINKMAP_H
#define LINKMAP_H

#include "hostlib/file.h"

/* The bytes of file that the component's object (".../NAME.o") brought: text, constants and data, not what is zero. */
uint64_t linkmap_bytes(const struct file_map *map, const char *component);

#endif
