/* SPDX-License-Identifier: ISC */
/* /proc, proc(5): what is not about a process, and where the rest hangs. Nothing is shown that is not so: counters that
 * are not kept are not listed where the format allows it, else 0. */
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/time.h"
#include "linux/system.h"
#include "proc.h"

static int self(struct text *t, uint64_t arg)
{
	(void)arg;
	if (thread_current()->task == NULL)
		return -ENOENT;
	text_printf(t, "%d", process_current()->pid);
	return 0;
}

static int thread_self(struct text *t, uint64_t arg)
{
	(void)arg;
	if (thread_current()->task == NULL)
		return -ENOENT;
	text_printf(t, "%d/task/%d", process_current()->pid, task_current()->tid);
	return 0;
}

static int mounts_link(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "self/mounts");
	return 0;
}

static int meminfo(struct text *t, uint64_t arg)
{
	unsigned long total = page_total() >> 10, unused = page_free() >> 10;

	(void)arg;
	text_printf(
	    t,
	    "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\nBuffers:               0 kB\n"
	    "Cached:                0 kB\nSwapCached:            0 kB\nSwapTotal:             0 kB\n"
	    "SwapFree:              0 kB\nHugePages_Total:       0\nHugePages_Free:        0\n"
	    "Hugepagesize:       2048 kB\n",
	    total, unused, unused);
	return 0;
}

static int cpuinfo(struct text *t, uint64_t arg)
{
	(void)arg;
	cpuinfo_show(t);
	return 0;
}

#define TICKS(ns) ((unsigned long)((ns) / (NSEC_PER_SEC / 100)))

static int stat(struct text *t, uint64_t arg)
{
	uint64_t now = time_mono(), idle = MIN(this_cpu()->idle->run_ns, now);
	unsigned long busy = TICKS(now - idle), rest = TICKS(idle);

	(void)arg;
	for (unsigned i = 0; i < 2; i++)
		text_printf(t, "%s %lu 0 0 %lu 0 0 0 0 0 0\n", i == 0 ? "cpu " : "cpu0", busy, rest);
	text_printf(t, "ctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n", sched_switches(),
		    TICKS(time_real() - now) / 100, task_made(), sched_runnable() + 1);
	return 0;
}

static int uptime(struct text *t, uint64_t arg)
{
	uint64_t now = time_mono(), idle = this_cpu()->idle->run_ns;

	(void)arg;
	text_printf(t, "%lu.%02lu %lu.%02lu\n", TICKS(now) / 100, TICKS(now) % 100, TICKS(idle) / 100,
		    TICKS(idle) % 100);
	return 0;
}

static int loadavg(struct text *t, uint64_t arg)
{
	struct process *p;
	unsigned tasks = 0;
	int last = 0;

	(void)arg;
	list_for_each_entry (p, &process_all, all_link) {
		tasks += p->task_count;
		last = MAX(last, p->pid);
	}
	text_printf(t, "0.00 0.00 0.00 %u/%u %d\n", sched_runnable() + 1, tasks, last);
	return 0;
}

static int version(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "Linux version %s (kiln) %s\n", SYSTEM_RELEASE, SYSTEM_VERSION);
	return 0;
}

static int filesystems(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "nodev\tproc\nnodev\tsysfs\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\toverlay\n\terofs\n");
	return 0;
}

static int cmdline(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "kiln\n");
	return 0;
}

static const struct pseudo root_children[] = {
    {.name = "self", .mode = S_IFLNK | 0777, .show = self},
    {.name = "thread-self", .mode = S_IFLNK | 0777, .show = thread_self},
    {.name = "mounts", .mode = S_IFLNK | 0777, .show = mounts_link},
    {.name = "cmdline", .mode = S_IFREG | 0444, .show = cmdline},
    {.name = "cpuinfo", .mode = S_IFREG | 0444, .show = cpuinfo},
    {.name = "filesystems", .mode = S_IFREG | 0444, .show = filesystems},
    {.name = "loadavg", .mode = S_IFREG | 0444, .show = loadavg},
    {.name = "meminfo", .mode = S_IFREG | 0444, .show = meminfo},
    {.name = "net",
     .mode = S_IFDIR | 0555,
     .children = proc_net_children,
     .find = proc_net_find,
     .list = proc_net_list},
    {.name = "stat", .mode = S_IFREG | 0444, .show = stat},
    {.name = "sys", .mode = S_IFDIR | 0555, .children = proc_sys_children},
    {.name = "uptime", .mode = S_IFREG | 0444, .show = uptime},
    {.name = "version", .mode = S_IFREG | 0444, .show = version},
    {.name = NULL},
};

static const struct pseudo root = {
    .mode = S_IFDIR | 0555,
    .children = root_children,
    .find = proc_pid_find,
    .list = proc_pid_list,
};

static void proc_init(void)
{
	int err = pseudo_mount("/proc", "proc", &root);

	if (err != 0)
		log_err("/proc: error %d", -err);
}
INIT(INIT_FS, proc_init);
