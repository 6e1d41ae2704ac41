/* SPDX-License-Identifier: ISC */
/* Growing strings and lists of strings. No memory ends the program with one line: a host tool cannot go on without. */
#ifndef HOSTLIB_STR_H
#define HOSTLIB_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t n);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xvasprintf(const char *f, va_list ap) __attribute__((format(printf, 1, 0)));
char *xasprintf(const char *f, ...) __attribute__((format(printf, 1, 2)));

struct str {
	char *p; /* NUL-terminated, never NULL once something was added */
	size_t len, cap;
};

#define AUTO_STR __attribute__((cleanup(str_free)))

void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const void *bytes, size_t n);
void str_addf(struct str *s, const char *f, ...) __attribute__((format(printf, 2, 3)));
/* Quoted for a POSIX shell where it needs to be. */
void str_add_quoted(struct str *s, const char *word);
void str_free(struct str *s);

struct strv {
	char **v; /* v[n] is NULL once something was added */
	size_t n, cap;
};

#define AUTO_STRV __attribute__((cleanup(strv_free)))

void strv_add(struct strv *v, const char *s);
/* Takes ownership of s. */
void strv_take(struct strv *v, char *s);
void strv_addf(struct strv *v, const char *f, ...) __attribute__((format(printf, 2, 3)));
bool strv_has(const struct strv *v, const char *s);
/* True when it was there. */
bool strv_remove(struct strv *v, const char *s);
void strv_free(struct strv *v);

/* The one of names (NULL-terminated) that the misspelled word most likely meant, or NULL. */
const char *str_nearest(const char *word, const char *const *names);

#endif
