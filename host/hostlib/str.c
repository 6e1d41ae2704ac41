/* SPDX-License-Identifier: ISC */
/* Growing strings, lists of strings, and the nearest name to a misspelled one. */
#include "hostlib/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void str_add_n(struct str *s, const void *bytes, size_t n)
{
	if (s->cap - s->len <= n) {
		s->cap = 2 * (s->len + n) + 64;
		s->p = xrealloc(s->p, s->cap);
	}
	memcpy(s->p + s->len, bytes, n);
	s->len += n;
	s->p[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_n(s, text, strlen(text));
}

void str_addf(struct str *s, const char *f, ...)
{
	char *p;
	va_list ap;

	va_start(ap, f);
	p = xvasprintf(f, ap);
	va_end(ap);
	str_add(s, p);
	free(p);
}

void str_add_quoted(struct str *s, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";

	if (*word && !word[strspn(word, plain)]) {
		str_add(s, word);
		return;
	}
	str_add(s, "'");
	for (; *word; word++) {
		if (*word == '\'')
			str_add(s, "'\\''");
		else
			str_add_n(s, word, 1);
	}
	str_add(s, "'");
}

void str_free(struct str *s)
{
	free(s->p);
	memset(s, 0, sizeof *s);
}

/* Room for one more and the NULL. */
static char **room(struct strv *v)
{
	if (v->n + 1 >= v->cap) {
		v->cap = 2 * v->cap + 8;
		v->v = xrealloc(v->v, v->cap * sizeof *v->v);
	}
	v->v[v->n + 1] = NULL;
	return &v->v[v->n++];
}

void strv_take(struct strv *v, char *s)
{
	*room(v) = s;
}

void strv_add(struct strv *v, const char *s)
{
	*room(v) = xstrdup(s);
}

void strv_addf(struct strv *v, const char *f, ...)
{
	char *p;
	va_list ap;

	va_start(ap, f);
	p = xvasprintf(f, ap);
	va_end(ap);
	strv_take(v, p);
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->v[i], s))
			return true;
	return false;
}

bool strv_remove(struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(v->v[i], s) != 0)
			continue;
		free(v->v[i]);
		memmove(v->v + i, v->v + i + 1, (v->n - i) * sizeof *v->v);
		v->n--;
		return true;
	}
	return false;
}

void strv_free(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->v[i]);
	free(v->v);
	memset(v, 0, sizeof *v);
}

#define NEAREST_MAX 32

/* Edits (insert, delete, replace, swap two neighbours) from a to b; both shorter than NEAREST_MAX. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[NEAREST_MAX][NEAREST_MAX];
	size_t n = strlen(a), m = strlen(b);

	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

const char *str_nearest(const char *word, const char *const *names)
{
	size_t len = strlen(word);
	unsigned best = len < 3 ? 1 : 2 + (unsigned)(len > 8);
	const char *found = NULL;

	if (len >= NEAREST_MAX)
		return NULL;
	for (; *names; names++) {
		unsigned d;

		if (strlen(*names) >= NEAREST_MAX)
			continue;
		/* The beginning of a name is as good as a name with one mistake. */
		d = len >= 3 && !strncmp(word, *names, len) ? 1 : distance(word, *names);
		if (d < best || (d == best && !found)) {
			best = d;
			found = *names;
		}
	}
	return found;
}
