/* SPDX-License-Identifier: ISC */
/* System calls by number: name and the kinds of their arguments, from the one table. Being linked, it names them in the log. */
#include "linux/call_names.h"

#include "kernel/init.h"
#include "lib/base.h"
#include "linux/syscall.h"

static const struct call_name calls[] = {
#define CALL(nr, name, kinds) [nr] = {#name, kinds},
#include "linux/names.h"
#undef CALL
};

const struct call_name *call_name(unsigned long nr)
{
	return nr < ARRAY_LEN(calls) && calls[nr].name != NULL ? &calls[nr] : NULL;
}

static const char *name_of(unsigned long nr)
{
	const struct call_name *c = call_name(nr);

	return c != NULL ? c->name : NULL;
}

static void call_names_init(void)
{
	syscall_name = name_of;
}
INIT(INIT_LATE, call_names_init);
