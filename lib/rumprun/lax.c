/* SPDX-License-Identifier: ISC */
/* The text is made JSON once; then pieces of it are found by walking, since a tree would need memory. */
#include "lax.h"

#include "lib/string.h"

void lax_put(struct lax_out *o, const char *p, size_t n)
{
	o->full |= n > o->room - o->n;
	if (o->full)
		return;
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

void lax_text(struct lax_out *o, const char *s)
{
	lax_put(o, s, strlen(s));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A string from its quote on; the position behind it, or n: it does not end. */
static size_t copy_string(const char *s, size_t i, size_t n, bool undouble, struct lax_out *o)
{
	lax_put(o, &s[i++], 1);
	for (; i < n && s[i] != '"'; i++) {
		lax_put(o, &s[i], 1);
		if (s[i] == '\\' && i + 1 < n)
			lax_put(o, &s[++i], 1);
		else if (undouble && s[i] == ',' && i + 1 < n && s[i + 1] == ',')
			i++;
	}
	if (i < n)
		lax_put(o, &s[i++], 1);
	else
		o->full = true;
	return i;
}

bool lax_clean(const char *s, size_t n, bool undouble, struct lax_out *o, struct lax_commas *c)
{
	char last = '{';
	size_t i = 0;

	while (i < n) {
		unsigned run = 0;

		for (; i < n && (s[i] == ',' || is_blank(s[i])); i++)
			run += s[i] == ',';
		if (run > 0) {
			*(run > 1 ? &c->doubled : &c->single) += 1;
			c->odd += run > 1 || last == '{' || last == '[' || i == n || s[i] == '}' || s[i] == ']';
			if (last != '{' && last != '[' && i < n && s[i] != '}' && s[i] != ']')
				lax_text(o, ",");
		}
		if (i == n)
			break;
		last = s[i];
		if (s[i] == '"')
			i = copy_string(s, i, n, undouble, o);
		else
			lax_put(o, &s[i++], 1);
	}
	return !o->full;
}

/* The value at *p; false: none. */
static bool value(const char **p, const char *end, struct lax_span *v)
{
	unsigned depth = 0;
	bool text = false;

	v->p = *p;
	for (; *p < end; ++*p) {
		char c = **p;

		if (text && c == '\\' && *p + 1 < end) {
			++*p;
			continue;
		}
		if (c == '"')
			text = !text;
		if (text)
			continue;
		if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
	}
	v->n = (size_t)(*p - v->p);
	return v->n > 0 && depth == 0 && !text;
}

bool lax_next(struct lax_span in, const char **at, struct lax_span *key, struct lax_span *v)
{
	const char *end = in.p + in.n;

	if (*at == NULL)
		*at = in.p + 1;
	else if (*at < end && **at == ',')
		++*at;
	else
		return false;
	if (key == NULL)
		return value(at, end, v);
	if (!value(at, end, key) || key->p[0] != '"' || *at >= end || **at != ':')
		return false;
	++*at;
	return value(at, end, v);
}

bool lax_is(struct lax_span s, const char *quoted)
{
	return s.n == strlen(quoted) && memcmp(s.p, quoted, s.n) == 0;
}

bool lax_same(struct lax_span a, struct lax_span b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

char lax_get(struct lax_span object, const char *quoted, struct lax_span *v)
{
	const char *at = NULL;
	struct lax_span key;

	while (object.p[0] == '{' && lax_next(object, &at, &key, v))
		if (lax_is(key, quoted))
			return v->p[0];
	v->n = 0;
	return '\0';
}
