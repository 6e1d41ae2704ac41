/* SPDX-License-Identifier: ISC */
/* Text that grows: what files of /proc are made of. A failed allocation is remembered, not returned each time. */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include "lib/base.h"

struct text {
	char *buf;
	size_t len, size;
	bool failed;
};

#pragma GCC visibility push(default)
void text_put(struct text *t, const void *p, size_t n);
void text_printf(struct text *t, const char *f, ...) PRINTF(2, 3);
void text_free(struct text *t);
#pragma GCC visibility pop
#endif
