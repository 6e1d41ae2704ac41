/* SPDX-License-Identifier: ISC */
// USES: host/kiln/program.c host/kiln/elf_file.c host/kiln/image_file.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c lib/elf.c lib/image.c
/* Images and programs as bytes: notes, payload table and entries stay within the file. */
#include <stdlib.h>
#include <string.h>
#include "host/kiln/elf_file.h"
#include "host/kiln/image_file.h"
#include "host/kiln/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly that size; malloc aligns it as the headers need. */
	uint8_t *copy = malloc(size ? size : 1);
	struct image_file f = {.path = (char *)"fuzz", .map = {copy, size}};
	const struct image_entry *e;
	struct call_set calls;
	struct error err;
	volatile uint8_t sum = 0;
	unsigned i = 0;

	memcpy(copy, data, size);
	if (!elf_file_check(&f.map))
		program_calls(&f.map, &calls);
	if (image_file_check(&f, &err) == 0) {
		image_file_has(&f, "strace");
		while ((e = image_file_entry(&f, IMAGE_PROGRAM, &i)))
			for (uint64_t k = 0; k < e->size; k++)
				sum += ((const uint8_t *)image_file_data(&f, e))[k];
	}
	free(copy);
	return 0;
}
