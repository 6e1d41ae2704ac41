/* SPDX-License-Identifier: ISC */
/* --stats ("kiln.stats": true): what the image did, printed when it ends. Memory's low-water mark is taken at each call. */
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "linux/call_names.h"
#include "linux/syscall.h"
#include "linux/task.h"

#define NUMBERS 512

static struct {
	uint64_t count, errors, ns;
} calls[NUMBERS];

static size_t least_free = SIZE_MAX;

/* The time of a call is wall-clock time, its sleeps included: kept in the task, since others run meanwhile. */
static void on_enter(unsigned long nr UNUSED, const struct callargs *a UNUSED)
{
	least_free = MIN(least_free, page_free());
	task_current()->call_start = time_mono();
}

static void on_exit(unsigned long nr, const struct callargs *a UNUSED, long result)
{
	if (nr >= NUMBERS)
		return;
	calls[nr].count++;
	calls[nr].errors += result < 0 && result >= -4095;
	calls[nr].ns += time_mono() - task_current()->call_start;
	least_free = MIN(least_free, page_free());
}

static void print_call(unsigned nr)
{
	const struct call_name *c = call_name(nr);

	log_raw("%10lu %8lu %12lu  %s\n", calls[nr].count, calls[nr].errors, calls[nr].ns / 1000,
		c != NULL ? c->name : "?");
}

static void on_end(void)
{
	unsigned top;

	log_raw("     calls   errors           us  name\n");
	for (;;) {
		top = 0;
		for (unsigned nr = 1; nr < NUMBERS; nr++)
			if (calls[nr].count > calls[top].count)
				top = nr;
		if (calls[top].count == 0)
			break;
		print_call(top);
		calls[top].count = 0;
	}
	log_raw("%10lu switches of threads\n", sched_switches());
	log_raw("%10lu KiB of %lu KiB memory at the peak\n", (page_total() - MIN(least_free, page_total())) / 1024,
		page_total() / 1024);
	log_raw("%10lu us from boot to end\n", time_mono() / 1000);
}

static struct syscall_watcher watcher = {.enter = on_enter, .exit = on_exit, .end = on_end};

static void stats_init(void)
{
	if (config_bool("kiln.stats", false))
		syscall_watch(&watcher);
}
INIT(INIT_LATE, stats_init);
