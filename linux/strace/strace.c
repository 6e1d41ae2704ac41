/* SPDX-License-Identifier: ISC */
/*
 * --strace: what strace(1) prints. A call's line is begun in memory when the program makes it and written as a whole when it
 * returns. At most one line is open; when another task has something to say, or nothing came for a second, what there is of it is
 * written with "<unfinished ...>", and the rest later with "<... resumed>". Configuration: "kiln.strace": true, or names of calls
 * and classes (%file) separated by commas.
 */
#include "abi/errno.h"
#include "call.h"
#include "classes.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "linux/call_names.h"
#include "linux/sigqueue.h"
#include "linux/syscall.h"
#include "linux/task.h"

#include <asm/signal.h>
#include <asm/unistd.h>

#define NUMBERS    512
#define PIECE      400u /* what the log takes at once */
#define NAME_BYTES 24

static uint64_t wanted[NUMBERS / 64];
static struct traced *open_line;
static struct line note; /* signals and ends: nothing sleeps while it is made and written */
static struct ktimer patience;

static void begin(struct line *l, const struct task *t)
{
	const struct process *p;
	unsigned tasks = 0;

	list_for_each_entry (p, &process_all, all_link)
		tasks += p->task_count;
	l->len = 0;
	l->limit = LINE_BYTES;
	l->text[0] = '\0';
	if (tasks > 1)
		line_add(l, "[pid %5d] ", t->tid);
}

static void write(const struct line *l, const char *end)
{
	unsigned at = 0;

	for (; l->len - at > PIECE; at += PIECE)
		log_raw("%.*s", (int)PIECE, l->text + at);
	log_raw("%.*s%s\n", (int)(l->len - at), l->text + at, end);
}

/* Nobody's line is open afterwards. */
static void interrupt(void)
{
	struct traced *c = open_line;

	if (c == NULL)
		return;
	open_line = NULL;
	c->broken = true;
	write(&c->line, " <unfinished ...>");
}

static void forget(struct task *t)
{
	if (open_line == t->traced)
		open_line = NULL;
	kfree(t->traced);
	t->traced = NULL;
}

static bool shown(unsigned long nr)
{
	return nr >= NUMBERS || (wanted[nr / 64] & 1ull << nr % 64) != 0;
}

static void on_enter(unsigned long nr, const struct callargs *a)
{
	struct task *t = task_current();
	unsigned long resumed = 0;
	struct traced *c;

	if (t->traced != NULL) { /* it sleeps on */
		resumed = t->traced->nr;
		forget(t);
	}
	if (!shown(nr))
		return;
	c = kmalloc(sizeof *c);
	if (c == NULL) {
		log_warn("strace: no memory for a line");
		return;
	}
	memset(c, 0, offsetof(struct traced, line));
	c->nr = nr;
	c->args = a;
	c->since = time_mono();
	c->saved = resumed;
	begin(&c->line, t);
	call_enter(c);
	interrupt();
	t->traced = c;
	if (nr == __NR_exit || nr == __NR_exit_group) {
		call_leave(c, true);
		write(&c->line, "");
		forget(t);
		return;
	}
	open_line = c;
}

static void on_exit(unsigned long nr, const struct callargs *a, long result)
{
	struct task *t = task_current();
	struct traced *c = t->traced;
	char buf[NAME_BYTES];

	(void)a;
	if (c == NULL)
		return;
	if (open_line == c) {
		open_line = NULL;
	} else if (c->broken) {
		begin(&c->line, t);
		line_add(&c->line, "<... %s resumed>", call_text(nr, buf, sizeof buf));
	}
	c->result = result;
	call_leave(c, t->process->state != PROCESS_ALIVE);
	interrupt();
	write(&c->line, "");
	if (result != -ERESTART_RESTARTBLOCK) /* restart_syscall wants the name */
		forget(t);
}

static void show_unfinished(struct ktimer *timer)
{
	uint64_t now = time_mono();

	if (open_line != NULL && now - open_line->since >= NSEC_PER_SEC)
		interrupt();
	if (timer_arm(timer, now + NSEC_PER_SEC) != 0)
		log_warn("strace: no memory to watch unfinished calls");
}

static void on_signal(struct task *t, int sig, const void *info)
{
	if (sig == SIGKILL) /* a tracer does not see it come */
		return;
	interrupt();
	begin(&note, t);
	line_add(&note, "--- ");
	line_signal(&note, sig);
	line_add(&note, " ");
	print_siginfo_at(&note, info);
	write(&note, " ---");
}

static void on_exited(struct task *t, int status)
{
	interrupt();
	forget(t);
	begin(&note, t);
	if ((status & 0x7f) == 0) {
		line_add(&note, "+++ exited with %d", status >> 8 & 0xff);
	} else {
		line_add(&note, "+++ killed by ");
		line_signal(&note, status & 0x7f);
	}
	write(&note, (status & 0x7f) != 0 && (status & 0x80) != 0 ? " (core dumped) +++" : " +++");
}

static void want_number(unsigned long nr)
{
	wanted[nr / 64] |= 1ull << nr % 64;
}

static void want(const char *name, size_t len)
{
	if (class_each(name, len, want_number))
		return;
	for (unsigned nr = 0; nr < NUMBERS; nr++) {
		const struct call_name *c = call_name(nr);

		if (c != NULL && strlen(c->name) == len && memcmp(c->name, name, len) == 0) {
			want_number(nr);
			return;
		}
	}
	log_err("kiln.strace: no system call or class is named %.*s", (int)len, name);
}

static struct syscall_watcher watcher = {.enter = on_enter, .exit = on_exit, .signal = on_signal, .exited = on_exited};

static void strace_init(void)
{
	char *filter = config_strdup("kiln.strace");
	bool all = filter != NULL && strcmp(filter, "true") == 0;

	if (filter == NULL || strcmp(filter, "false") == 0) {
		kfree(filter);
		return;
	}
	memset(wanted, all ? 0xff : 0, sizeof wanted);
	for (const char *p = all ? "" : filter, *end; *p != '\0'; p = *end == ',' ? end + 1 : end) {
		end = strchr(p, ',');
		if (end == NULL)
			end = p + strlen(p);
		want(p, (size_t)(end - p));
	}
	kfree(filter);
	signal_all_come = true;
	syscall_watch(&watcher);
	timer_init(&patience, show_unfinished);
	show_unfinished(&patience);
}
INIT(INIT_LATE, strace_init);
