/* SPDX-License-Identifier: ISC */
/* `kiln config`: check a file, print an image's configuration. */
#include <stdio.h>
#include <string.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "image_file.h"

static const struct option_def options[] = {{0, 0, NULL, NULL, NULL}};

static int help(void)
{
	fputs("usage: kiln config check FILE\n"
	      "       kiln config print IMAGE\n\n"
	      "check: the configuration in FILE (JSON) as it will be understood, or what is wrong with it. Rumprun's "
	      "form is\n"
	      "translated. print: the configuration that was baked into IMAGE.\n\n"
	      "Examples:\n"
	      "  kiln config check web.json\n"
	      "  kiln config print web.kiln\n",
	      stdout);
	return 0;
}

static int print(const json_t *doc, struct error *err)
{
	AUTO_FREE char *text = json_dumps(doc, JSON_INDENT(2));

	if (!text)
		return error_set(err, "cannot print the configuration");
	puts(text);
	return 0;
}

static int print_image(const char *path, struct error *err)
{
	AUTO_IMAGE_FILE struct image_file f = {0};
	AUTO_STRV struct strv warnings = {0};
	AUTO_JSON json_t *doc = NULL;
	const struct image_entry *e;
	unsigned i = 0;

	if (image_file_open(&f, path, err) < 0)
		return -1;
	e = image_file_entry(&f, IMAGE_CONFIG, &i);
	if (!e) {
		puts("{}");
		return 0;
	}
	doc = config_parse(image_file_data(&f, e), e->size, &warnings, err);
	return doc ? print(doc, err) : error_wrap(err, "%s", path);
}

int command_config(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	AUTO_JSON json_t *doc = NULL;
	const char *word[2];
	struct error later;
	int id, words = 0;

	while ((id = options_next(&o, err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (words == 2)
			return error_usage(err, "\"%s\" is one word too many", o.value);
		word[words++] = o.value;
	}
	if (id < 0)
		return -1;
	if (!words)
		return error_usage(err, "check or print? kiln config --help shows how");
	if (strcmp(word[0], "check") != 0 && strcmp(word[0], "print") != 0)
		return error_usage(err, "unknown word \"%s\"; there are check and print", word[0]);
	if (words == 1)
		return error_usage(err, "which %s? kiln config %s %s", word[0][0] == 'c' ? "file" : "image", word[0],
				   word[0][0] == 'c' ? "FILE" : "IMAGE");
	if (word[0][0] == 'p')
		return print_image(word[1], err);
	doc = config_load(word[1], err);
	if (!doc)
		return -1;
	if (config_check_mounts(doc, &later) < 0)
		fprintf(stderr, "kiln: warning: %s: %s\n", word[1], later.text);
	return print(doc, err);
}
