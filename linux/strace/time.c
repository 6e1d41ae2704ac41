/* SPDX-License-Identifier: ISC */
/* Times, intervals, timers. */
#include "call.h"
#include "names.h"

#include <asm/siginfo.h>
#include <linux/time.h>
#include <linux/time_types.h>

bool print_timespec_at(struct line *l, uintptr_t addr)
{
	struct __kernel_timespec t;

	if (!line_fetch(l, &t, addr, sizeof t))
		return false;
	line_add(l, "{tv_sec=%ld, tv_nsec=%ld}", (long)t.tv_sec, (long)t.tv_nsec);
	return true;
}

void print_timespec(struct line *l, const struct traced *c, unsigned i)
{
	print_timespec_at(l, CALLARG(c->args, i));
}

/* What is left of a sleep is filled in only when it was interrupted. */
void print_timespec_left(struct line *l, const struct traced *c, unsigned i)
{
	if (c->failed && (c->result == -EINTR || c->result <= -ERESTARTSYS))
		print_timespec_at(l, CALLARG(c->args, i));
	else
		line_address(l, CALLARG(c->args, i));
}

static void timeval(struct line *l, const struct __kernel_old_timeval *t)
{
	line_add(l, "{tv_sec=%ld, tv_usec=%ld}", (long)t->tv_sec, (long)t->tv_usec);
}

void print_timeval(struct line *l, const struct traced *c, unsigned i)
{
	struct __kernel_old_timeval t;

	if (line_fetch(l, &t, CALLARG(c->args, i), sizeof t))
		timeval(l, &t);
}

void print_timezone(struct line *l, const struct traced *c, unsigned i)
{
	int zone[2];

	if (line_fetch(l, zone, CALLARG(c->args, i), sizeof zone))
		line_add(l, "{tz_minuteswest=%d, tz_dsttime=%d}", zone[0], zone[1]);
}

void print_time(struct line *l, const struct traced *c, unsigned i)
{
	int64_t t;

	if (line_fetch(l, &t, CALLARG(c->args, i), sizeof t))
		line_add(l, "[%ld]", (long)t);
}

void print_itimerspec(struct line *l, const struct traced *c, unsigned i)
{
	struct __kernel_itimerspec t;

	if (line_fetch(l, &t, CALLARG(c->args, i), sizeof t))
		line_add(l, "{it_interval={tv_sec=%ld, tv_nsec=%ld}, it_value={tv_sec=%ld, tv_nsec=%ld}}",
			 (long)t.it_interval.tv_sec, (long)t.it_interval.tv_nsec, (long)t.it_value.tv_sec,
			 (long)t.it_value.tv_nsec);
}

void print_itimerval(struct line *l, const struct traced *c, unsigned i)
{
	struct __kernel_old_timeval t[2];

	if (!line_fetch(l, t, CALLARG(c->args, i), sizeof t))
		return;
	line_add(l, "{it_interval=");
	timeval(l, &t[0]);
	line_add(l, ", it_value=");
	timeval(l, &t[1]);
	line_add(l, "}");
}

void print_clock(struct line *l, const struct traced *c, unsigned i)
{
	int clock = (int)CALLARG(c->args, i);

	line_name(l, (uint32_t)clock, &names_clocks);
}

void print_sigevent(struct line *l, const struct traced *c, unsigned i)
{
	static const struct name ways[] = {N(SIGEV_SIGNAL), N(SIGEV_NONE), N(SIGEV_THREAD), N(SIGEV_THREAD_ID)};
	static const struct names way_names = NAMES(ways, NULL, "SIGEV_???");
	struct sigevent e;

	if (!line_fetch(l, &e, CALLARG(c->args, i), sizeof e))
		return;
	line_add(l, "{");
	if (e.sigev_value.sival_ptr != NULL)
		line_add(l, "sigev_value={sival_int=%d, sival_ptr=%#lx}, ", e.sigev_value.sival_int,
			 (unsigned long)e.sigev_value.sival_ptr);
	line_add(l, "sigev_signo=");
	line_signal(l, e.sigev_signo);
	line_add(l, ", sigev_notify=");
	line_name(l, (uint32_t)e.sigev_notify, &way_names);
	if (e.sigev_notify == SIGEV_THREAD_ID)
		line_add(l, ", sigev_notify_thread_id=%d", e._sigev_un._tid);
	line_add(l, "}");
}
