/* SPDX-License-Identifier: ISC */
/*
 * POSIX timers: a kernel timer each that sends a signal to the process or to one thread. While the signal of an
 * expiration is still pending, further expirations are counted as overruns in its details instead of being queued.
 */
#include "abi/errno.h"
#include "kernel/heap.h"
#include "linux/calls.h"
#include "linux/clock.h"
#include "linux/sigqueue.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <asm/resource.h>
#include <linux/signal.h>
#include <linux/time.h>

#define OVERRUN_MAX 0x7fffffffu

struct posix_timer {
	struct list link; /* process->timers */
	struct process *process;
	int id, clock, notify, sig;
	int tid; /* SIGEV_THREAD_ID, else 0 */
	sigval_t value;
	struct ktimer timer;
	uint64_t next, interval; /* as clock_base counts */
	unsigned overrun; /* of the expiration whose signal was taken last */
};

struct user_itimerspec {
	struct user_timespec interval, value;
};

static struct posix_timer *find(int id)
{
	struct posix_timer *t;

	list_for_each_entry (t, &process_current()->timers, link)
		if (t->id == id)
			return t;
	return NULL;
}

static struct sigqueue *find_queued(struct sigpending *p, struct posix_timer *t)
{
	struct sigqueue *q;

	list_for_each_entry (q, &p->queue, link)
		if (q->info.si_code == SI_TIMER && q->info.si_tid == t->id)
			return q;
	return NULL;
}

static void notify(struct posix_timer *t, unsigned expirations)
{
	struct task *task = t->tid != 0 ? task_find(t->tid) : NULL;
	struct sigqueue *q;
	siginfo_t info = {.si_signo = t->sig, .si_code = SI_TIMER};
	int lost;

	if (t->notify == SIGEV_NONE || (t->tid != 0 && task == NULL))
		return;
	q = find_queued(task != NULL ? &task->pending : &t->process->pending, t);
	if (q != NULL) {
		q->info.si_overrun = (int)MIN((unsigned)q->info.si_overrun + expirations, OVERRUN_MAX);
		return;
	}
	info.si_tid = t->id;
	info.si_overrun = (int)(expirations - 1);
	info.si_value = t->value;
	lost = signal_send(t->process, task, t->sig, &info);
	(void)lost; /* no memory for it: the next expiration tries again */
}

static void fire(struct ktimer *timer)
{
	struct posix_timer *t = CONTAINER_OF(timer, struct posix_timer, timer);
	uint64_t now = clock_base(t->clock), n = 0;

	if (clock_ended(t->clock)) /* nothing passes any more */
		return;
	if (now >= t->next) {
		n = t->interval == 0 ? 1 : (now - t->next) / t->interval + 1;
		t->next += n * t->interval;
	}
	if ((n == 0 || t->interval != 0) && timer_arm(timer, clock_look(t->clock, t->next)) != 0)
		t->interval = 0; /* cannot happen: the place in the heap was just given up */
	if (n > 0)
		notify(t, (unsigned)MIN(n, (uint64_t)OVERRUN_MAX));
}

/* timer_getoverrun is about the signal that was taken last, not about one that waits. */
static void taken(const siginfo_t *info)
{
	struct posix_timer *t = find(info->si_tid);

	if (t != NULL)
		t->overrun = (unsigned)info->si_overrun;
}

static void destroy(struct posix_timer *t)
{
	timer_cancel(&t->timer);
	list_remove(&t->link);
	kfree(t);
}

static void process_end(struct process *p)
{
	struct posix_timer *t, *next;

	list_for_each_entry_safe (t, next, &p->timers, link)
		destroy(t);
}

static int check_event(const struct sigevent *ev)
{
	struct task *t;

	switch (ev->sigev_notify) {
	case SIGEV_NONE: return 0;
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		t = task_find(ev->_sigev_un._tid);
		if (t == NULL || t->process != process_current())
			return -EINVAL;
		/* fall through */
	case SIGEV_SIGNAL: return ev->sigev_signo >= 1 && ev->sigev_signo <= SIG_COUNT ? 0 : -EINVAL;
	default: return -EINVAL;
	}
}

long sys_timer_create(int clock, struct uptr event, struct uptr id)
{
	struct process *p = process_current();
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct posix_timer *t;
	unsigned count = 0;
	int err, new_id = 0;

	if (!clock_for_timer(&clock))
		return -EINVAL;
	if (!uptr_null(event) && get_user(ev, event) != 0)
		return -EFAULT;
	err = check_event(&ev);
	if (err != 0)
		return err;
	list_for_each_entry (t, &p->timers, link)
		count++;
	if (count >= p->rlimit[RLIMIT_SIGPENDING].cur)
		return -EAGAIN;
	while (find(new_id) != NULL)
		new_id++;
	t = kzalloc(sizeof *t);
	if (t == NULL)
		return -EAGAIN;
	t->process = p;
	t->id = new_id;
	t->clock = clock;
	t->notify = ev.sigev_notify;
	t->sig = ev.sigev_signo;
	t->tid = (ev.sigev_notify & SIGEV_THREAD_ID) != 0 ? ev._sigev_un._tid : 0;
	t->value = ev.sigev_value;
	if (uptr_null(event))
		t->value.sival_int = new_id;
	timer_init(&t->timer, fire);
	list_push_back(&p->timers, &t->link);
	process_exit_hook = process_end;
	signal_timer_taken = taken;
	if (put_user(id, new_id) != 0) {
		destroy(t);
		return -EFAULT;
	}
	return 0;
}

static struct user_itimerspec current_value(struct posix_timer *t)
{
	uint64_t now = clock_base(t->clock), rest = 0;

	if (t->timer.heap_index >= 0 && !clock_ended(t->clock))
		rest = t->next > now ? t->next - now : 1;
	return (struct user_itimerspec){timespec_from_ns(t->interval), timespec_from_ns(rest)};
}

long sys_timer_settime(int id, int flags, struct uptr new, struct uptr old)
{
	struct posix_timer *t = find(id);
	struct user_itimerspec v, was;
	uint64_t value, interval;
	int err;

	if (t == NULL || uptr_null(new))
		return -EINVAL;
	if (get_user(v, new) != 0)
		return -EFAULT;
	if (timespec_to_ns(&v.value, &value) != 0 || timespec_to_ns(&v.interval, &interval) != 0)
		return -EINVAL;
	if (clock_ended(t->clock))
		return -ESRCH;
	was = current_value(t);
	timer_cancel(&t->timer);
	t->overrun = 0;
	t->interval = interval;
	if (value != 0) {
		t->next = clock_deadline(t->clock, (flags & TIMER_ABSTIME) != 0, value);
		err = timer_arm(&t->timer, clock_look(t->clock, t->next));
		if (err != 0)
			return err;
	}
	return uptr_null(old) ? 0 : put_user(old, was);
}

long sys_timer_gettime(int id, struct uptr value)
{
	struct posix_timer *t = find(id);
	struct user_itimerspec v;

	if (t == NULL)
		return -EINVAL;
	v = current_value(t);
	return put_user(value, v);
}

long sys_timer_getoverrun(int id)
{
	struct posix_timer *t = find(id);

	return t != NULL ? (long)t->overrun : -EINVAL;
}

long sys_timer_delete(int id)
{
	struct posix_timer *t = find(id);

	if (t == NULL)
		return -EINVAL;
	destroy(t);
	return 0;
}
