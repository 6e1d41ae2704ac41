/* SPDX-License-Identifier: ISC */
/* JSON that is not quite JSON, and writing pieces of it. Spans are pieces of a text, strings with their quotes. */
#ifndef LAX_H
#define LAX_H

#include "lib/rumprun.h"

struct lax_span {
	const char *p;
	size_t n;
};

struct lax_out {
	char *p;
	size_t n, room;
	bool full;
	rumprun_note *note;
	void *arg;
};

/* What separates things in the document. */
struct lax_commas {
	unsigned single, doubled, odd;
};

/* What finds no room is dropped, and `full` is set. */
void lax_put(struct lax_out *o, const char *p, size_t n);
void lax_text(struct lax_out *o, const char *s);

/* Without blanks and odd commas; undouble: also in strings. False: a string does not end. */
bool lax_clean(const char *s, size_t n, bool undouble, struct lax_out *o, struct lax_commas *c);

/* The next member of an object, or element of an array (key NULL); *at begins as NULL. */
bool lax_next(struct lax_span in, const char **at, struct lax_span *key, struct lax_span *v);
/* A member's value; its type is that of the first byte, '\0' when it is not there. */
char lax_get(struct lax_span object, const char *quoted, struct lax_span *v);
bool lax_is(struct lax_span s, const char *quoted);
bool lax_same(struct lax_span a, struct lax_span b);

#endif
