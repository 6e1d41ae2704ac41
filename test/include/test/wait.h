/* SPDX-License-Identifier: ISC */
/* Waiting for a condition, for a minute: how long it takes on a slow or busy machine decides nothing. */
#ifndef TEST_WAIT_H
#define TEST_WAIT_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static inline void wait_a_moment(void)
{
	struct timespec ts = {0, 1000000};

	nanosleep(&ts, NULL);
}

/* Tries until the condition holds; its value. */
#define EVENTUALLY(condition)                                                                                          \
	({                                                                                                             \
		int tries_ = PATIENCE_MS;                                                                              \
		while (!(condition) && tries_-- > 0)                                                                   \
			wait_a_moment();                                                                               \
		tries_ >= 0;                                                                                           \
	})

/* Whether that thread waits in a system call. */
static inline bool wait_is_asleep(pid_t pid, pid_t tid)
{
	char path[64], text[512];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	state = strrchr(text, ')');
	return state && state[1] == ' ' && state[2] == 'S';
}

#endif
