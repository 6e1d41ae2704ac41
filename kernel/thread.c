/* SPDX-License-Identifier: ISC */
/*
 * The scheduler: round robin among runnable threads; the current one is in no queue, the idle thread (the boot stack)
 * never is. Who wakes up comes before those who only compute, so that a crowd of these (a fork bomb) does not shut the
 * others out; after eight of them it is the crowd's turn. The platform's timer costs a host call to arm, so it is armed
 * late and left alone when it is early enough: `armed` is what it stands at, an early event only finds that nothing is
 * due and arms anew.
 *
 * A dead thread cannot free the stack it stands on; whoever runs next does (switch_done).
 */
#include "sched.h"

#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "platform/platform.h"

#define EARLY_NS        (1000 * 1000ull) /* how much too early a timer event may come and still be the timer's */
#define STACK_ORDER     2
#define STACK_CACHE_MAX 4
#define FAVOURED_MAX    8

struct cpu cpu_boot;

static struct thread idle_thread;
static struct list run_queue = LIST_INIT(run_queue); /* those that had their turn, or never had one */
static struct list woken_queue = LIST_INIT(woken_queue); /* those that slept: they come first, but not for ever */
static unsigned favoured; /* turns in a row from the second while somebody waited in the first */
static struct list dead_threads = LIST_INIT(dead_threads);
static unsigned run_count;
static uint64_t armed = TIME_NEVER;
static uint64_t switches;
static bool in_events;
static void *stack_cache[STACK_CACHE_MAX];
static unsigned stack_cached;

_Static_assert(THREAD_STACK_SIZE == PAGE_SIZE << STACK_ORDER, "stack order");

static void *stack_alloc(void)
{
	paddr_t pa;

	if (stack_cached > 0)
		return stack_cache[--stack_cached];
	pa = page_alloc(STACK_ORDER, PAGE_RESERVE);
	return pa == 0 ? NULL : page_ptr(pa);
}

static void stack_free(void *stack)
{
	paddr_t pa = page_addr(stack);

	if (stack_cached < STACK_CACHE_MAX) {
		stack_cache[stack_cached++] = stack;
		return;
	}
	for (size_t off = 0; off < THREAD_STACK_SIZE; off += PAGE_SIZE)
		page_put(pa + off);
}

static void switch_done(void)
{
	struct list *e;

	while (UNLIKELY((e = list_pop_front(&dead_threads)) != NULL)) {
		struct thread *t = LIST_ENTRY(e, struct thread, run_link);

		arch_thread_free(t);
		stack_free(t->kstack);
		kfree(t);
	}
}

static void enqueue(struct list *queue, struct thread *t)
{
	struct cpu *cpu = this_cpu();

	list_push_back(queue, &t->run_link);
	run_count++;
	if (cpu->slice_end < armed)
		cpu->need_resched |= RESCHED_ARM;
}

static struct list *dequeue(void)
{
	struct list *e = favoured < FAVOURED_MAX || list_empty(&run_queue) ? list_pop_front(&woken_queue) : NULL;

	favoured = e == NULL || list_empty(&run_queue) ? 0 : favoured + 1;
	return e != NULL ? e : list_pop_front(&run_queue);
}

/* Runs the next thread; returns when the current one has its turn again. */
static void sched_switch(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->current, *next = cpu->idle;
	struct list *e = dequeue();
	uint64_t now = time_mono();

	if (e != NULL) {
		next = LIST_ENTRY(e, struct thread, run_link);
		run_count--;
	}
	prev->run_ns += now - cpu->switch_ns;
	cpu->switch_ns = now;
	cpu->slice_end = now + next->slice_ns;
	cpu->need_resched &= RESCHED_FRAME;
	if ((run_count > 0 && cpu->slice_end < armed) || timer_next() < armed)
		cpu->need_resched |= RESCHED_ARM;
	if (next->interrupt)
		cpu->need_resched |= RESCHED_LOOK;
	if (next == prev)
		return;
	next->switches++;
	switches++;
	cpu->current = next;
	arch_switch(prev, next);
	switch_done();
}

/* The first function of every thread but idle. */
static NORETURN void thread_main(void *arg)
{
	struct thread *t = arg;

	switch_done();
	t->fn(t->arg);
	thread_exit();
}

