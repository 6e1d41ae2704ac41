/* SPDX-License-Identifier: ISC */
/*
 * alarm and the interval timers. CPU time cannot pass faster than real time: a timer of CPU time looks again when that much
 * real time has passed as is missing. User and system time are not told apart, so ITIMER_VIRTUAL counts both.
 */
#include "abi/errno.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <asm/signal.h>
#include <linux/time.h>

struct user_itimerval {
	struct user_timeval interval, value;
};

static unsigned which_of(const struct itimer *t)
{
	return (unsigned)(t - t->process->itimer);
}

static uint64_t now_of(const struct itimer *t)
{
	return which_of(t) == ITIMER_REAL ? time_mono() : process_cpu_ns(t->process);
}

static int arm(struct itimer *t, uint64_t now)
{
	return timer_arm(&t->timer, which_of(t) == ITIMER_REAL ? t->next : time_add(time_mono(), t->next - now));
}

static void fire(struct ktimer *timer)
{
	static const int signals[] = {[ITIMER_REAL] = SIGALRM, [ITIMER_VIRTUAL] = SIGVTALRM, [ITIMER_PROF] = SIGPROF};
	struct itimer *t = CONTAINER_OF(timer, struct itimer, timer);
	uint64_t now = now_of(t);

	if (now >= t->next) {
		signal_post(t->process, NULL, signals[which_of(t)]);
		if (t->interval == 0)
			return;
		t->next += t->interval * ((now - t->next) / t->interval + 1);
	}
	if (arm(t, now) != 0)
		t->interval = 0; /* cannot happen: the place in the heap was just given up */
}

static uint64_t left(struct itimer *t)
{
	uint64_t now;

	if (t->timer.heap_index < 0)
		return 0;
	now = now_of(t);
	return t->next > now ? t->next - now : 1000; /* about to fire: never 0, which means disarmed */
}

static int set(struct process *p, unsigned which, uint64_t value, uint64_t interval)
{
	struct itimer *t = &p->itimer[which];
	uint64_t now;

	timer_cancel(&t->timer);
	timer_init(&t->timer, fire);
	t->process = p;
	t->interval = interval;
	if (value == 0)
		return 0;
	now = now_of(t);
	t->next = time_add(now, value);
	return arm(t, now);
}

long sys_alarm(unsigned seconds)
{
	struct process *p = process_current();
	uint64_t was = left(&p->itimer[ITIMER_REAL]);
	int err = set(p, ITIMER_REAL, seconds * NSEC_PER_SEC, 0);

	/* Rounded to the nearest second as Linux does, but never to 0 while one was pending. */
	return err != 0 ? err : was == 0 ? 0 : (long)MAX((was + NSEC_PER_SEC / 2) / NSEC_PER_SEC, 1ull);
}

static struct user_itimerval current_value(struct itimer *t)
{
	return (struct user_itimerval){timeval_from_ns(t->interval), timeval_from_ns(left(t))};
}

long sys_getitimer(int which, struct uptr value)
{
	struct user_itimerval v;

	if (which < 0 || which >= PROCESS_ITIMERS)
		return -EINVAL;
	v = current_value(&process_current()->itimer[which]);
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
	struct user_itimerval v = {{0, 0}, {0, 0}}, was;
	uint64_t value, interval;
	int err;

	if (which < 0 || which >= PROCESS_ITIMERS)
		return -EINVAL;
	if (!uptr_null(new) && get_user(v, new) != 0)
		return -EFAULT;
	if (timeval_to_ns(&v.value, &value) != 0 || timeval_to_ns(&v.interval, &interval) != 0)
		return -EINVAL;
	was = current_value(&p->itimer[which]);
	err = set(p, (unsigned)which, value, interval);
	if (err != 0)
		return err;
	return uptr_null(old) ? 0 : put_user(old, was);
}
