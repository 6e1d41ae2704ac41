/* SPDX-License-Identifier: ISC */
/* A bounded printf: one pass over the directives; numbers are made backwards in a small buffer and padded. */
#include "lib/fmt.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, plus, space, alt;
	int width, precision; /* precision -1: none given */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *sp, const char *s, size_t n)
{
	int fill = sp->width - (int)n;

	if (!sp->left)
		pad(o, ' ', fill);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, ' ', fill);
}

static void put_number(struct out *o, const struct spec *sp, uint64_t v, bool negative, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24], prefix[3];
	int n = 0, np = 0, zeros, fill;

	if (negative)
		prefix[np++] = '-';
	else if (sp->plus || sp->space)
		prefix[np++] = sp->plus ? '+' : ' ';
	if (sp->alt && base == 16 && v != 0) {
		prefix[np++] = '0';
		prefix[np++] = upper ? 'X' : 'x';
	}
	for (; v != 0; v /= base)
		tmp[n++] = digits[v % base];
	if (n == 0 && sp->precision != 0)
		tmp[n++] = '0';
	zeros = sp->precision - n;
	if (sp->alt && base == 8 && zeros < 1 && (n == 0 || tmp[n - 1] != '0'))
		zeros = 1;
	if (zeros < 0)
		zeros = 0;
	fill = sp->width - n - np - zeros;
	if (sp->zero && !sp->left && sp->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!sp->left)
		pad(o, ' ', fill);
	for (int i = 0; i < np; i++)
		put(o, prefix[i]);
	pad(o, '0', zeros);
	while (n > 0)
		put(o, tmp[--n]);
	if (sp->left)
		pad(o, ' ', fill);
}

static int digits_of(const char **f)
{
	int v = 0;

	while (**f >= '0' && **f <= '9')
		v = v * 10 + *(*f)++ - '0';
	return v;
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-': sp->left = true; break;
		case '0': sp->zero = true; break;
		case '+': sp->plus = true; break;
		case ' ': sp->space = true; break;
		case '#': sp->alt = true; break;
		default: return f;
		}
	}
}

/* The size in bytes that the length modifier names. */
static const char *parse_length(const char *f, unsigned *bytes)
{
	*bytes = sizeof(int);
	if (*f == 'h') {
		*bytes = sizeof(short);
		if (*++f == 'h') {
			*bytes = 1;
			f++;
		}
	} else if (*f == 'l' || *f == 'z' || *f == 'j' || *f == 't') {
		*bytes = sizeof(long);
		f += f[0] == 'l' && f[1] == 'l' ? 2 : 1;
	}
	return f;
}

int fmt_vsnprintf(char *buf, size_t size, const char *f, va_list ap)
{
	struct out o = {buf, size, 0};

	while (*f != '\0') {
		struct spec sp = {.precision = -1};
		const char *start = f;
		unsigned bytes;
		char c;

		if (*f != '%') {
			put(&o, *f++);
			continue;
		}
		f = parse_flags(f + 1, &sp);
		if (*f == '*') {
			sp.width = va_arg(ap, int);
			if (sp.width < 0) {
				sp.left = true;
				sp.width = -sp.width;
			}
			f++;
		} else {
			sp.width = digits_of(&f);
		}
		if (*f == '.') {
			f++;
			if (*f == '*') {
				sp.precision = va_arg(ap, int);
				f++;
			} else {
				sp.precision = digits_of(&f);
			}
		}
		f = parse_length(f, &bytes);
		c = *f;
		if (c != '\0')
			f++;
		if (c == 'd' || c == 'i') {
			int64_t v = bytes == 8 ? va_arg(ap, long) : va_arg(ap, int);

			v = bytes == 1 ? (signed char)v : bytes == 2 ? (short)v : v;
			put_number(&o, &sp, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10, false);
		} else if (c == 'u' || c == 'x' || c == 'X' || c == 'o') {
			uint64_t v = bytes == 8 ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);

			v = bytes == 1 ? (unsigned char)v : bytes == 2 ? (unsigned short)v : v;
			sp.plus = sp.space = false;
			put_number(&o, &sp, v, false, c == 'u' ? 10 : c == 'o' ? 8 : 16, c == 'X');
		} else if (c == 'p') {
			sp.alt = true;
			put_number(&o, &sp, (uintptr_t)va_arg(ap, void *), false, 16, false);
		} else if (c == 'c') {
			char ch = (char)va_arg(ap, int);

			put_text(&o, &sp, &ch, 1);
		} else if (c == 's') {
			const char *s = va_arg(ap, const char *);

			if (s == NULL)
				s = "(null)";
			put_text(&o, &sp, s, strnlen(s, sp.precision < 0 ? SIZE_MAX : (size_t)sp.precision));
		} else if (c == '%') {
			put(&o, '%');
		} else {
			while (start != f)
				put(&o, *start++);
		}
	}
	if (size != 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

int fmt_snprintf(char *buf, size_t size, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = fmt_vsnprintf(buf, size, f, ap);
	va_end(ap);
	return n;
}
