/* SPDX-License-Identifier: ISC */
/* What bake put behind the kernel (abi/image.h), checked once at boot; used in place, constant. */
#ifndef KERNEL_PAYLOAD_H
#define KERNEL_PAYLOAD_H

#include "kernel/page.h"
#include "abi/image.h"

#pragma GCC visibility push(default)
/* The i-th entry of the type, in the order of the image; NULL: no more. */
const struct image_entry *payload_entry(enum image_type type, unsigned i);
/* The program or file system of that name, or NULL. */
const struct image_entry *payload_find(enum image_type type, const char *name);
const void *payload_data(const struct image_entry *e);
/* Page-aligned but for a configuration; page_get and page_put ignore such frames. */
paddr_t payload_pa(const struct image_entry *e);
uint32_t payload_flags(void); /* enum image_flags */
#pragma GCC visibility pop
#endif
