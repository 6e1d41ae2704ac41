/* SPDX-License-Identifier: ISC */
/* What bake gives the linker beside the components: payload.o (notes and payload) and systab.ld. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "components.h"
#include "program.h"

struct payload_part {
	uint32_t type; /* enum image_type */
	const char *name;
	const void *data; /* what it holds, or NULL: the file */
	const char *path;
	uint64_t size;
};

/* Writes a relocatable object with the sections .note.kiln (platform, chosen components) and .kiln.payload. */
int payload_write(const char *path, const struct index *x, const struct component *platform,
		  const struct payload_part *parts, unsigned count, uint32_t flags, struct error *err);
/* Writes systab.ld: the entries of the calls that are wanted and whose components are chosen. */
int payload_write_systab(const char *path, const struct index *x, const struct call_set *calls, struct error *err);

#endif
