/* SPDX-License-Identifier: ISC */
/* Dispatch through the self-relative table that the linker script places; what is missing is logged once a number. */
#include "linux/syscall.h"

#include "abi/errno.h"
#include "kernel/log.h"

#include <asm/unistd.h>

#define NUMBERS 512

extern const int32_t kiln_sys_start[], kiln_sys_end[];

struct list syscall_watchers = LIST_INIT(syscall_watchers);
const char *(*syscall_name)(unsigned long nr);

static uint64_t reported[NUMBERS / 64];

void syscall_watch(struct syscall_watcher *w)
{
	list_push_back(&syscall_watchers, &w->link);
}

static __attribute__((noinline, cold)) long missing(unsigned long nr)
{
	const char *name = syscall_name != NULL ? syscall_name(nr) : NULL;

	if (nr == __NR_restart_syscall) /* no program names it: the kernel has put it in */
		return sys_restart_syscall();
	if (nr >= NUMBERS || (reported[nr / 64] & 1ull << nr % 64) != 0)
		return -ENOSYS;
	reported[nr / 64] |= 1ull << nr % 64;
	log_warn("system call %lu%s%s%s is not in this image", nr, name ? " (" : "", name ? name : "", name ? ")" : "");
	return -ENOSYS;
}

static inline long dispatch(unsigned long nr, const struct callargs *a)
{
	const int32_t *entry = kiln_sys_start + nr;

	if (UNLIKELY(nr >= (unsigned long)(kiln_sys_end - kiln_sys_start) || *entry == 0)) {
		return missing(nr);
	}
	return ((long (*)(const struct callargs *))((uintptr_t)entry + (uintptr_t)(intptr_t)*entry))(a);
}

static __attribute__((noinline)) long run_watched(unsigned long nr, const struct callargs *a)
{
	struct syscall_watcher *w;
	long r;

	list_for_each_entry (w, &syscall_watchers, link)
		if (w->enter != NULL)
			w->enter(nr, a);
	r = dispatch(nr, a);
	list_for_each_entry (w, &syscall_watchers, link)
		if (w->exit != NULL)
			w->exit(nr, a, r);
	return r;
}

long syscall_run(unsigned long nr, const struct callargs *a)
{
	if (UNLIKELY(!list_empty(&syscall_watchers)))
		return run_watched(nr, a);
	return dispatch(nr, a);
}
