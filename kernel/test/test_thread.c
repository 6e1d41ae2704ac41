/* SPDX-License-Identifier: ISC */
// USES: kernel/thread.c kernel/wait.c kernel/timer.c kernel/time.c
/* Scheduler, wait queues and timers on the host: contexts are ucontexts, time is a number that the idle loop moves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "platform/platform.h"
#include "test/tap.h"

#define MS 1000000ull

struct fake_context {
	ucontext_t uc;
	void (*fn)(void *);
	void *arg;
	void *stack;
};

static uint64_t now = 1000, armed = TIME_NEVER;
static unsigned arms, waits;
static struct fake_context boot_context;
uintptr_t page_direct_base;

uint64_t platform_mono(void)
{
	return now;
}
uint64_t platform_real(void)
{
	return now + 5000;
}
void platform_poll(void)
{
}
void platform_timer_arm(uint64_t deadline)
{
	armed = deadline, arms++;
}
void platform_wait(uint64_t deadline)
{
	waits++;
	if (deadline == TIME_NEVER) {
		exit(tap_end()); /* all threads ended or sleep for good */
	}
	now = MAX(now, deadline);
}
void *kmalloc(size_t n)
{
	return malloc(n);
}
void *kzalloc(size_t n)
{
	return calloc(1, n);
}
void kfree(void *p)
{
	free(p);
}
void panic(const char *f, ...)
{
	tap_ok(false, "panic: %s", f);
	exit(1);
}
paddr_t page_alloc(unsigned order, unsigned flags)
{
	static char pool[16][THREAD_STACK_SIZE] __attribute__((aligned(PAGE_SIZE)));
	static unsigned used;

	(void)flags;
	return order == 2 && used < ARRAY_LEN(pool) ? (paddr_t)(uintptr_t)pool[used++] : 0;
}
void page_put(paddr_t pa)
{
	(void)pa;
}

static void enter(unsigned lo, unsigned hi)
{
	struct fake_context *c = (void *)((uintptr_t)lo | (uintptr_t)hi << 32);

	c->fn(c->arg);
}

int arch_thread_init(struct thread *t, void (*fn)(void *), void *arg)
{
	struct fake_context *c = calloc(1, sizeof *c);

	c->fn = fn;
	c->arg = arg;
	c->stack = malloc(256 << 10);
	getcontext(&c->uc);
	c->uc.uc_stack.ss_sp = c->stack;
	c->uc.uc_stack.ss_size = 256 << 10;
	makecontext(&c->uc, (void (*)(void))enter, 2, (unsigned)(uintptr_t)c, (unsigned)((uintptr_t)c >> 32));
	t->arch.fpu = c;
	return 0;
}

void arch_thread_free(struct thread *t)
{
	struct fake_context *c = t->arch.fpu;

	free(c->stack);
	free(c);
}

void arch_switch(struct thread *prev, struct thread *next)
{
	struct fake_context *p = prev->arch.fpu ? prev->arch.fpu : &boot_context;
	struct fake_context *n = next->arch.fpu ? next->arch.fpu : &boot_context;

	swapcontext(&p->uc, &n->uc);
}

static char trace[64];

static void note(char c)
{
	size_t n = strlen(trace);

	trace[n] = c;
	trace[n + 1] = '\0';
}

static struct thread *start(void (*fn)(void *), void *arg)
{
	struct thread *t = thread_create("test", fn, arg);

	thread_wake(t);
	return t;
}

static void yielder(void *arg)
{
	for (int i = 0; i < 3; i++) {
		note(*(char *)arg);
		thread_yield();
	}
}

static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static int results[4];
static unsigned ready;

static void waiter(void *arg)
{
	long i = (long)arg;

	results[i] = wait_event(&queue, ready > 0, i == 3 ? now + 5 * MS : TIME_NEVER, i == 2 ? WAIT_INTERRUPTIBLE : 0);
	if (results[i] == 0)
		ready--;
	note((char)('0' + i));
}

static void test_yield(void)
{
	trace[0] = '\0';
	start(yielder, "a");
	start(yielder, "b");
	start(yielder, "c");
	for (int i = 0; i < 6; i++)
		thread_yield();
	tap_ok(strcmp(trace, "abcabcabc") == 0, "round robin: %s", trace);
}

static void test_wait(void)
{
	struct thread *t[4];

	trace[0] = '\0';
	for (long i = 0; i < 4; i++)
		t[i] = start(waiter, (void *)i);
	thread_yield();
	ready = 1;
	wait_wake(&queue, 1, 0);
	thread_yield();
	tap_ok(strcmp(trace, "0") == 0 && results[0] == 0, "the one that waited longest is woken");
	thread_interrupt(t[2]);
	thread_interrupt(t[1]);
	thread_yield();
	tap_ok(strcmp(trace, "02") == 0 && results[2] == -EINTR, "only an interruptible wait is interrupted");
	now += 4 * MS;
	timer_run();
	thread_yield();
	tap_ok(strcmp(trace, "02") == 0, "not before its time");
	now += 1 * MS;
	timer_run();
	thread_yield();
	tap_ok(strcmp(trace, "023") == 0 && results[3] == -ETIMEDOUT, "a wait ends at its deadline");
	ready = 2;
	wait_wake_all(&queue, 0);
	thread_yield();
	tap_ok(strcmp(trace, "0231") == 0 && results[1] == 0, "the rest is woken");
	tap_ok(timer_next() == TIME_NEVER, "no timer is left over");
}

