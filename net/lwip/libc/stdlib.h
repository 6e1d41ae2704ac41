/* SPDX-License-Identifier: ISC */
/* What lwIP includes as <stdlib.h>: of it netif_find alone uses something. */
#include "lib/string.h"

static inline int atoi(const char *s)
{
	return (int)str_to_u64(s, NULL);
}
