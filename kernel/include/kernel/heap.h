/* SPDX-License-Identifier: ISC */
/* Kernel heap: size classes over page frames; 16-byte alignment; larger requests are whole frames. NULL: no memory. */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include "lib/base.h"

#pragma GCC visibility push(default)
void *kmalloc(size_t n) MUST_CHECK;
void *kzalloc(size_t n) MUST_CHECK;
void *krealloc(void *p, size_t n) MUST_CHECK;
void kfree(void *p); /* NULL is fine */
char *kstrdup(const char *s) MUST_CHECK;
#pragma GCC visibility pop

#endif
