/* SPDX-License-Identifier: ISC */
/* What lwIP includes as <string.h>. */
#include "lib/string.h"
