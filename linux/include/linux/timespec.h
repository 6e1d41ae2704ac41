/* SPDX-License-Identifier: ISC */
/* struct timespec and timeval of programs, to and from nanoseconds. */
#ifndef LINUX_TIMESPEC_H
#define LINUX_TIMESPEC_H

#include "abi/errno.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

struct user_timespec {
	int64_t sec, nsec;
};
struct user_timeval {
	int64_t sec, usec;
};

/* Far future rather than overflow. */
static inline uint64_t time_add(uint64_t a, uint64_t b)
{
	return b > TIME_NEVER - a ? TIME_NEVER : a + b;
}

static inline int timespec_to_ns(const struct user_timespec *ts, uint64_t *ns)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	*ns = (uint64_t)ts->sec >= TIME_NEVER / NSEC_PER_SEC ? TIME_NEVER
							     : (uint64_t)ts->sec * NSEC_PER_SEC + (uint64_t)ts->nsec;
	return 0;
}

static inline struct user_timespec timespec_from_ns(uint64_t ns)
{
	return (struct user_timespec){(int64_t)(ns / NSEC_PER_SEC), (int64_t)(ns % NSEC_PER_SEC)};
}

static inline struct user_timeval timeval_from_ns(uint64_t ns)
{
	return (struct user_timeval){(int64_t)(ns / NSEC_PER_SEC), (int64_t)(ns % NSEC_PER_SEC / 1000)};
}

static inline int MUST_CHECK timespec_get(struct uptr p, uint64_t *ns)
{
	struct user_timespec ts;

	return get_user(ts, p) != 0 ? -EFAULT : timespec_to_ns(&ts, ns);
}

/* A timeout relative to now as a deadline; a null pointer: *deadline = TIME_NEVER. 0, -EFAULT, -EINVAL. */
static inline int MUST_CHECK timespec_deadline(struct uptr timeout, uint64_t *deadline)
{
	uint64_t ns;
	int err;

	*deadline = TIME_NEVER;
	if (uptr_null(timeout))
		return 0;
	err = timespec_get(timeout, &ns);
	if (err == 0)
		*deadline = time_add(time_mono(), ns);
	return err;
}

#endif
