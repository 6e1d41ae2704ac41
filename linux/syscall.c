/* SPDX-License-Identifier: ISC */
/* Dispatch through the self-relative table that the linker script places; what is missing is logged once a number. */
#include "linux/syscall.h"

#include "abi/errno.h"
#include "kernel/log.h"

#include <asm/unistd.h>

#define NUMBERS 512

struct list syscall_watchers = LIST_INIT(syscall_watchers);
bool syscall_watched;
const char *(*syscall_name)(unsigned long nr);

static uint64_t reported[NUMBERS / 64];

void syscall_watch(struct syscall_watcher *w)
{
	list_push_back(&syscall_watchers, &w->link);
	syscall_watched = true;
}

__attribute__((cold)) long syscall_missing(unsigned long nr)
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

__attribute__((cold)) long syscall_run_watched(unsigned long nr, const struct callargs *a)
{
	struct syscall_watcher *w;
	long r;

	list_for_each_entry (w, &syscall_watchers, link)
		if (w->enter != NULL)
			w->enter(nr, a);
	r = syscall_dispatch(nr, a);
	list_for_each_entry (w, &syscall_watchers, link)
		if (w->exit != NULL)
			w->exit(nr, a, r);
	return r;
}
