/* SPDX-License-Identifier: ISC */
/* alarm and the interval timer of real time. Those of CPU time would need a tick; they are refused. */
#include "abi/errno.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <asm/signal.h>
#include <linux/time.h>

struct user_itimerval {
	struct user_timeval interval, value;
};

static void fire(struct ktimer *timer)
{
	struct process *p = CONTAINER_OF(timer, struct process, itimer_real);
	uint64_t now = time_mono(), next = p->itimer_next;

	signal_post(p, NULL, SIGALRM);
	if (p->itimer_interval == 0)
		return;
	next += p->itimer_interval * ((now - next) / p->itimer_interval + 1);
	p->itimer_next = next;
	if (timer_arm(timer, next) != 0)
		p->itimer_interval = 0; /* cannot happen: the place in the heap was just given up */
}

static uint64_t left(struct process *p)
{
	uint64_t now = time_mono();

	if (p->itimer_real.heap_index < 0)
		return 0;
	return p->itimer_next > now ? p->itimer_next - now : 1000; /* about to fire: never 0, which means disarmed */
}

static int set(struct process *p, uint64_t value, uint64_t interval)
{
	timer_cancel(&p->itimer_real);
	timer_init(&p->itimer_real, fire);
	p->itimer_interval = interval;
	if (value == 0)
		return 0;
	p->itimer_next = time_add(time_mono(), value);
	return timer_arm(&p->itimer_real, p->itimer_next);
}

long sys_alarm(unsigned seconds)
{
	struct process *p = process_current();
	uint64_t was = left(p);
	int err = set(p, seconds * NSEC_PER_SEC, 0);

	/* Rounded to the nearest second as Linux does, but never to 0 while one was pending. */
	return err != 0 ? err : was == 0 ? 0 : (long)MAX((was + NSEC_PER_SEC / 2) / NSEC_PER_SEC, 1ull);
}

static struct user_itimerval current_value(struct process *p)
{
	return (struct user_itimerval){timeval_from_ns(p->itimer_interval), timeval_from_ns(left(p))};
}

long sys_getitimer(int which, struct uptr value)
{
	struct user_itimerval v = current_value(process_current());

	if (which == ITIMER_VIRTUAL || which == ITIMER_PROF)
		v = (struct user_itimerval){{0, 0}, {0, 0}};
	else if (which != ITIMER_REAL)
		return -EINVAL;
	return put_user(value, v);
}

static int timeval_to_ns(const struct user_timeval *tv, uint64_t *ns)
{
	struct user_timespec ts = {tv->sec, tv->usec * 1000};

	return tv->usec < 0 || tv->usec >= 1000000 ? -EINVAL : timespec_to_ns(&ts, ns);
}

long sys_setitimer(int which, struct uptr new, struct uptr old)
{
	struct process *p = process_current();
	struct user_itimerval v = {{0, 0}, {0, 0}}, was = current_value(p);
	uint64_t value, interval;
	int err;

	if (which != ITIMER_REAL)
		return which == ITIMER_VIRTUAL || which == ITIMER_PROF ? -EOPNOTSUPP : -EINVAL;
	if (!uptr_null(new) && get_user(v, new) != 0)
		return -EFAULT;
	if (timeval_to_ns(&v.value, &value) != 0 || timeval_to_ns(&v.interval, &interval) != 0)
		return -EINVAL;
	err = set(p, value, interval);
	if (err != 0)
		return err;
	return uptr_null(old) ? 0 : put_user(old, was);
}
