/* SPDX-License-Identifier: ISC */
/*
 * `kiln inspect`: what is inside an image, as text, as JSON, or as a picture of the sizes. What of the file is none of them
 * (headers, what fills pages) is shown as such, so that the sum is the file's size.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common.h"
#include "elf_file.h"
#include "erofs_list.h"
#include "hostlib/cleanup.h"
#include "image_file.h"
#include "lib/image.h"
#include "treemap.h"

enum { SVG = OPTION_USER, JSON };

static const struct option_def options[] = {
    {SVG, 0, "svg", "FILE", "draw the sizes there (-: standard output)"},
    {JSON, 0, "json", NULL, "as JSON"},
    {0, 0, NULL, NULL, NULL},
};

enum group { KERNEL, PROGRAMS, FILES, REST, GROUPS };

static const struct treemap_group groups[GROUPS] = {[KERNEL] = {"kernel", 212, 55},
						    [PROGRAMS] = {"programs", 28, 60},
						    [FILES] = {"files", 120, 40},
						    [REST] = {"the rest", 0, 0}};

static int help(void)
{
	fputs("usage: kiln inspect [options] IMAGE\n\n"
	      "Shows an image's platform, components, programs and files, with their sizes in bytes.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExamples:\n"
	      "  kiln inspect web.kiln\n"
	      "  kiln inspect web.kiln --svg web.svg       what takes the space, as a picture\n",
	      stdout);
	return 0;
}

struct kernel_bytes {
	uint64_t text, constant, data, bss;
};

static struct kernel_bytes segments(const struct image_file *f)
{
	struct kernel_bytes k = {0, 0, 0, 0};

	for (unsigned i = 0; i < elf_file_header(&f->map)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(&f->map, i);

		if (ph.p_type != PT_LOAD || f->map.data + ph.p_offset == f->start)
			continue;
		if (ph.p_flags & PF_X)
			k.text += ph.p_filesz;
		else if (ph.p_flags & PF_W)
			k.data += ph.p_filesz, k.bss += ph.p_memsz - ph.p_filesz;
		else
			k.constant += ph.p_filesz;
	}
	return k;
}

struct items {
	struct treemap_item *item;
	size_t count;
	bool zeros; /* files of no bytes too */
};

static void add(struct items *t, const char *name, uint64_t bytes, enum group g)
{
	t->item = xrealloc(t->item, (t->count + 1) * sizeof *t->item);
	t->item[t->count++] = (struct treemap_item){xstrdup(name), bytes, g};
}

static void items_free(struct items *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->item[i].name);
	free(t->item);
}

static int by_bytes(const void *a, const void *b)
{
	const struct treemap_item *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void components(const struct image_file *f, struct items *t)
{
	const char *name;
	uint64_t bytes;

	for (unsigned i = 0; (name = image_file_component(f, i, &bytes)); i++)
		add(t, name, bytes, KERNEL);
	if (t->count)
		qsort(t->item, t->count, sizeof *t->item, by_bytes);
}

/* Names are whoever's who made the image: what a terminal obeys is shown as \ooo. To be freed. */
static char *shown(const char *name)
{
	struct str s = {0};

	str_add(&s, "");
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == '\177')
			str_addf(&s, "\\%03o", (unsigned)*name);
		else
			str_add_n(&s, name, 1);
	return s.p;
}

static void print_components(const struct image_file *f)
{
	__attribute__((cleanup(items_free))) struct items t = {0};
	const char *name;
	uint64_t bytes;

	printf("components ");
	for (unsigned i = 0; (name = image_file_component(f, i, &bytes)); i++) {
		AUTO_FREE char *text = shown(name);

		printf(" %s", text);
	}
	putchar('\n');
	components(f, &t);
	for (size_t i = 0; i < t.count && t.item[0].bytes; i++) {
		AUTO_FREE char *text = shown(t.item[i].name);

		printf("  component %10llu  %s\n", (unsigned long long)t.item[i].bytes, text);
	}
}

static void print_file(void *ctx, const char *path, unsigned mode, uint64_t size)
{
	AUTO_FREE char *text = shown(path);

	(void)ctx;
	if (!S_ISDIR(mode))
		printf("  file      %10llu  %s%s\n", (unsigned long long)size, text,
		       S_ISLNK(mode) ? " (a symbolic link)" : "");
}

static void add_file(void *ctx, const char *path, unsigned mode, uint64_t size)
{
	struct items *t = ctx;

	if (S_ISREG(mode) && (size || t->zeros))
		add(t, path, size, FILES);
}

static int corrupt(const struct image_file *f, struct error *err)
{
	return error_set(err, "%s: its file system is corrupt", f->path);
}

static int print_text(const struct image_file *f, struct error *err)
{
	static const char *const what[] = {
	    [IMAGE_CONFIG] = "config", [IMAGE_PROGRAM] = "program", [IMAGE_ROOTFS] = "files", [IMAGE_FILE] = "file"};
	struct kernel_bytes k = segments(f);
	AUTO_FREE char *platform = shown(f->platform);

	printf("image       %zu bytes, platform %s%s\n", f->map.size, platform,
	       f->payload->flags & IMAGE_ALLOW_WX ? ", memory may be writable and executable" : "");
	printf("kernel      text %llu, constants %llu, data %llu, zeros %llu\n", (unsigned long long)k.text,
	       (unsigned long long)k.constant, (unsigned long long)k.data, (unsigned long long)k.bss);
	printf("payload     %llu bytes\n", (unsigned long long)f->payload->size);
	print_components(f);
	for (unsigned i = 0; i < f->payload->count; i++) {
		const struct image_entry *e = &image_entries(f->payload)[i];
		AUTO_FREE char *name = shown(e->name);

		printf("%-12s%10llu  %s\n", what[e->type], (unsigned long long)e->size, name);
		if (e->type == IMAGE_ROOTFS && !erofs_list(image_file_data(f, e), e->size, print_file, NULL))
			return corrupt(f, err);
	}
	return 0;
}

