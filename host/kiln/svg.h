/* SPDX-License-Identifier: ISC */
/* What the pictures share: text that is safe in XML, and the letters' width. */
#ifndef SVG_H
#define SVG_H

#include <stdio.h>

#include "hostlib/str.h"

#define SVG_FONT   "system-ui,Helvetica,Arial,sans-serif"
#define SVG_LETTER 7.0 /* px, an average at 12 px */

/* Adds text with & < > " and control characters escaped; what is not UTF-8 becomes '?'. */
void svg_text(struct str *s, const char *text);
/* The same, cut so that it takes no more than `px`, with an ellipsis; nothing at all when that is too little. */
void svg_text_fit(struct str *s, const char *text, double px);
/* "12,345". */
void svg_number(struct str *s, unsigned long long n);
/* Writes the picture to a file; "-": standard output. */
struct error;
int svg_write(const struct str *s, const char *path, struct error *err);

#endif
