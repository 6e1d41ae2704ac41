/* SPDX-License-Identifier: ISC */
/*
 * JSON on jsmn's tokens. jsmn lets much pass; json_parse checks the rest that later code relies on: every key is a string
 * with one value, literals are literals, escapes are whole, strings hold no NUL. What follows is then free of surprises.
 */
#define JSMN_STATIC
#define JSON_PARSER
#include "json.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

static int hex4(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9'                 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;

		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

/* One character, escaped or not, at *s: its UTF-8 bytes; 0 when it is wrong. */
static unsigned unescape(const char **s, const char *end, char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = *s, *hit;
	int code, low;

	if (*p != '\\') {
		out[0] = *p;
		*s = p + 1;
		return (unsigned char)*p >= 0x20;
	}
	if (end - p < 2)
		return 0;
	hit = p[1] != '\0' ? strchr(from, p[1]) : NULL;
	if (hit != NULL) {
		out[0] = to[hit - from];
		*s = p + 2;
		return 1;
	}
	if (p[1] != 'u' || (code = hex4(p + 2, end)) <= 0)
		return 0;
	p += 6;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || end - p < 6 || p[0] != '\\' || p[1] != 'u')
			return 0;
		low = hex4(p + 2, end);
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	*s = p;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static bool string_ok(const char *s, const char *end)
{
	char c[4];

	while (s < end)
		if (unescape(&s, end, c) == 0)
			return false;
	return true;
}

static bool digits(const char **s, const char *end)
{
	const char *p = *s;

	while (*s < end && **s >= '0' && **s <= '9')
		++*s;
	return *s > p;
}

static bool number_ok(const char *s, const char *end)
{
	if (s < end && *s == '-')
		s++;
	if (!digits(&s, end))
		return false;
	if (s < end && *s == '.') {
		s++;
		if (!digits(&s, end))
			return false;
	}
	if (s < end && (*s | 32) == 'e') {
		s++;
		if (s < end && (*s == '+' || *s == '-'))
			s++;
		if (!digits(&s, end))
			return false;
	}
	return s == end;
}

static bool primitive_ok(const char *s, size_t n)
{
	return (n == 4 && (memcmp(s, "true", n) == 0 || memcmp(s, "null", n) == 0)) ||
	       (n == 5 && memcmp(s, "false", n) == 0) || number_ok(s, s + n);
}

/* The first token behind the value v. */
static int behind(const struct json_doc *d, int v)
{
	int i = v + 1;

	while (i < d->count && d->tok[i].start < d->tok[v].end)
		i++;
	return i;
}

static int check(const struct json_doc *d, size_t len, size_t *where)
{
	for (int i = 0; i < d->count; i++) {
		const jsmntok_t *t = &d->tok[i];
		const char *s = d->text + t->start, *end = d->text + t->end;

		*where = (size_t)t->start;
		if (t->type == JSMN_STRING && !string_ok(s, end))
			return -EINVAL;
		if (t->type == JSMN_PRIMITIVE && (t->size != 0 || !primitive_ok(s, (size_t)(end - s))))
			return -EINVAL;
		if (t->type != JSMN_OBJECT)
			continue;
		for (int k = i + 1, n = 0; n < t->size; n++, k = behind(d, k + 1)) {
			if (k + 1 >= d->count || d->tok[k].type != JSMN_STRING || d->tok[k].size != 1 ||
			    d->tok[k + 1].start >= t->end)
				return -EINVAL;
			if (d->tok[k + 1].type == JSMN_STRING && d->tok[k + 1].size != 0)
				return -EINVAL;
		}
	}
	if (d->count == 0 || d->tok[0].type != JSMN_OBJECT)
		return -EINVAL;
	for (*where = (size_t)d->tok[0].end; *where < len; ++*where)
		if (strchr(" \t\r\n", d->text[*where]) == NULL)
			return -EINVAL;
	return 0;
}

int json_parse(struct json_doc *d, const char *text, size_t len, size_t *where)
{
	jsmn_parser p;
	int err;

	len = strnlen(text, len);
	d->text = text;
	jsmn_init(&p);
	d->count = jsmn_parse(&p, text, len, NULL, 0);
	*where = p.pos;
	if (d->count <= 0)
		return -EINVAL;
	d->tok = kmalloc((size_t)d->count * sizeof *d->tok);
	if (d->tok == NULL)
		return -ENOMEM;
	jsmn_init(&p);
	d->count = jsmn_parse(&p, text, len, d->tok, (unsigned)d->count);
	*where = p.pos;
	err = d->count > 0 ? check(d, len, where) : -EINVAL;
	if (err != 0)
		json_free(d);
	return err;
}

void json_free(struct json_doc *d)
{
	kfree(d->tok);
	d->tok = NULL;
	d->count = 0;
}

size_t json_text(const struct json_doc *d, int v, char *buf, size_t size)
{
	const char *s = d->text + d->tok[v].start, *end = d->text + d->tok[v].end;
	size_t len = 0;
	char c[4];

	while (s < end) {
		unsigned n = unescape(&s, end, c);

		if (n == 0)
			break;
		if (len + n < size)
			memcpy(buf + len, c, n);
		len += n;
	}
	if (size > 0)
		buf[MIN(len, size - 1)] = '\0';
	return len;
}

int json_member(const struct json_doc *d, int v, unsigned i, int *key)
{
	bool object = d->tok[v].type == JSMN_OBJECT;
	int m = v + 1;

	if ((!object && d->tok[v].type != JSMN_ARRAY) || i >= (unsigned)d->tok[v].size)
		return -1;
	for (; i > 0; i--)
		m = behind(d, object ? m + 1 : m);
	*key = object ? m : -1;
	return object ? m + 1 : m;
}

/* How much of path the key is, when it is one of its components (keys may hold dots); else 0. */
static size_t match(const struct json_doc *d, int key, const char *path)
{
	const char *s = d->text + d->tok[key].start, *end = d->text + d->tok[key].end;
	size_t len = 0;
	char c[4];

	while (s < end) {
		unsigned n = unescape(&s, end, c);

		if (n == 0 || strncmp(path + len, c, n) != 0)
			return 0;
		len += n;
	}
	return path[len] == '\0' || path[len] == '.' || path[len] == '[' ? len : 0;
}

int json_find(const struct json_doc *d, const char *path)
{
	bool array = false;
	int v = 0, key, m, best;
	size_t len, best_len;

	if (d->count == 0)
		return JSON_ABSENT;
	while (*path != '\0') {
		if (*path == '[') {
			uint64_t i = str_to_u64(path + 1, &path);

			m = i <= INT32_MAX && d->tok[v].type == JSMN_ARRAY ? json_member(d, v, (unsigned)i, &key) : -1;
			if (m < 0 || *path != ']')
				return JSON_DECIDED;
			array = true;
			path++;
			v = m;
			continue;
		}
		if (*path == '.')
			path++;
		if (d->tok[v].type != JSMN_OBJECT)
			return JSON_DECIDED;
		/* The longest key that fits: of "kiln" and "kiln.log" the latter. */
		best = -1;
		best_len = 0;
		for (unsigned i = 0; (m = json_member(d, v, i, &key)) >= 0; i++) {
			len = match(d, key, path);
			if (len > best_len) {
				best = m;
				best_len = len;
			}
		}
		if (best < 0)
			return array ? JSON_DECIDED : JSON_ABSENT;
		v = best;
		path += best_len;
	}
	return v;
}
