/* SPDX-License-Identifier: ISC */
/* Baking: programs, files, configuration and components to one image. */
#ifndef BAKE_H
#define BAKE_H

#include <jansson.h>
#include <stdbool.h>

#include "components.h"

/* Where Debian and its kin have the certificates of the authorities, here and in an image. */
#define CA_CERTS "/etc/ssl/certs/ca-certificates.crt"

struct bake {
	char *const *programs;
	size_t program_count;
	const char *components; /* -C's word, or NULL */
	const char *default_set;
	const char *root; /* -r's directory, or NULL */
	const char *ca_certs; /* the bundle that becomes CA_CERTS, or NULL */
	const char *debug; /* where the symbols go, or NULL */
	json_t *config; /* goes into the image, checked; NULL: none */
	const json_t
	    *plan; /* the configuration that it will run with, as far as known: what it needs is in the image */
	const struct strv *features; /* what else components.txt names them for ("for FEATURE NAME…"), or NULL */
	bool allow_wx;
	bool terminal; /* it is to have one, with a line discipline of its own */
};

/*
 * Makes the image at `output`: complete and checked, or not there. With temporary set, the path is one of temp_path;
 * otherwise the image replaces what is there at the very end.
 */
int bake_image(const struct bake *b, const char *output, bool temporary, struct error *err);

#endif
