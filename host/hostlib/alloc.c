/* SPDX-License-Identifier: ISC */
/* Memory that is there, or the end of the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlib/str.h"

static void *or_die(void *p)
{
	if (!p) {
		fputs("kiln: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *xmalloc(size_t n)
{
	return or_die(malloc(n ? n : 1));
}

void *xcalloc(size_t count, size_t n)
{
	return or_die(calloc(count ? count : 1, n ? n : 1));
}

void *xrealloc(void *p, size_t n)
{
	return or_die(realloc(p, n ? n : 1));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return or_die(strndup(s, n));
}

char *xvasprintf(const char *f, va_list ap)
{
	char *p;

	return or_die(vasprintf(&p, f, ap) < 0 ? NULL : p);
}

char *xasprintf(const char *f, ...)
{
	char *p;
	va_list ap;

	va_start(ap, f);
	p = xvasprintf(f, ap);
	va_end(ap);
	return p;
}
