/* SPDX-License-Identifier: ISC */
/*
 * The line that a call becomes, and what printers share: text is added at its end, what does not fit is left out. A program's
 * memory is read through copies that may fail; then the address stands in its place.
 */
#ifndef LINUX_STRACE_LINE_H
#define LINUX_STRACE_LINE_H

#include "kernel/uaccess.h"
#include "lib/base.h"

#define LINE_BYTES   3800
#define LINE_RESULT  160 /* of them kept for what follows the arguments */
#define STRING_SHOWN 32u /* as strace -s */
#define ITEMS_SHOWN  32u /* of a list */

struct line {
	unsigned len, limit;
	char text[LINE_BYTES];
};

struct name {
	uint32_t value;
	const char *name;
};

#define N(x)                                                                                                           \
	{                                                                                                              \
		(uint32_t)(x), #x                                                                                      \
	}

/* zero: what no bit at all is called; unknown: the family's name of what has none ("O_???"). */
struct names {
	const struct name *rows;
	unsigned count;
	const char *zero, *unknown;
};

#define NAMES(rows, zero, unknown)                                                                                     \
	{                                                                                                              \
		rows, ARRAY_LEN(rows), zero, unknown                                                                   \
	}

void line_add(struct line *l, const char *f, ...) PRINTF(2, 3);
/* NULL, or in hex. */
void line_address(struct line *l, uintptr_t v);
/* 0, or in hex. */
void line_hex(struct line *l, uint64_t v);
void line_quoted(struct line *l, const char *s, size_t n, bool more);
/* One of the names, else the number and a remark. */
void line_name(struct line *l, uint32_t v, const struct names *n);
/* Names joined by |, and the bits that have none; nothing: "0". */
void line_flags(struct line *l, uint64_t v, const struct names *n);
/* The flags that are in n; those that are not are returned. */
uint64_t line_bits(struct line *l, uint64_t v, const struct names *n, bool first);
/* A NUL-terminated string of the program, at most `shown` bytes of it. */
void line_string(struct line *l, uintptr_t addr, size_t shown);
void line_buffer(struct line *l, uintptr_t addr, size_t size);
/* Copies from the program; false: not possible, and the address (or NULL) was added. */
bool line_fetch(struct line *l, void *to, uintptr_t addr, size_t size);
/* [a, b, …]: calls item(l, one, p) for the `count` things of `size` bytes at addr, size at most 64. */
void line_list(struct line *l, uintptr_t addr, size_t count, size_t size,
	       void (*item)(struct line *l, const void *one, const void *p), const void *p);
/* Items of line_list. */
void line_item_int(struct line *l, const void *one, const void *p);
void line_item_byte(struct line *l, const void *one, const void *p);
void line_signal(struct line *l, int sig);
/* A set of signals as [USR1 RT_3], ~[…] when most are in it. */
void line_sigset(struct line *l, uint64_t set);

#endif
