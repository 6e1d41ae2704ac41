/* SPDX-License-Identifier: ISC */
/*
 * System-call dispatch. The table holds 4-byte distances from each entry to its generated wrapper; 0: not in this image.
 * Watchers (strace, stats) register themselves; while there is none a call costs one test.
 */
#ifndef LINUX_SYSCALL_H
#define LINUX_SYSCALL_H

#include "lib/list.h"
#include "linux/calls.h"

struct task;
struct trapframe;

struct syscall_watcher {
	struct list link;
	/* Any may be NULL. `call` of exit may differ from nothing: calls that never return have no exit. */
	void (*enter)(unsigned long nr, const struct callargs *a);
	void (*exit)(unsigned long nr, const struct callargs *a, long result);
	void (*signal)(struct task *t, int sig, const void *info); /* a signal is delivered */
	void (*exited)(struct task *t, int status); /* the current task ends; status as wait(2) gives it */
	void (*end)(void); /* the image is about to end */
};

#pragma GCC visibility push(default)
extern struct list syscall_watchers;
void syscall_watch(struct syscall_watcher *w);
/* "read", or NULL when names are not linked or the number is not known. */
extern const char *(*syscall_name)(unsigned long nr);
/* For syscall_run alone. */
extern const int32_t kiln_sys_start[];
extern const uint32_t kiln_sys_count;
extern bool syscall_watched;
long syscall_missing(unsigned long nr);
long syscall_run_watched(unsigned long nr, const struct callargs *a);
#pragma GCC visibility pop

static inline long syscall_dispatch(unsigned long nr, const struct callargs *a)
{
	const int32_t *entry = kiln_sys_start + nr;

	if (UNLIKELY(nr >= kiln_sys_count || *entry == 0))
		return syscall_missing(nr);
	return ((long (*)(const struct callargs *))((uintptr_t)entry + (uintptr_t)(intptr_t)*entry))(a);
}

/* Runs call nr; personality_syscall's middle part. */
static inline long syscall_run(unsigned long nr, const struct callargs *a)
{
	if (UNLIKELY(syscall_watched))
		return syscall_run_watched(nr, a);
	return syscall_dispatch(nr, a);
}

#endif
