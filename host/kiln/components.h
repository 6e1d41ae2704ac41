/* SPDX-License-Identifier: ISC */
/*
 * The kernel components that an image can be linked from: `components/index` in the data directory, and their objects.
 * Lines of the index: `component NAME BYTES`, `call NUMBER NAME COMPONENT`, `describe NAME text…`, `set NAME COMPONENT…`,
 * `with NAME OTHER…` (of a set, NAME is only wanted beside one of the others), `ldflags PLATFORM word…`,
 * `for FEATURE NAME…` (wanted when the image has a root file system, is to trace calls …). A set may be named several times.
 */
#ifndef COMPONENTS_H
#define COMPONENTS_H

#include "program.h"

struct component {
	char *name, *text; /* text: NULL when nobody described it */
	uint64_t bytes;
	bool platform; /* has a linker script */
	bool chosen;
	struct strv with, ldflags;
	struct strv defined, undefined; /* global symbols; filled when first needed */
	bool symbols_read;
};

struct component_set {
	char *name, *text;
	struct strv members;
};

struct index {
	char *dir; /* of the index, the objects and the linker scripts */
	struct component *component;
	struct component_set *set, *feature;
	unsigned components, sets, features;
	struct component *provider[CALLS_MAX];
	char *call[CALLS_MAX];
};

#define AUTO_INDEX __attribute__((cleanup(index_free)))

int index_load(struct index *x, struct error *err);
/* Lines of an index, for index_load and its tests: `dir` is where linker scripts are looked for. */
int index_parse(struct index *x, const char *dir, char *text, struct error *err);
void index_free(struct index *x);
struct component *index_component(const struct index *x, const char *name);
const struct component_set *index_set(const struct index *x, const char *name);
/* The set's platform component, or NULL. */
struct component *index_set_platform(const struct index *x, const struct component_set *s);

struct choice {
	const char *spec; /* -C's word, SET[,+NAME][,-NAME], or NULL */
	const char *default_set; /* when spec names none */
	const struct call_set *calls;
	struct strv features; /* of `for` lines */
};

/*
 * Marks what an image needs as chosen: the set, of the components that provide system calls those whose calls are wanted,
 * those of the features; then what these refer to, by their symbols. The platform is left in *platform.
 */
int index_choose(struct index *x, const struct choice *choice, struct component **platform, struct error *err);

#endif
