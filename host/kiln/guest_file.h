/* SPDX-License-Identifier: ISC */
/* The files of an image as its programs see them, those of IMAGE.debug in front, which have debug information. */
#ifndef GUEST_FILE_H
#define GUEST_FILE_H

#include "image_file.h"

/* A program "/bin/NAME" is in IMAGE.debug as this section, with its name behind. */
#define GUEST_FILE_SECTION ".program"

/* symbols: IMAGE.debug, or a map of nothing. NULL: it is not there. */
const void *guest_file(const struct image_file *image, const struct file_map *symbols, const char *name,
		       uint64_t *size);

#endif
