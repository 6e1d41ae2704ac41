/* SPDX-License-Identifier: ISC */
/* `kiln inspect`: what is inside an image. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common.h"
#include "elf_file.h"
#include "erofs_list.h"
#include "image_file.h"
#include "lib/image.h"

static const struct option_def options[] = {{0, 0, NULL, NULL, NULL}};

static int help(void)
{
	fputs("usage: kiln inspect IMAGE\n\n"
	      "Shows an image's platform, components, programs and files, with their sizes in bytes.\n\n"
	      "Example: kiln inspect web.kiln\n",
	      stdout);
	return 0;
}

static void segments(const struct image_file *f)
{
	uint64_t text = 0, constant = 0, data = 0, bss = 0;

	for (unsigned i = 0; i < elf_file_header(&f->map)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(&f->map, i);

		if (ph.p_type != PT_LOAD || f->map.data + ph.p_offset == (const uint8_t *)f->payload)
			continue;
		if (ph.p_flags & PF_X)
			text += ph.p_filesz;
		else if (ph.p_flags & PF_W)
			data += ph.p_filesz, bss += ph.p_memsz - ph.p_filesz;
		else
			constant += ph.p_filesz;
	}
	printf("kernel      text %llu, constants %llu, data %llu, zeros %llu\n", (unsigned long long)text,
	       (unsigned long long)constant, (unsigned long long)data, (unsigned long long)bss);
}

static void components(const struct image_file *f)
{
	size_t size = 0, at = 0;
	const char *names = program_note(&f->map, IMAGE_NOTE_COMPONENTS, &size);

	printf("components ");
	while (names && at < size) {
		size_t n = strnlen(names + at, size - at);

		printf(" %.*s", (int)n, names + at);
		at += n + 1;
	}
	putchar('\n');
}

static void file(void *ctx, const char *path, unsigned mode, uint64_t size)
{
	(void)ctx;
	if (!S_ISDIR(mode))
		printf("  file      %10llu  %s%s\n", (unsigned long long)size, path,
		       S_ISLNK(mode) ? " (a symbolic link)" : "");
}

static int entries(const struct image_file *f, struct error *err)
{
	for (unsigned i = 0; i < f->payload->count; i++) {
		const struct image_entry *e = &image_entries(f->payload)[i];
		static const char *const what[] = {
		    [IMAGE_CONFIG] = "config", [IMAGE_PROGRAM] = "program", [IMAGE_ROOTFS] = "files"};

		printf("%-12s%10llu  %s\n", what[e->type], (unsigned long long)e->size, e->name);
		if (e->type == IMAGE_ROOTFS && !erofs_list(image_file_data(f, e), e->size, file, NULL))
			return error_set(err, "%s: its file system is corrupt", f->path);
	}
	return 0;
}

int command_inspect(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	AUTO_IMAGE_FILE struct image_file f = {0};
	const char *path = NULL;
	int id;

	while ((id = options_next(&o, err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (path)
			return error_usage(err, "one image at a time; \"%s\" is one too many", o.value);
		path = o.value;
	}
	if (id < 0)
		return -1;
	if (!path)
		return error_usage(err, "which image? kiln inspect IMAGE");
	if (image_file_open(&f, path, err) < 0)
		return -1;
	printf("image       %zu bytes, platform %s%s\n", f.map.size, f.platform,
	       f.payload->flags & IMAGE_ALLOW_WX ? ", memory may be writable and executable" : "");
	segments(&f);
	printf("payload     %llu bytes\n", (unsigned long long)f.payload->size);
	components(&f);
	return entries(&f, err);
}
