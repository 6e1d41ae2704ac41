/* SPDX-License-Identifier: ISC */
/*
 * The C library functions that the kernel side needs, without vector registers. Copies choose by length: plain words
 * below string_bulk_min bytes, from there on the arch's own (`rep movsb` on a CPU with ERMS; under TCG that is ten to
 * thirty times slower than plain moves, so the threshold is out of reach until arch code sets it at boot).
 */
#include "lib/string.h"

size_t string_bulk_min = SIZE_MAX;
void (*string_bulk_copy)(void *d, const void *s, size_t n);
void (*string_bulk_set)(void *d, int c, size_t n);

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

void *memcpy(void *restrict d, const void *restrict s, size_t n)
{
	char *p = d;
	const char *q = s;

	if (n >= string_bulk_min) {
		string_bulk_copy(d, s, n);
		return d;
	}
	for (; n >= 32; n -= 32, p += 32, q += 32) {
		word a = ((const word *)q)[0], b = ((const word *)q)[1];
		word c = ((const word *)q)[2], e = ((const word *)q)[3];

		((word *)p)[0] = a;
		((word *)p)[1] = b;
		((word *)p)[2] = c;
		((word *)p)[3] = e;
	}
	for (; n >= 8; n -= 8, p += 8, q += 8)
		*(word *)p = *(const word *)q;
	while (n-- != 0)
		*p++ = *q++;
	return d;
}

void *memmove(void *d, const void *s, size_t n)
{
	char *p = d;
	const char *q = s;

	if ((uintptr_t)p - (uintptr_t)q >= n)
		return memcpy(d, s, n);
	for (; n >= 8; n -= 8)
		*(word *)(p + n - 8) = *(const word *)(q + n - 8);
	while (n-- != 0)
		p[n] = q[n];
	return d;
}

void *memset(void *d, int c, size_t n)
{
	char *p = d;
	word w = (unsigned char)c * 0x0101010101010101ull;

	if (n >= string_bulk_min) {
		string_bulk_set(d, c, n);
		return d;
	}
	for (; n >= 32; n -= 32, p += 32) {
		((word *)p)[0] = w;
		((word *)p)[1] = w;
		((word *)p)[2] = w;
		((word *)p)[3] = w;
	}
	for (; n >= 8; n -= 8, p += 8)
		*(word *)p = w;
	while (n-- != 0)
		*p++ = (char)c;
	return d;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n != 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n != 0; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0')
		p++;
	return (size_t)(p - s);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n != 0; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			return 0;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (*s == '\0')
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (*s == '\0')
			return (char *)(uintptr_t)found;
	}
}

size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t n = strlen(s), k = n < size ? n : size - 1;

	memcpy(d, s, k);
	d[k] = '\0';
	return n;
}

size_t strlcat(char *d, const char *s, size_t size)
{
	size_t used = strnlen(d, size);

	return used == size ? size + strlen(s) : used + strlcpy(d + used, s, size - used);
}

uint64_t str_to_u64(const char *s, const char **end)
{
	uint64_t v = 0;
	unsigned base = 10;

	if (s[0] == '0' && (s[1] | 32) == 'x') {
		base = 16;
		s += 2;
	}
	for (;; s++) {
		unsigned c = (unsigned char)*s, digit;

		if (c - '0' < 10)
			digit = c - '0';
		else if (base == 16 && (c | 32) - 'a' < 6)
			digit = (c | 32) - 'a' + 10;
		else
			break;
		v = v * base + digit;
	}
	if (end != NULL)
		*end = s;
	return v;
}
