/* SPDX-License-Identifier: ISC */
/* Of what kind the arguments of a call are, where its type in abi/linux/syscalls.tbl does not say how strace shows it. */
#ifndef LINUX_STRACE_TABLE_H
#define LINUX_STRACE_TABLE_H

#define CALL_ARGUMENTS 6

enum call_kinds {
	BY_TYPE,
#define KIND(name, when, printer, kept) name,
#define FLAGS(name, table)              name,
#define VALUE(name, table)              name,
#include "kinds.h"
#undef KIND
#undef FLAGS
#undef VALUE
};

enum call_kinds call_kind(unsigned long nr, unsigned i);

#endif
