/* SPDX-License-Identifier: ISC */
/* A baked image as the host's commands read it. */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

#include <stdbool.h>

#include "abi/image.h"
#include "hostlib/file.h"

struct image_file {
	char *path;
	struct file_map map;
	const char *platform;
	const struct image_header *payload; /* its header */
	const uint8_t *start; /* its first byte */
};

#define AUTO_IMAGE_FILE __attribute__((cleanup(image_file_close)))

/* Checks everything that the others rely on; the error names the path. */
int image_file_open(struct image_file *f, const char *path, struct error *err);
/* The check alone, of what path and map hold already. */
int image_file_check(struct image_file *f, struct error *err);
void image_file_close(struct image_file *f);
/* The first entry of the type from *i on, *i then behind it; NULL: none. */
const struct image_entry *image_file_entry(const struct image_file *f, unsigned type, unsigned *i);
/* Whether the component is in the image. */
bool image_file_has(const struct image_file *f, const char *component);
/* The i-th component's name and bytes in the image (0: not noted); NULL: there are no more. */
const char *image_file_component(const struct image_file *f, unsigned i, uint64_t *bytes);
const void *image_file_data(const struct image_file *f, const struct image_entry *e);

#endif
