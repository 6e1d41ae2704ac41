/* SPDX-License-Identifier: ISC */
/* See text.h. */
#include "fs/text.h"
#include "kernel/heap.h"
#include "lib/fmt.h"
#include "lib/string.h"

static bool room(struct text *t, size_t n)
{
	size_t size = t->size;
	char *buf;

	if (t->failed)
		return false;
	if (t->len + n <= size)
		return true;
	while (size < t->len + n)
		size = size == 0 ? 512 : size * 2;
	buf = krealloc(t->buf, size);
	if (buf == NULL) {
		t->failed = true;
		return false;
	}
	t->buf = buf;
	t->size = size;
	return true;
}

void text_put(struct text *t, const void *p, size_t n)
{
	if (!room(t, n))
		return;
	memcpy(t->buf + t->len, p, n);
	t->len += n;
}

void text_printf(struct text *t, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = fmt_vsnprintf(NULL, 0, f, ap);
	va_end(ap);
	if (!room(t, (size_t)n + 1))
		return;
	va_start(ap, f);
	fmt_vsnprintf(t->buf + t->len, (size_t)n + 1, f, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void text_free(struct text *t)
{
	kfree(t->buf);
	*t = (struct text){0};
}