static bool over;

static void sleepy(void *arg)
{
	(void)arg;
	while (!over)
		if (wait_sleep(&queue, TIME_NEVER, 0) == 0 && !over)
			note('s');
}

static void busy(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		note('b');
		wait_wake_all(&queue, 0);
		thread_yield();
	}
}

static void test_crowd(void)
{
	trace[0] = '\0';
	for (int i = 0; i < 10; i++)
		start(sleepy, NULL);
	thread_yield();
	start(busy, NULL);
	start(busy, NULL);
	for (int i = 0; i < 4; i++)
		thread_yield();
	tap_ok(strncmp(trace, "bssssssssb", 10) == 0, "who wakes comes first, eight to one: %s", trace);
	over = true;
	wait_wake_all(&queue, 0);
	while (sched_runnable() > 0)
		thread_yield();
}

struct numbered {
	struct ktimer timer;
	unsigned id;
};
static unsigned fired[300], fired_count;

static void fire(struct ktimer *t)
{
	fired[fired_count++] = CONTAINER_OF(t, struct numbered, timer)->id;
}

static void test_timers(void)
{
	static struct numbered t[300];
	unsigned seed = 7, wrong = 0, expected = 0;
	uint64_t base = now, last = 0;

	for (unsigned i = 0; i < 300; i++) {
		seed = seed * 1103515245 + 12345;
		t[i].id = i;
		timer_init(&t[i].timer, fire);
		wrong += timer_arm(&t[i].timer, base + 1 + (seed >> 16) % 1000) != 0;
	}
	for (unsigned i = 0; i < 300; i += 3)
		wrong += !timer_cancel(&t[i].timer);
	wrong += timer_cancel(&t[0].timer);
	for (unsigned i = 1; i < 300; i += 3) /* again, later */
		wrong += timer_arm(&t[i].timer, t[i].timer.deadline + 500) != 0;
	for (unsigned i = 0; i < 300; i++)
		expected += t[i].timer.heap_index >= 0;
	tap_ok(wrong == 0 && expected == 200, "300 timers: armed, a third cancelled, a third moved");
	while (timer_next() != TIME_NEVER) {
		now = timer_next();
		wrong += now < last;
		last = now;
		timer_run();
	}
	tap_ok(wrong == 0 && fired_count == 200, "the rest fires in order, each once: %u", fired_count);
}

static void test_slices(void)
{
	struct thread *other = thread_create("other", yielder, "x");

	trace[0] = '\0';
	while (armed != TIME_NEVER) { /* what was armed before comes, finds nothing, and is not armed again */
		now = MAX(now, armed);
		armed = TIME_NEVER;
		kernel_events();
		sched_user_return();
	}
	arms = 0;
	sched_user_return();
	tap_ok(arms == 0, "alone, no timer is armed");
	thread_wake(other);
	sched_user_return();
	tap_ok(arms == 1 && armed > now && armed <= now + 20 * MS, "with another thread, the end of the slice is");
	now = armed;
	armed = TIME_NEVER;
	kernel_events();
	sched_user_return();
	tap_ok(strcmp(trace, "x") == 0, "at its end the other one runs");
	thread_yield();
	thread_yield();
	thread_yield();
	tap_ok(strcmp(trace, "xxx") == 0 && sched_runnable() == 0, "until it ends");
	other = thread_create("other", yielder, "z");
	thread_wake(other);
	sched_user_return();
	arms = 0;
	sched_user_return();
	tap_ok(arms == 0 && armed != TIME_NEVER, "what is armed is not armed again");
	armed = TIME_NEVER;
	sched_timer_fired();
	sched_user_return();
	tap_ok(arms == 1 && armed != TIME_NEVER, "unless the platform used its timer for something else");
	for (int i = 0; i < 4; i++)
		thread_yield();
	now += 1000 * MS;
}

static void sleeper_main(void *arg)
{
	bool *done = arg, never = false;
	uint64_t before = now;

	tap_ok(wait_flag(&never, now + 3 * MS, 0) == -ETIMEDOUT && now == before + 3 * MS,
	       "idle sleeps until the deadline");
	*done = true;
}

static void main_thread(void *arg)
{
	struct thread *unused;
	bool done = false, idle;

	(void)arg;
	test_yield();
	test_wait();
	test_crowd();
	test_timers();
	test_slices();
	unused = thread_create("unused", yielder, "y");
	trace[0] = '\0';
	thread_interrupt(unused);
	thread_yield();
	tap_ok(trace[0] == '\0', "an interruption does not start a thread");
	thread_discard(unused);
	tap_ok(time_real() == now + 5000 && (time_set_real(77), time_real()) == 77, "the wall clock can be set");
	tap_ok(time_real_to_mono(87) == now + 10 && time_real_to_mono(67) == now - 10, "and translated");
	start(sleeper_main, &done);
	idle = wait_flag(&done, now + 100 * MS, 0) == 0;
	tap_ok(!idle || done, "somebody sets a flag");
}

int main(void)
{
	sched_init();
	start(main_thread, NULL);
	sched_idle();
}
