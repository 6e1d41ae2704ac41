/* SPDX-License-Identifier: ISC */
/* What lwIP includes as <stdio.h>: it uses none of it with our options. */
