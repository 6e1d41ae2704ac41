/* SPDX-License-Identifier: ISC */
/* A Linux program that goes into an image: checked, and what it may ask of the kernel. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>

#include "hostlib/error.h"
#include "hostlib/file.h"
#include "hostlib/str.h"

#define CALLS_MAX 512 /* system-call numbers are below this */

struct call_set {
	bool any;
	bool has[CALLS_MAX];
};

struct program {
	char *path; /* here */
	char *name; /* in the guest: "/bin/NAME", or its place in the root file system */
	bool in_root; /* the latter */
	struct file_map map;
	char *interpreter; /* NULL: none */
	struct call_set calls;
	struct str trimmed; /* what goes into the image; empty: the file as it is */
};

/* Loads and checks; the error names the path. root: the directory that becomes the root file system, or NULL.
 * program_free also after a failure. */
int program_load(struct program *p, const char *path, const char *root, struct error *err);
void program_free(struct program *p);
/* True when the file is an ELF file with a note of the kind (an image has IMAGE_NOTE_PLATFORM). */
bool program_is_image(const struct file_map *m);
/* The description of the first note "Kiln" of this type in an ELF file that was checked, or NULL. */
const void *program_note(const struct file_map *m, unsigned type, size_t *size);
/* What the notes and the text of a checked program say about its system calls. */
void program_calls(const struct file_map *m, struct call_set *calls);

#endif
