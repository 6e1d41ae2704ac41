/* SPDX-License-Identifier: ISC */
// USES: host/kiln/pkg_recipe.c host/hostlib/file.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/temp.c
/* Recipes as people write them, and those that are none. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "hostlib/cleanup.h"
#include "hostlib/file.h"
#include "hostlib/str.h"
#include "host/kiln/pkg.h"
#include "test/tap.h"

static struct error err;

static char top[] = "/tmp/kiln.test_pkg.XXXXXX";

/* Reads the package "p" whose recipe is this text. */
static int read_text(struct recipe *r, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/packages/p/recipe", top);

	if (file_write(path, text, strlen(text), 0600, &err) < 0)
		return -2;
	return recipe_read(r, "p", &err);
}

static bool is(const char *got, const char *want)
{
	return want ? got && !strcmp(got, want) : !got;
}

int main(void)
{
	AUTO_FREE char *packages = NULL, *p = NULL, *recipe = NULL;
	struct recipe r;

	if (!mkdtemp(top))
		return 1;
	setenv("KILN_LIBDIR", top, 1);
	packages = recipe_directory();
	p = xasprintf("%s/p", packages);
	recipe = xasprintf("%s/recipe", p);
	mkdir(packages, 0700);
	mkdir(p, 0700);
	tap_ok(read_text(&r, "# about: no\nabout:\tA thing: two words\nprogram: bin/thing\nshell: x\nrun: -m 8M -i") ==
		       0 &&
		   is(r.about, "A thing: two words") && is(r.program, "bin/thing") && is(r.run, "-m 8M -i") &&
		   is(r.root, NULL),
	       "comments, other keys, tabs, colons, no newline at the end");
	recipe_free(&r);
	tap_ok(read_text(&r, "\nabout: one\n\nabout: two\n") == 0 && is(r.about, "two") && is(r.program, NULL),
	       "the last line of a key counts; a library has no program");
	recipe_free(&r);
	tap_ok(read_text(&r, "program: x\nno colon\n") == -1 && strstr(err.text, "about"), "no line about: %s",
	       err.text);
	tap_ok(read_text(&r, "") == -1, "an empty recipe");
	tap_ok(recipe_read(&r, "missing", &err) == -1 && strstr(err.text, "no package \"missing\""),
	       "a package that is not there");
	tap_ok(recipe_read(&r, "../p", &err) == -1 && err.status == STATUS_USAGE, "a name that leads elsewhere");
	unlink(recipe);
	rmdir(p);
	rmdir(packages);
	rmdir(top);
	return tap_end();
}
