/* SPDX-License-Identifier: ISC */
#include "guest_file.h"

#include <string.h>

#include "elf_file.h"
#include "erofs_list.h"

const void *guest_file(const struct image_file *image, const struct file_map *symbols, const char *name, uint64_t *size)
{
	const struct image_entry *e;
	struct elf_section s;

	for (unsigned i = 0; elf_file_section(symbols, &i, &s);)
		if (!strncmp(s.name, GUEST_FILE_SECTION, strlen(GUEST_FILE_SECTION)) &&
		    !strcmp(s.name + strlen(GUEST_FILE_SECTION), name)) {
			*size = s.header.sh_size;
			return s.data;
		}
	for (unsigned i = 0; (e = image_file_entry(image, IMAGE_PROGRAM, &i));)
		if (!strcmp(e->name, name)) {
			*size = e->size;
			return image_file_data(image, e);
		}
	for (unsigned i = 0; (e = image_file_entry(image, IMAGE_ROOTFS, &i));) {
		const void *p = erofs_file(image_file_data(image, e), e->size, name, size);

		if (p)
			return p;
	}
	return NULL;
}
