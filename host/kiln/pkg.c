/* SPDX-License-Identifier: ISC */
/*
 * `kiln pkg`: lists, builds and runs the packages (docs/packages.md). Building is done by packages/build, which prints
 * where the installed tree is; running is `kiln run` of the program in it, or, with -P linux, the program itself.
 */
#include "pkg.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "hostlib/file.h"
#include "hostlib/process.h"

enum { PLATFORM = OPTION_USER, OPTIONS, TERMINAL };

static const struct option_def options[] = {
    {PLATFORM, 'P', "platform", "PLATFORM|linux", "run: qemu, microvm, kvm, sandbox, or linux: as an ordinary process"},
    {TERMINAL, 't', "tty", NULL, "run: a terminal, as kiln run -it"},
    {OPTIONS, 0, "kiln", "'OPTIONS'", "run: more options for kiln run"},
    {0, 0, NULL, NULL, NULL},
};

static int help(void)
{
	fputs("usage: kiln pkg list\n"
	      "       kiln pkg build NAME\n"
	      "       kiln pkg run [options] NAME [ARGUMENT...]\n\n"
	      "Upstream programs, built for Kiln from their unmodified sources. build prints the directory of the\n"
	      "installed files.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExample: kiln pkg run sqlite :memory: 'select sqlite_version()'\n", stdout);
	return 0;
}

static int has_recipe(const struct dirent *e)
{
	return *e->d_name != '.' && !strchr(e->d_name, '~');
}

static int list(struct error *err)
{
	AUTO_FREE char *directory = recipe_directory();
	struct dirent **entries;
	int n = scandir(directory, &entries, has_recipe, alphasort), status = 0;

	if (n < 0)
		return error_errno(err, "%s", directory);
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s/recipe", directory, entries[i]->d_name);
		AUTO_RECIPE struct recipe r = {0};

		if (status == 0 && access(path, F_OK) == 0) {
			status = recipe_read(&r, entries[i]->d_name, err);
			if (status == 0)
				printf("%-12s %s\n", entries[i]->d_name, r.about);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* The installed tree, to be freed; NULL with err. */
static char *build(const char *name, struct error *err)
{
	AUTO_FREE char *directory = recipe_directory();
	AUTO_FREE char *script = xasprintf("%s/build", directory);
	AUTO_FREE char *argument = xstrdup(name);
	AUTO_STR struct str out = {0};
	char *argv[] = {script, argument, NULL}, buf[512];
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return error_errno(err, "pipe"), NULL;
	pid = process_start(argv, &(struct process_files){.in = -1, .out = fd[1], .err = -1}, err);
	close(fd[1]);
	while (pid > 0 && ((n = read(fd[0], buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0)
			str_add_n(&out, buf, (size_t)n);
	close(fd[0]);
	if (pid < 0)
		return NULL;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(err, "%s", script), NULL;
	if (status || !out.len)
		return error_set(err, "the package %s could not be built", name), NULL;
	out.p[out.len - (out.p[out.len - 1] == '\n')] = '\0';
	return TAKE(out.p);
}

static void add_words(struct strv *v, const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, " ");

		if (n)
			strv_take(v, xstrndup(text, n));
		text += n + strspn(text + n, " ");
	}
}

static int run(const struct recipe *r, const char *tree, const char *platform, bool terminal, const char *more,
	       char **arguments, struct error *err)
{
	AUTO_STRV struct strv argv = {0};
	bool native = platform && !strcmp(platform, "linux");

	if (!native) {
		strv_add(&argv, "run");
		if (platform)
			strv_addf(&argv, "--platform=%s", platform);
		if (r->root)
			strv_addf(&argv, "--root=%s/%s", tree, r->root);
		add_words(&argv, r->run);
		if (terminal)
			strv_add(&argv, "-it");
		add_words(&argv, more);
	}
	strv_addf(&argv, "%s/%s", tree, r->program);
	if (!*arguments)
		add_words(&argv, r->arguments);
	while (*arguments)
		strv_add(&argv, *arguments++);
	return native ? process_run(argv.v, NULL, err) : command_run((int)argv.n, argv.v, err);
}

static int run_command(struct options *o, struct error *err)
{
	const char *platform = NULL, *more = NULL, *name = NULL;
	AUTO_RECIPE struct recipe r = {0};
	AUTO_FREE char *tree = NULL;
	bool terminal = false;
	int id;

	while (!name && (id = options_next(o, err)) != 0)
		switch (id) {
		case PLATFORM: platform = o->value; break;
		case TERMINAL: terminal = true; break;
		case OPTIONS: more = o->value; break;
		case OPTION_HELP: return help();
		case OPTION_WORD: name = o->value; break;
		default: return -1;
		}
	if (!name)
		return error_usage(err, "no package is named (kiln pkg list)");
	if (recipe_read(&r, name, err) < 0)
		return -1;
	if (!r.program)
		return error_set(err, "the package %s has no program to run: it is a library", name);
	tree = build(name, err);
	return tree ? run(&r, tree, platform, terminal, more, options_rest(o) + 1, err) : -1;
}

int command_pkg(int argc, char **argv, struct error *err)
{
	const char *verb = argc > 1 ? argv[1] : "";
	AUTO_RECIPE struct recipe r = {0};
	AUTO_FREE char *tree = NULL;
	struct options o = OPTIONS_INIT(options, argc - 1, argv + 1);

	if (!strcmp(verb, "--help") || !strcmp(verb, "-h"))
		return help();
	if (!strcmp(verb, "list") && argc == 2)
		return list(err);
	if (!strcmp(verb, "run"))
		return run_command(&o, err);
	if (strcmp(verb, "build") != 0 || argc != 3)
		return error_usage(err, "kiln pkg list, kiln pkg build NAME or kiln pkg run NAME (kiln pkg --help)");
	if (recipe_read(&r, argv[2], err) < 0)
		return -1;
	tree = build(argv[2], err);
	if (!tree)
		return -1;
	puts(tree);
	return 0;
}
