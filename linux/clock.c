/* SPDX-License-Identifier: ISC */
/* Clocks as programs see them, and sleeping on them. The CPU-time clocks are the scheduler's counts. */
#include "linux/clock.h"

#include "abi/errno.h"
#include "kernel/wait.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <linux/time.h>

#define RESOLUTION_NS 1
#define COARSE_NS     4000000 /* what Linux says of its coarse clocks; ours are as fine as the others */

/* The clocks of clock_getcpuclockid and pthread_getcpuclockid: ~id << 3, a flag for a thread's, the kind of time (which is
 * not told apart here). */
#define CPU_CLOCK_THREAD 4
#define CPU_CLOCK_KIND   2

static int cpu_clock(int clock, uint64_t *ns)
{
	int id = ~(clock >> 3);
	struct process *p;
	struct task *t;

	if ((clock & 3) == 3)
		return -EINVAL;
	if ((clock & CPU_CLOCK_THREAD) != 0) {
		t = id == 0 ? task_current() : task_find(id);
		if (t == NULL)
			return -EINVAL;
		*ns = task_cpu_ns(t);
		return 0;
	}
	p = id == 0 ? process_current() : process_find(id);
	if (p == NULL)
		return -EINVAL;
	*ns = process_cpu_ns(p);
	return 0;
}

int clock_now(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI: *ns = time_real(); return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME_ALARM:
	case CLOCK_BOOTTIME: *ns = time_mono(); return 0;
	case CLOCK_PROCESS_CPUTIME_ID: *ns = process_cpu_ns(process_current()); return 0;
	case CLOCK_THREAD_CPUTIME_ID: *ns = task_cpu_ns(task_current()); return 0;
	default: return clock < 0 ? cpu_clock(clock, ns) : -EINVAL;
	}
}

bool clock_for_timer(int *clock)
{
	uint64_t ns;

	switch (*clock) {
	case CLOCK_PROCESS_CPUTIME_ID:
		*clock = (int)(~(unsigned)process_current()->pid << 3 | CPU_CLOCK_KIND);
		return true;
	case CLOCK_THREAD_CPUTIME_ID:
		*clock = (int)(~(unsigned)task_current()->tid << 3 | CPU_CLOCK_THREAD | CPU_CLOCK_KIND);
		return true;
	case CLOCK_REALTIME:
	case CLOCK_TAI:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM: return true;
	default: return *clock < 0 && cpu_clock(*clock, &ns) == 0;
	}
}

bool clock_ended(int clock)
{
	uint64_t ns;

	return clock < 0 && cpu_clock(clock, &ns) != 0;
}

uint64_t clock_base(int clock)
{
	uint64_t ns = 0;

	/* Of a thread that ended nothing passes any more. */
	return clock < 0 ? cpu_clock(clock, &ns) == 0 ? ns : 0 : time_mono();
}

uint64_t clock_deadline(int clock, bool absolute, uint64_t ns)
{
	if (!absolute)
		return time_add(clock_base(clock), ns);
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM ? time_real_to_mono(ns)
											      : ns;
}

uint64_t clock_look(int clock, uint64_t deadline)
{
	uint64_t base;

	if (clock >= 0)
		return deadline;
	base = clock_base(clock);
	return time_add(time_mono(), deadline > base ? deadline - base : 0);
}

long sys_clock_gettime(int clock, struct uptr tp)
{
	struct user_timespec ts;
	uint64_t ns;
	int err = clock_now(clock, &ns);

	if (err != 0)
		return err;
	ts = timespec_from_ns(ns);
	return put_user(tp, ts);
}

long sys_clock_getres(int clock, struct uptr tp)
{
	bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
	struct user_timespec ts = {0, coarse ? COARSE_NS : RESOLUTION_NS};
	uint64_t ns;
	int err = clock_now(clock, &ns);

	return err != 0 || uptr_null(tp) ? err : put_user(tp, ts);
}

long sys_clock_settime(int clock, struct uptr tp)
{
	uint64_t ns;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	err = timespec_get(tp, &ns);
	if (err != 0)
		return err;
	if (process_current()->creds.euid != 0)
		return -EPERM;
	time_set_real(ns);
	return 0;
}

long sys_gettimeofday(struct uptr tv, struct uptr tz)
{
	struct user_timeval now = timeval_from_ns(time_real());
	uint64_t zone = 0;

	if (!uptr_null(tv) && put_user(tv, now) != 0)
		return -EFAULT;
	return !uptr_null(tz) && put_user(tz, zone) != 0 ? -EFAULT : 0;
}

long sys_settimeofday(struct uptr tv, struct uptr tz UNUSED)
{
	struct user_timeval t;

	if (uptr_null(tv))
		return 0;
	if (get_user(t, tv) != 0)
		return -EFAULT;
	if (t.sec < 0 || t.usec < 0 || t.usec >= 1000000)
		return -EINVAL;
	if (process_current()->creds.euid != 0)
		return -EPERM;
	time_set_real((uint64_t)t.sec * NSEC_PER_SEC + (uint64_t)t.usec * 1000);
	return 0;
}

long sys_time(struct uptr out)
{
	int64_t now = (int64_t)(time_real() / NSEC_PER_SEC);

	return !uptr_null(out) && put_user(out, now) != 0 ? -EFAULT : now;
}

/* a: deadline, where the rest goes (0: nowhere). */
static long sleep_until(uint64_t deadline, uintptr_t rest);

static long sleep_again(struct restart_block *r)
{
	return sleep_until(r->a[0], r->a[1]);
}

static long sleep_until(uint64_t deadline, uintptr_t rest)
{
	const bool never = false;
	int err = wait_flag(&never, deadline, WAIT_INTERRUPTIBLE);

	if (err == -ETIMEDOUT)
		return 0;
	if (err != -EINTR)
		return err;
	if (rest != 0) {
		uint64_t now = time_mono();
		struct user_timespec left = timespec_from_ns(deadline > now ? deadline - now : 0);

		if (put_user(UPTR(rest), left) != 0)
			return -EFAULT;
	}
	task_current()->restart = (struct restart_block){sleep_again, {deadline, rest}};
	return -ERESTART_RESTARTBLOCK;
}

long sys_nanosleep(struct uptr request, struct uptr rest)
{
	uint64_t deadline, ns;
	int err = timespec_get(request, &ns);

	if (err != 0)
		return err;
	deadline = time_add(time_mono(), ns);
	return sleep_until(deadline, rest.addr);
}

long sys_clock_nanosleep(int clock, int flags, struct uptr request, struct uptr rest)
{
	bool absolute = (flags & TIMER_ABSTIME) != 0;
	uint64_t ns;
	long r;
	int err;

	if (clock == CLOCK_THREAD_CPUTIME_ID || !clock_for_timer(&clock))
		return -EINVAL;
	if (clock < 0)
		return -EOPNOTSUPP;
	err = timespec_get(request, &ns);
	if (err != 0)
		return err;
	r = sleep_until(clock_deadline(clock, absolute, ns), absolute ? 0 : rest.addr);
	/* An absolute sleep is simply done again. */
	return absolute && r == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : r;
}
