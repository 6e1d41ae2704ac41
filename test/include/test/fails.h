/* SPDX-License-Identifier: ISC */
/* A call that must fail, and how. */
#ifndef TEST_FAILS_H
#define TEST_FAILS_H

#include <errno.h>
#include <string.h>

#include "test/tap.h"

/* result is -1, and errno err; called before anything else changes errno. */
static inline bool fails(long result, int err)
{
	int got = errno;

	if (result == -1 && got == err)
		return true;
	tap_note("result %ld, errno %d (%s)", result, got, strerror(got));
	return false;
}

#endif
