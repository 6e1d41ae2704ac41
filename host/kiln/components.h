/* SPDX-License-Identifier: ISC */
/*
 * The kernel components that an image can be linked from: `components/index` in the data directory, and their objects.
 * Lines of the index: `component NAME BYTES`, `call NUMBER NAME COMPONENT`, `describe NAME text…`, `set NAME COMPONENT…`,
 * `with NAME OTHER…` (of a set, NAME is only wanted beside one of the others), `ldflags PLATFORM word…`.
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
	struct component_set *set;
	unsigned components, sets;
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

/*
 * Marks what an image needs as chosen: `spec` is -C's word (SET[,+NAME][,-NAME]; NULL or no SET: default_set), and of the
 * components that provide system calls those whose calls are wanted; then what these refer to, by their symbols. The
 * platform is left in *platform.
 */
int index_choose(struct index *x, const char *spec, const char *default_set, const struct call_set *calls,
		 struct component **platform, struct error *err);

#endif
