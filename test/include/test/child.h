/* SPDX-License-Identifier: ISC */
/* Checks on a child's side, told by its status. */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

#include <sys/wait.h>
#include <unistd.h>

#include "test/tap.h"

/* In a child: a check. */
#define CHECK(c)                                                                                                       \
	do {                                                                                                           \
		if (!(c))                                                                                              \
			_exit(__LINE__ & 0xff);                                                                        \
	} while (0)

/* The status of a child that exited, -signal of one that was killed. */
static inline int reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 255;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		tap_note("the child's check on line %d or %d failed", WEXITSTATUS(status), WEXITSTATUS(status) + 256);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
