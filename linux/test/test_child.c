/* SPDX-License-Identifier: ISC */
// FLAGS: -no-pie -fno-pie -Wl,--unresolved-symbols=ignore-all
/* Who ends when memory does, and how long the one that asked waits for it. What this does not call is not there. */
#include "linux/child.c" /* make_room is static */
#include "test/tap.h"

struct list process_all = LIST_INIT(process_all);
const struct process_family_ops *process_family;

static struct aspace small = {.resident = 1 << 20}, large = {.resident = 8 << 20};
static struct task task = {.comm = "large"};
static struct process self = {.pid = 2, .as = &small}, other = {.pid = 3, .as = &large};
static unsigned yields, killed;
static void (*meanwhile)(void);

struct process *process_find(int pid)
{
	return pid == self.pid ? &self : pid == other.pid ? &other : NULL;
}

void signal_post(struct process *p, struct task *t UNUSED, int sig)
{
	killed += p == &other && sig == SIGKILL;
}

uint64_t time_mono(void)
{
	return yields * 1000000ull; /* each turn of the others takes a millisecond */
}

void thread_yield(void)
{
	yields++;
	if (meanwhile != NULL && yields == 10)
		meanwhile();
}

void log_line(enum log_level level UNUSED, const char *fmt UNUSED, ...)
{
}

static void other_ends(void)
{
	other.as = NULL;
}

static void self_is_killed(void)
{
	self.pending.set = SIG_BIT(SIGKILL);
}

static void self_exits(void)
{
	self.state = PROCESS_EXITING;
}

static bool ask(void (*fn)(void))
{
	yields = killed = 0;
	meanwhile = fn;
	self.state = PROCESS_ALIVE;
	self.pending.set = 0;
	other.as = &large;
	return make_room(&self);
}

int main(void)
{
	list_push_back(&process_all, &self.all_link);
	list_push_back(&process_all, &other.all_link);
	list_init(&self.children);
	list_init(&other.tasks);
	list_push_back(&other.tasks, &task.link);
	tap_ok(ask(other_ends) && killed == 1 && yields == 10, "the larger one is killed, and waited for");
	tap_ok(!ask(NULL) && yields > 100, "not for ever");
	tap_ok(!ask(self_is_killed) && yields == 10, "nor by one that is killed meanwhile");
	tap_ok(!ask(self_exits) && yields == 10, "or that another of its threads ends");
	return tap_end();
}
