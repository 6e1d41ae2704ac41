/* SPDX-License-Identifier: ISC */
/*
 * --stats ("kiln.stats": true, or "N": a line every N seconds too): what the image did, printed when it ends. Memory's
 * low-water mark is taken at each call. Faults are counted by the linker's --wrap of vm_fault, so that an image without
 * stats does not count; in the sandbox the host serves most by itself, and those are not seen.
 */
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/netdev.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/call_names.h"
#include "linux/syscall.h"
#include "linux/task.h"

#define NUMBERS    512
#define HEAD_EVERY 20u /* lines */

static struct {
	uint64_t count, errors, ns;
} calls[NUMBERS];

static size_t least_free = SIZE_MAX;

/* Everything that an interval's line shows the growth of. */
struct totals {
	uint64_t ns, calls, errors, faults, switches, idle_ns, rx, tx;
};

static struct totals now, before;
static struct ktimer interval;
static uint64_t every;
static unsigned lines;

#pragma GCC visibility push(default)
int __real_vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access);
int __wrap_vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access);
#pragma GCC visibility pop

int __wrap_vm_fault(struct aspace *as, uintptr_t addr, enum fault_access access)
{
	now.faults++;
	return __real_vm_fault(as, addr, access);
}

/* The time of a call is wall-clock time, its sleeps included: kept in the task, since others run meanwhile. */
static void on_enter(unsigned long nr UNUSED, const struct callargs *a UNUSED)
{
	least_free = MIN(least_free, page_free());
	task_current()->call_start = time_mono();
}

static void on_exit(unsigned long nr, const struct callargs *a UNUSED, long result)
{
	bool failed = result < 0 && result >= -4095;

	now.calls++;
	now.errors += failed;
	if (nr < NUMBERS) {
		calls[nr].count++;
		calls[nr].errors += failed;
		calls[nr].ns += time_mono() - task_current()->call_start;
	}
	least_free = MIN(least_free, page_free());
}

static void count(void)
{
	struct netdev *d;

	now.ns = time_mono();
	now.switches = sched_switches();
	now.idle_ns = thread_run_ns(this_cpu()->idle);
	now.rx = now.tx = 0;
	list_for_each_entry (d, &netdev_list, link) {
		now.rx += d->rx_bytes;
		now.tx += d->tx_bytes;
	}
}

static void print_interval(struct ktimer *t)
{
	uint64_t ns, idle;

	count();
	ns = now.ns - before.ns;
	idle = MIN(now.idle_ns - before.idle_ns, ns);
	if (lines++ % HEAD_EVERY == 0)
		log_raw(
		    "stats: seconds  busy%%     calls    errors    faults  switches  used KiB    rx KiB    tx KiB\n");
	log_raw("stats: %7lu %6lu %9lu %9lu %9lu %9lu %9lu %9lu %9lu\n", now.ns / (uint64_t)NSEC_PER_SEC,
		ns == 0 ? 0 : (ns - idle) * 100 / ns, now.calls - before.calls, now.errors - before.errors,
		now.faults - before.faults, now.switches - before.switches, (page_total() - page_free()) / 1024,
		(now.rx - before.rx) / 1024, (now.tx - before.tx) / 1024);
	before = now;
	if (timer_arm(t, now.ns + every) != 0)
		log_warn("stats: no memory for the next line");
}

static void print_call(unsigned nr)
{
	const struct call_name *c = call_name(nr);

	log_raw("%10lu %8lu %12lu  %s\n", calls[nr].count, calls[nr].errors, calls[nr].ns / 1000,
		c != NULL ? c->name : "?");
}

static void on_end(void)
{
	struct netdev *d;
	unsigned top;

	count();
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
	log_raw("%10lu page faults served by the kernel\n", now.faults);
	log_raw("%10lu switches of threads\n", now.switches);
	log_raw("%10lu KiB of %lu KiB memory at the peak\n", (page_total() - MIN(least_free, page_total())) / 1024,
		page_total() / 1024);
	list_for_each_entry (d, &netdev_list, link)
		log_raw("%10lu packets (%lu bytes) received by %s, %lu (%lu bytes) sent, %lu dropped\n", d->rx_packets,
			d->rx_bytes, d->name, d->tx_packets, d->tx_bytes, d->rx_dropped + d->tx_dropped);
	log_raw("%10lu us busy of %lu us from boot to end\n", (now.ns - MIN(now.idle_ns, now.ns)) / 1000,
		now.ns / 1000);
}

static struct syscall_watcher watcher = {.enter = on_enter, .exit = on_exit, .end = on_end};

static void stats_init(void)
{
	char text[24];

	if (config_string("kiln.stats", text, sizeof text) <= 0 || strcmp(text, "false") == 0)
		return;
	syscall_watch(&watcher);
	every = strcmp(text, "true") == 0 ? 0 : (uint64_t)config_int("kiln.stats", 0) * NSEC_PER_SEC;
	if (every == 0)
		return;
	count();
	before = now;
	timer_init(&interval, print_interval);
	if (timer_arm(&interval, now.ns + every) != 0)
		log_warn("stats: no memory for a line every so often");
}
INIT(INIT_LATE, stats_init);
