/* SPDX-License-Identifier: ISC */
/* A profile's samples as folded stacks: lines "program;outer;inner N", the kernel's functions with the suffix "_[k]". */
#ifndef FOLD_H
#define FOLD_H

#include "image_file.h"

/*
 * Reads the records in raw (abi/trace.h) and writes the file. symbols: the kernel's, as kiln bake --debug keeps them;
 * NULL: there are none. *samples is set.
 */
int fold(int raw, const struct image_file *image, const char *symbols, const char *output, unsigned long *samples,
	 struct error *err);

#endif
