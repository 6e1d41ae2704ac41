/* SPDX-License-Identifier: ISC */
/* `kiln bake`: the command line around bake_image, and the lists of sets and components. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "hostlib/cleanup.h"

enum { OUTPUT = OPTION_USER, DEBUG, LIST, DESCRIBE, PROFILE, CORE, BOOT_CHART };

static const struct option_def options[] = {
    {OUTPUT, 'o', "output", "IMAGE", "where the image goes"},
    COMMON_OPTIONS,
    {DEBUG, 0, "debug", "[=FILE]", "keep the symbols, in IMAGE.debug or FILE, for gdb and backtraces"},
    {PROFILE, 0, "profile", NULL, "make it fit for kiln run --profile"},
    {CORE, 0, "core", NULL, "make it fit for kiln run --core"},
    {BOOT_CHART, 0, "boot-chart", NULL, "make it fit for kiln run --boot-chart"},
    {LIST, 0, "list", NULL, "list the component sets and the components, with their sizes"},
    {DESCRIBE, 0, "describe", "SET", "show what is in a set (or what a component is)"},
    {0, 0, NULL, NULL, NULL},
};

static int help(void)
{
	fputs("usage: kiln bake [options] -o IMAGE PROGRAM...\n"
	      "       kiln bake --list | --describe SET\n\n"
	      "Links programs, their files and the kernel components that they can use into an image.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExamples:\n"
	      "  kiln bake -o hello.kiln hello                     for QEMU, KVM and other hypervisors\n"
	      "  kiln bake -P sandbox -o hello.kiln hello          for the sandbox\n"
	      "  kiln bake -r www -c web.json -o web.kiln web      with files and a configuration\n"
	      "  kiln bake -C virtio,-net,-socket -o small.kiln hello\n"
	      "                                                    a set of components, without some\n",
	      stdout);
	return 0;
}

static uint64_t set_bytes(const struct index *x, const struct component_set *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->members.n; i++)
		n += index_component(x, s->members.v[i])->bytes;
	return n;
}

static int list(struct error *err)
{
	AUTO_INDEX struct index x = {0};

	if (index_load(&x, err) < 0)
		return -1;
	printf("Component sets:\n");
	for (unsigned i = 0; i < x.sets; i++)
		printf("  %-14s%9llu  %s\n", x.set[i].name, (unsigned long long)set_bytes(&x, &x.set[i]),
		       x.set[i].text ? x.set[i].text : "");
	printf("\nComponents (bytes at most; what nothing refers to is left out of an image):\n");
	for (unsigned i = 0; i < x.components; i++)
		printf("  %-14s%9llu  %s\n", x.component[i].name, (unsigned long long)x.component[i].bytes,
		       x.component[i].text ? x.component[i].text : "");
	return 0;
}

static void describe_component(const struct index *x, const struct component *c)
{
	bool any = false;

	printf("%s: %s\n%llu bytes at most\n", c->name, c->text ? c->text : "a component",
	       (unsigned long long)c->bytes);
	for (unsigned nr = 0; nr < CALLS_MAX; nr++) {
		if (x->provider[nr] != c)
			continue;
		printf("%s%s", any ? " " : "system calls: ", x->call[nr]);
		any = true;
	}
	if (any)
		putchar('\n');
}

static int describe(const char *name, struct error *err)
{
	AUTO_INDEX struct index x = {0};
	const struct component_set *s;
	const struct component *c;
	unsigned callers = 0;

	if (index_load(&x, err) < 0)
		return -1;
	s = index_set(&x, name);
	c = index_component(&x, name);
	if (!s && !c)
		return error_usage(err, "no component set or component \"%s\"; kiln bake --list shows them", name);
	if (!s) {
		describe_component(&x, c);
		return 0;
	}
	printf("%s: %s\n", s->name, s->text ? s->text : "a component set");
	for (size_t i = 0; i < s->members.n; i++) {
		c = index_component(&x, s->members.v[i]);
		printf("  %-14s%9llu  %s", c->name, (unsigned long long)c->bytes, c->text ? c->text : "");
		for (size_t k = 0; k < c->with.n; k++)
			printf("%s%s", k ? " or " : " (only with ", c->with.v[k]);
		printf("%s\n", c->with.n ? ")" : "");
	}
	for (unsigned i = 0; i < x.components; i++) {
		bool calls = false;

		for (unsigned nr = 0; nr < CALLS_MAX; nr++)
			calls |= x.provider[nr] == &x.component[i];
		if (calls && !callers++)
			printf("and, by the system calls that the programs can make:\n");
		if (calls)
			printf("  %-14s%9llu  %s\n", x.component[i].name, (unsigned long long)x.component[i].bytes,
			       x.component[i].text ? x.component[i].text : "");
	}
	return 0;
}

/* The output can be written, and is none of the programs. */
static int check_output(const char *output, const struct strv *programs, struct error *err)
{
	AUTO_FREE char *dir = xstrndup(output, (size_t)(file_base(output) - output));
	struct stat out, in;

	if (access(*dir ? dir : ".", W_OK) < 0)
		return error_errno(err, "cannot write %s", output);
	if (stat(output, &out) < 0)
		return 0;
	if (S_ISDIR(out.st_mode))
		return error_set(err, "%s: a directory; -o takes the image's name", output);
	for (size_t i = 0; i < programs->n; i++)
		if (!stat(programs->v[i], &in) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return error_set(err, "-o %s would replace the program", output);
	return 0;
}

int command_bake(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	AUTO_COMMON struct common common;
	AUTO_STRV struct strv programs = {0}, features = {0};
	AUTO_FREE char *debug = NULL;
	AUTO_JSON json_t *config = NULL;
	const char *output = NULL, *debug_file = NULL;
	bool want_debug = false;
	struct bake b;
	int id, r;

	common_init(&common);
	while ((id = options_next(&o, err)) > 0) {
		switch (id) {
		case OPTION_HELP: return help();
		case OPTION_WORD: strv_add(&programs, o.value); break;
		case OUTPUT: output = o.value; break;
		case DEBUG:
			want_debug = true;
			debug_file = o.value;
			break;
		case PROFILE: strv_add(&features, "profile"); break;
		case CORE: strv_add(&features, "core"); break;
		case BOOT_CHART: strv_add(&features, "boot-chart"); break;
		case LIST: return list(err);
		case DESCRIBE: return describe(o.value, err);
		default:
			r = common_option(&common, id, o.value, err);
			if (r < 0)
				return -1;
		}
	}
	if (id < 0)
		return -1;
	if (!programs.n)
		return error_usage(err, "which program? kiln bake -o IMAGE PROGRAM...");
	if (!output)
		return error_usage(err, "-o IMAGE is missing");
	if (check_output(output, &programs, err) < 0)
		return -1;
	config = common_config(&common, err);
	if (!config)
		return -1;
	if (want_debug)
		debug = debug_file ? xstrdup(debug_file) : xasprintf("%s.debug", output);
	b = (struct bake){.programs = programs.v,
			  .program_count = programs.n,
			  .components = common.components,
			  .default_set = platform_set(common.platform),
			  .root = common.root,
			  .ca_certs = common.ca_certs,
			  .debug = debug,
			  .config = config,
			  .plan = config,
			  .features = &features,
			  .allow_wx = common.allow_wx};
	return bake_image(&b, output, false, err);
}
