/* SPDX-License-Identifier: ISC */
/* System calls by number. */
#ifndef LINUX_CALL_NAMES_H
#define LINUX_CALL_NAMES_H

struct call_name {
	const char *name, *kinds; /* a letter an argument, see scripts/gen-syscalls */
};

#pragma GCC visibility push(default)
const struct call_name *call_name(unsigned long nr); /* NULL: no such call */
#pragma GCC visibility pop

#endif
