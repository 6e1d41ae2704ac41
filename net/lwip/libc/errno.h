/* SPDX-License-Identifier: ISC */
/* What lwIP includes as <errno.h>: it uses none of it with our options. */
