/* SPDX-License-Identifier: ISC */
/* Finding and checking the payload in an image: it is a segment of its own that ends with its magic number. */
#include "image_file.h"

#include <stdlib.h>
#include <string.h>

#include "elf_file.h"
#include "lib/image.h"
#include "program.h"

static int find_payload(struct image_file *f, struct error *err)
{
	for (unsigned i = 0; i < elf_file_header(&f->map)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(&f->map, i);
		const uint8_t *end;
		const char *wrong;

		if (ph.p_type != PT_LOAD || ph.p_flags != PF_R || ph.p_filesz == 0 ||
		    (ph.p_offset | ph.p_filesz) % 4096)
			continue;
		end = f->map.data + ph.p_offset + ph.p_filesz;
		if (image_header(end)->magic != IMAGE_MAGIC)
			continue;
		wrong = image_check(end, ph.p_filesz, ph.p_filesz);
		if (wrong)
			return error_set(err, "%s: %s", f->path, wrong);
		f->payload = image_header(end);
		f->start = end - ph.p_filesz;
		return 0;
	}
	return error_set(err, "%s: an image without a payload", f->path);
}

int image_file_check(struct image_file *f, struct error *err)
{
	const char *wrong = elf_file_check(&f->map);
	size_t size;

	if (wrong)
		return error_set(err, "%s: %s", f->path, wrong);
	f->platform = program_note(&f->map, IMAGE_NOTE_PLATFORM, &size);
	if (!f->platform)
		return error_set(err, "%s: a program, not an image; kiln bake makes one of it", f->path);
	if (!size || f->platform[size - 1])
		return error_set(err, "%s: its note about the platform is corrupt", f->path);
	return find_payload(f, err);
}

int image_file_open(struct image_file *f, const char *path, struct error *err)
{
	memset(f, 0, sizeof *f);
	f->path = xstrdup(path);
	if (file_map(&f->map, path, err) < 0)
		return -1;
	return image_file_check(f, err);
}

void image_file_close(struct image_file *f)
{
	file_unmap(&f->map);
	free(f->path);
	memset(f, 0, sizeof *f);
}

const struct image_entry *image_file_entry(const struct image_file *f, unsigned type, unsigned *i)
{
	while (*i < f->payload->count) {
		const struct image_entry *e = &image_entries(f->payload)[(*i)++];

		if (e->type == type)
			return e;
	}
	return NULL;
}

const void *image_file_data(const struct image_file *f, const struct image_entry *e)
{
	return f->start + e->offset;
}

/* Bytes of components: the n numbers in front of the table; NULL: they were not noted, or not all of them. */
static const uint32_t *sizes(const struct image_file *f, uint32_t *n)
{
	const struct image_header *h = f->payload;
	const struct image_entry *table = image_entries(h), *last = h->count ? table + h->count - 1 : NULL;
	uint64_t room = (uint64_t)((const uint8_t *)table - f->start) - (last ? last->offset + last->size : 0);

	*n = h->components;
	return h->components && h->components <= room / sizeof *n ? (const uint32_t *)table - h->components : NULL;
}

const char *image_file_component(const struct image_file *f, unsigned i, uint64_t *bytes)
{
	size_t size = 0, at = 0;
	uint32_t n;
	const uint32_t *s = sizes(f, &n);
	const char *names = program_note(&f->map, IMAGE_NOTE_COMPONENTS, &size);

	*bytes = s && i < n ? s[i] : 0;
	for (; names && at < size; at += strnlen(names + at, size - at) + 1)
		if (!i--)
			return memchr(names + at, '\0', size - at) ? names + at : NULL;
	return NULL;
}

bool image_file_has(const struct image_file *f, const char *component)
{
	size_t size = 0, at = 0, n;
	const char *names = program_note(&f->map, IMAGE_NOTE_COMPONENTS, &size);

	for (; names && at < size; at += n + 1) {
		n = strnlen(names + at, size - at);
		if (n == strlen(component) && !memcmp(names + at, component, n))
			return true;
	}
	return false;
}
