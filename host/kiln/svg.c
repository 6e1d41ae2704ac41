/* SPDX-License-Identifier: ISC */
/* Text for SVG files. */
#include "svg.h"

#include <string.h>
#include <unistd.h>

#include "hostlib/error.h"
#include "hostlib/file.h"

/* The bytes of the UTF-8 character at p, 0 when it is none that XML takes. */
static size_t character(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 0;

	if (p[0] >= 0xf0 && p[0] < 0xf5)
		n = 4;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90) || (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe))
		return 0;
	return n == 1 && p[0] < 0x20 && p[0] != '\t' ? 0 : n;
}

static void add(struct str *s, const char *text, size_t letters)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p && letters--) {
		size_t n = character(p);

		switch (*p) {
		case '&': str_add(s, "&amp;"); break;
		case '<': str_add(s, "&lt;"); break;
		case '>': str_add(s, "&gt;"); break;
		case '"': str_add(s, "&quot;"); break;
		default: str_add_n(s, n ? (const char *)p : "?", n ? n : 1); break;
		}
		p += n ? n : 1;
	}
}

static size_t length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t letters = 0;

	for (; *p; letters++) {
		size_t n = character(p);

		p += n ? n : 1;
	}
	return letters;
}

void svg_text(struct str *s, const char *text)
{
	add(s, text, SIZE_MAX);
}

void svg_text_fit(struct str *s, const char *text, double px)
{
	size_t room = px > 0 ? (size_t)(px / SVG_LETTER) : 0;

	if (length(text) <= room) {
		svg_text(s, text);
	} else if (room > 3) {
		add(s, text, room - 1);
		str_add(s, "…");
	}
}

void svg_number(struct str *s, unsigned long long n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			str_add(s, ",");
		str_add_n(s, digits + i, 1);
	}
}

int svg_write(const struct str *s, const char *path, struct error *err)
{
	if (strcmp(path, "-") != 0)
		return file_write(path, s->p, s->len, 0666, err);
	return file_write_fd(1, s->p, s->len) < 0 ? error_errno(err, "standard output") : 0;
}