static json_t *entry(const char *name, uint64_t bytes)
{
	/* Names in an image may be any bytes. */
	json_t *j = json_pack("{s:s?, s:I}", "name", name, "bytes", (json_int_t)bytes);

	return j ? j : json_pack("{s:s, s:I}", "name", "?", "bytes", (json_int_t)bytes);
}

static int print_json(const struct image_file *f, struct error *err)
{
	__attribute__((cleanup(items_free))) struct items t = {.zeros = true};
	struct kernel_bytes k = segments(f);
	json_t *lists[] = {[KERNEL] = json_array(), [PROGRAMS] = json_array(), [FILES] = json_array()};
	AUTO_JSON json_t *doc =
	    json_pack("{s:I, s:s, s:b, s:{s:I, s:I, s:I, s:I}, s:I, s:o, s:o, s:o}", "bytes", (json_int_t)f->map.size,
		      "platform", f->platform, "allow-wx", f->payload->flags & IMAGE_ALLOW_WX, "kernel", "text",
		      (json_int_t)k.text, "constants", (json_int_t)k.constant, "data", (json_int_t)k.data, "zeros",
		      (json_int_t)k.bss, "payload", (json_int_t)f->payload->size, "components", lists[KERNEL],
		      "programs", lists[PROGRAMS], "files", lists[FILES]);

	if (!doc)
		return error_set(err, "%s: names that JSON cannot hold", f->path);
	components(f, &t);
	for (unsigned i = 0; i < f->payload->count; i++) {
		const struct image_entry *e = &image_entries(f->payload)[i];

		if (e->type == IMAGE_PROGRAM)
			add(&t, e->name, e->size, PROGRAMS);
		else if (e->type == IMAGE_FILE)
			add(&t, e->name, e->size, FILES);
		else if (e->type == IMAGE_CONFIG)
			json_object_set_new(doc, "config", json_integer((json_int_t)e->size));
		else if (!erofs_list(image_file_data(f, e), e->size, add_file, &t))
			return corrupt(f, err);
	}
	for (size_t i = 0; i < t.count; i++)
		json_array_append_new(lists[t.item[i].group], entry(t.item[i].name, t.item[i].bytes));
	json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	putchar('\n');
	return 0;
}

static uint64_t sum(const struct items *t, size_t from)
{
	uint64_t n = 0;

	for (size_t i = from; i < t->count; i++)
		n += t->item[i].bytes;
	return n;
}

static int draw(const struct image_file *f, const char *path, struct error *err)
{
	__attribute__((cleanup(items_free))) struct items t = {0};
	AUTO_STR struct str s = {0}, title = {0};
	struct kernel_bytes k = segments(f);
	uint64_t kernel = k.text + k.constant + k.data;

	components(f, &t);
	if (sum(&t, 0) <= kernel)
		add(&t, sum(&t, 0) ? "between components" : "kernel", kernel - sum(&t, 0), KERNEL);
	for (unsigned i = 0; i < f->payload->count; i++) {
		const struct image_entry *e = &image_entries(f->payload)[i];
		size_t first = t.count;

		if (e->type == IMAGE_PROGRAM) {
			add(&t, e->name, e->size, PROGRAMS);
		} else if (e->type == IMAGE_FILE) {
			add(&t, e->name, e->size, FILES);
		} else if (e->type == IMAGE_CONFIG) {
			add(&t, "configuration", e->size, REST);
		} else {
			if (!erofs_list(image_file_data(f, e), e->size, add_file, &t))
				return corrupt(f, err);
			if (sum(&t, first) < e->size)
				add(&t, "file system", e->size - sum(&t, first), FILES);
		}
	}
	if (sum(&t, 0) < f->map.size)
		add(&t, "headers, filled pages", f->map.size - sum(&t, 0), REST);
	str_addf(&title, "%s: ", file_base(f->path));
	svg_number(&title, f->map.size);
	str_addf(&title, " bytes for %s", f->platform);
	treemap(&s, title.p, groups, GROUPS, t.item, t.count);
	return svg_write(&s, path, err);
}

int command_inspect(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	AUTO_IMAGE_FILE struct image_file f = {0};
	const char *path = NULL, *svg = NULL;
	bool json = false;
	int id;

	while ((id = options_next(&o, err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (id == SVG) {
			svg = o.value;
		} else if (id == JSON) {
			json = true;
		} else if (options_take_word(&o, &path, err) < 0) {
			return -1;
		}
	}
	if (options_need_word(id, path, "which image? kiln inspect IMAGE", err) < 0)
		return -1;
	if (svg && json)
		return error_usage(err, "--svg or --json, one of them");
	if (image_file_open(&f, path, err) < 0)
		return -1;
	if (svg)
		return draw(&f, svg, err) < 0 ? -1 : 0;
	return json ? print_json(&f, err) : print_text(&f, err);
}
