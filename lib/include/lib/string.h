/* SPDX-License-Identifier: ISC */
/* The freestanding string functions the kernel side uses; semantics of ISO C 7.24 and of strlcpy(3bsd). */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/base.h"

#pragma GCC visibility push(default)
void *memcpy(void *restrict d, const void *restrict s, size_t n);
void *memmove(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
/* Copies and always terminates (size > 0); returns strlen(s), so that a result >= size means it was cut. */
size_t strlcpy(char *d, const char *s, size_t size);
size_t strlcat(char *d, const char *s, size_t size);
/* An unsigned number in base 10, or 16 with 0x; stops at the first other character, *end may be NULL. */
uint64_t str_to_u64(const char *s, const char **end);
/* Set once at boot by arch code that knows a faster way for at least string_bulk_min bytes. */
extern size_t string_bulk_min;
extern void (*string_bulk_copy)(void *d, const void *s, size_t n);
extern void (*string_bulk_set)(void *d, int c, size_t n);
#pragma GCC visibility pop

#endif