struct thread *thread_create(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *t = kzalloc(sizeof *t);

	if (t == NULL)
		return NULL;
	t->name = name;
	t->fn = fn;
	t->arg = arg;
	t->slice_ns = THREAD_SLICE_NS;
	t->state = THREAD_SLEEPING;
	list_init(&t->run_link);
	t->kstack = stack_alloc();
	if (t->kstack == NULL) {
		kfree(t);
		return NULL;
	}
	if (arch_thread_init(t, thread_main, t) != 0) {
		stack_free(t->kstack);
		kfree(t);
		return NULL;
	}
	return t;
}

void thread_discard(struct thread *t)
{
	ASSERT(t->state == THREAD_SLEEPING && t->switches == 0);
	arch_thread_free(t);
	stack_free(t->kstack);
	kfree(t);
}

void thread_wake(struct thread *t)
{
	if (t->state != THREAD_SLEEPING)
		return;
	t->state = THREAD_RUNNABLE;
	enqueue(t->switches > 0 ? &woken_queue : &run_queue, t);
	/* What an event wakes has waited long enough: servers answer in the middle of others' slices. */
	if (in_events)
		this_cpu()->need_resched |= RESCHED_SWITCH;
}

void thread_yield(void)
{
	if (run_count == 0)
		return;
	enqueue(&run_queue, thread_current());
	sched_switch();
}

void thread_sleep(void)
{
	thread_current()->state = THREAD_SLEEPING;
	sched_switch();
}

NORETURN void thread_exit(void)
{
	struct thread *t = thread_current();

	t->state = THREAD_DEAD;
	list_push_back(&dead_threads, &t->run_link);
	sched_switch();
	panic("a dead thread ran");
}

void thread_interrupt(struct thread *t)
{
	t->interrupt = true;
	if (t == thread_current())
		this_cpu()->need_resched |= RESCHED_LOOK;
	else if (t->switches > 0) /* one that was not started yet is not started by this */
		thread_wake(t);
}

void thread_clear_interrupt(struct thread *t)
{
	t->interrupt = false;
}

unsigned sched_runnable(void)
{
	return run_count;
}

uint64_t sched_switches(void)
{
	return switches;
}

uint64_t thread_run_ns(struct thread *t)
{
	return t->run_ns + (t == thread_current() ? time_mono() - this_cpu()->switch_ns : 0);
}

static void sched_arm(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t deadline = timer_next();

	if (run_count > 0)
		deadline = MIN(deadline, cpu->slice_end);
	if (deadline < armed) {
		armed = deadline;
		platform_timer_arm(deadline);
	}
}

void sched_timer_fired(void)
{
	armed = TIME_NEVER;
	this_cpu()->need_resched |= RESCHED_ARM;
}

void sched_timer_changed(uint64_t deadline)
{
	if (deadline < armed)
		this_cpu()->need_resched |= RESCHED_ARM;
}

void sched_user_return(void)
{
	struct cpu *cpu = this_cpu();

	while (cpu->need_resched != 0 || cpu->events != 0) {
		cpu->need_resched &= ~(RESCHED_LOOK | RESCHED_FRAME); /* the caller goes on to personality_pending */
		if (cpu->events != 0)
			kernel_events();
		if ((cpu->need_resched & RESCHED_SWITCH) != 0) {
			cpu->need_resched &= ~RESCHED_SWITCH;
			thread_yield();
		}
		if ((cpu->need_resched & RESCHED_ARM) != 0) {
			cpu->need_resched &= ~RESCHED_ARM;
			sched_arm();
		}
	}
}

void kernel_events(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now;

	cpu->events = 0;
	in_events = cpu->current != cpu->idle;
	platform_poll();
	timer_run();
	in_events = false;
	now = time_mono();
	if (armed != TIME_NEVER && now + EARLY_NS >= armed)
		sched_timer_fired();
	if (run_count > 0 && now >= cpu->slice_end)
		cpu->need_resched |= RESCHED_SWITCH;
}

void sched_init(void)
{
	struct cpu *cpu = this_cpu();

	idle_thread.name = "idle";
	idle_thread.state = THREAD_RUNNABLE;
	list_init(&idle_thread.run_link);
	cpu->idle = cpu->current = &idle_thread;
	cpu->switch_ns = time_mono();
}

NORETURN void sched_idle(void)
{
	for (;;) {
		if (run_count > 0)
			sched_switch();
		kernel_events();
		if (run_count == 0)
			platform_wait(timer_next());
	}
}
