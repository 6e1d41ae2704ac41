/* SPDX-License-Identifier: ISC */
/* A package's recipe (docs/packages.md): lines "KEY: VALUE". How it is built is the business of packages/build. */
#ifndef PKG_H
#define PKG_H

#include "hostlib/error.h"

struct recipe {
	char *about;
	char *program; /* of the installed tree */
	char *root; /* likewise: the directory that becomes the image's root; or NULL */
	char *run; /* options for `kiln run`; or NULL */
	char *arguments; /* when none are given; or NULL */
};

#define AUTO_RECIPE __attribute__((cleanup(recipe_free)))

/* Where the packages are: a directory beside kiln's data. To be freed. */
char *recipe_directory(void);
int recipe_read(struct recipe *r, const char *name, struct error *err);
void recipe_free(struct recipe *r);

#endif
