/* SPDX-License-Identifier: ISC */
/* One JSON document as tokens, and values in it by path; see kernel/config.h for paths. */
#ifndef KERNEL_JSON_H
#define KERNEL_JSON_H

#include "lib/base.h"

#define JSMN_STRICT
#ifndef JSON_PARSER /* json.c alone has jsmn's code */
#define JSMN_HEADER
#endif
#include <jsmn.h>

struct json_doc {
	const char *text; /* not copied */
	jsmntok_t *tok;
	int count;
};

#define JSON_ABSENT (-1)
#define JSON_DECIDED                                                                                                   \
	(-2) /* absent, but an array or a plain value on the way has the say: do not ask a later document */

/* 0, -EINVAL (not one JSON object; *where is about where), -ENOMEM. */
int json_parse(struct json_doc *d, const char *text, size_t len, size_t *where) MUST_CHECK;
void json_free(struct json_doc *d);
/* The token of the value, or JSON_ABSENT, JSON_DECIDED. */
int json_find(const struct json_doc *d, const char *path);
/* The value token of the i-th member of an object (key token: *key) or element of an array; -1: no more. */
int json_member(const struct json_doc *d, int v, unsigned i, int *key);
/* Text of a string (unescaped) or primitive into buf, terminated when it fits; the length that it has. */
size_t json_text(const struct json_doc *d, int v, char *buf, size_t size);

#endif
