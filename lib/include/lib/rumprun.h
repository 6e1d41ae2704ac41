/* SPDX-License-Identifier: ISC */
/*
 * The configuration as Rumprun's tools gave it, said in today's form (interfaces.md); for the host and the kernel. It is not
 * quite JSON: keys repeat, every comma may be doubled (QEMU's option syntax did that, in strings too), and a comma may
 * stand behind an opening brace.
 */
#ifndef LIB_RUMPRUN_H
#define LIB_RUMPRUN_H

#include "lib/base.h"

/* Told of what has no place in today's form: "not mounted ...", and the JSON string that names it, of n bytes. */
typedef void rumprun_note(void *arg, const char *what, const char *name, size_t n);

/* Room that the translation of so many bytes has at least. */
#define RUMPRUN_ROOM(n) (8 * (n) + 256)

/*
 * Translates a document of n bytes into `out`, with `size` bytes of room, which is work space as well; not terminated. What it
 * does not understand of values it copies, so the result must be checked as any other. Its length; 0: it is not
 * Rumprun's form, or it is today's just as well; -1: it is, but wrong, as *what says. note may be NULL.
 */
long rumprun_translate(const char *text, size_t n, char *out, size_t size, rumprun_note *note, void *arg,
		       const char **what);

#endif
