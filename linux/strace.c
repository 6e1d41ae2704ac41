/* SPDX-License-Identifier: ISC */
/*
 * --strace: one line a call, when it returns, in strace's form. Arguments are printed by the kinds in the call table;
 * what read and write move is shown too. A call that has not returned after a second is shown once as unfinished. Configuration: "kiln.strace": true, or names separated by commas.
 */
#include "abi/errno.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/call_names.h"
#include "linux/names_of.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "strace_args.h"

#include <asm/signal.h>
#include <asm/unistd.h>

#define NUMBERS      512
#define LINE_BYTES   400
#define STRING_SHOWN 32u /* as strace -s */
#define PATH_SHOWN   160u
#define FILTER_BYTES 256
#define LIST_SHOWN   16u
#define LIST_MAX     1000u

static uint64_t wanted[NUMBERS / 64];

struct line {
	char text[LINE_BYTES];
	size_t len;
};

static void PRINTF(2, 3) add(struct line *l, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = fmt_vsnprintf(l->text + l->len, sizeof l->text - l->len, f, ap);
	va_end(ap);
	l->len = MIN(l->len + (size_t)n, sizeof l->text - 1);
}

static void add_quoted(struct line *l, const char *s, size_t n, bool more)
{
	static const char from[] = "\n\t\r\"\\", to[] = "ntr\"\\";

	add(l, "\"");
	for (size_t i = 0; i < n; i++) {
		const char *hit = s[i] != '\0' ? strchr(from, s[i]) : NULL;

		if (hit != NULL)
			add(l, "\\%c", to[hit - from]);
		else if (s[i] >= ' ' && s[i] <= '~')
			add(l, "%c", s[i]);
		else if (i + 1 < n && s[i + 1] >= '0' && s[i + 1] <= '9')
			add(l, "\\%03o", (unsigned char)s[i]);
		else
			add(l, "\\%o", (unsigned char)s[i]);
	}
	add(l, more ? "\"..." : "\"");
}

struct signal_text {
	char text[16];
};

static struct signal_text signal_text(int sig)
{
	struct signal_text s = {.text = ""};
	const char *name = signal_name(sig);

	if (name != NULL)
		strlcpy(s.text, name, sizeof s.text);
	else
		fmt_snprintf(s.text, sizeof s.text, "SIGRT_%d", sig - 32);
	return s;
}

static void add_string(struct line *l, uintptr_t addr)
{
	char buf[PATH_SHOWN];
	long n = addr != 0 ? arch_strncpy_from_user(buf, addr, sizeof buf) : 0;

	if (addr == 0)
		add(l, "NULL");
	else if (n < 0)
		add(l, "%#lx", addr);
	else
		add_quoted(l, buf, (size_t)n, n == (long)sizeof buf);
}

static void add_buffer(struct line *l, uintptr_t addr, size_t size)
{
	char buf[STRING_SHOWN];
	size_t n = MIN(size, sizeof buf);

	if (arch_copy_from_user(buf, addr, n) != 0)
		add(l, "%#lx", addr);
	else
		add_quoted(l, buf, n, size > n);
}

/* A NULL-terminated list of strings; count: only how many there are. */
static void add_list(struct line *l, uintptr_t addr, bool count)
{
	uintptr_t p = 0;
	unsigned n = 0;

	if (addr == 0) {
		add(l, "NULL");
		return;
	}
	if (!count)
		add(l, "[");
	for (; n < LIST_MAX && get_user(p, UPTR(addr + n * sizeof p)) == 0 && p != 0; n++) {
		if (count)
			continue;
		add(l, n > 0 ? ", " : "");
		if (n == LIST_SHOWN) {
			add(l, "...");
			break;
		}
		add_string(l, p);
	}
	if (count)
		add(l, "%#lx /* %u var%s */", addr, n, n == 1 ? "" : "s");
	else
		add(l, "]");
}

static bool is_exec(unsigned long nr)
{
	return nr == __NR_execve || nr == __NR_execveat;
}

static void add_status(struct line *l, uintptr_t addr)
{
	int s;

	if (addr == 0 || get_user(s, UPTR(addr)) != 0)
		add(l, addr == 0 ? "NULL" : "%#lx", addr);
	else if ((s & 0x7f) == 0)
		add(l, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", s >> 8 & 0xff);
	else if ((s & 0xff) == 0x7f)
		add(l, "[{WIFSTOPPED(s) && WSTOPSIG(s) == %s}]", signal_text(s >> 8).text);
	else if (s == 0xffff)
		add(l, "[{WIFCONTINUED(s)}]");
	else
		add(l, "[{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}]", signal_text(s & 0x7f).text,
		    (s & 0x80) != 0 ? " && WCOREDUMP(s)" : "");
}

/* raw: only numbers, the program's memory is not at hand. */
static void add_argument(struct line *l, unsigned long nr, const struct callargs *a, unsigned i, char kind, long result,
			 bool raw)
{
	uintptr_t v = CALLARG(a, i);
	bool reads = nr == __NR_read || nr == __NR_pread64, writes = nr == __NR_write || nr == __NR_pwrite64;

	if (raw && kind == 's')
		kind = 'p';
	if (is_exec(nr) && !raw && (i == 1 || i == 2) && kind == 'p')
		add_list(l, v, nr == __NR_execve && i == 2);
	else if (nr == __NR_execveat && !raw && i == 3)
		add_list(l, v, true);
	else if (nr == __NR_wait4 && i == 1 && result > 0 && !raw)
		add_status(l, v);
	else if (i == 1 && writes && !raw)
		add_buffer(l, v, CALLARG(a, 2));
	else if (i == 1 && reads && result >= 0 && !raw)
		add_buffer(l, v, (size_t)result);
	else if (kind == 's')
		add_string(l, v);
	else if (kind == 'p')
		add(l, v == 0 ? "NULL" : "%#lx", v);
	else if (kind == 'f' && (int)v == -100)
		add(l, "AT_FDCWD");
	else if (kind == 'f' || kind == 'd')
		add(l, "%d", (int)v);
	else if (kind == 'x')
		add(l, v == 0 ? "0" : "%#x", (unsigned)v);
	else if (kind == 'o')
		add(l, "%#o", (unsigned)v);
	else
		add(l, (int64_t)v < 0 || v > 0xffffffff ? "%#lx" : "%lu", v);
}

/* Begins a line; true when it tells whose it is. */
static bool begin(struct line *l, const struct task *t)
{
	bool several = t->process->task_count > 1 || process_all.next->next != &process_all;

	l->len = 0;
	l->text[0] = '\0';
	if (several)
		add(l, "[pid %5d] ", t->tid);
	return several;
}

static void add_call(struct line *l, struct task *t, unsigned long nr, const struct callargs *a, long result, bool raw)
{
	const struct call_name *c = call_name(nr);

	begin(l, t);
	if (t->traced_text != NULL) {
		add(l, "%s", t->traced_text);
		return;
	}
	if (c == NULL)
		add(l, "syscall_%#lx(", nr);
	else
		add(l, "%s(", c->name);
	for (unsigned i = 0; c != NULL && c->kinds[i] != '\0'; i++) {
		char words[160];
		long n = raw ? 0 : strace_arg(words, sizeof words, nr, a, i, result);

		if (n < 0)
			break;
		if (i > 0)
			add(l, ", ");
		if (n > 0)
			add(l, "%s", words);
		else
			add_argument(l, nr, a, i, c->kinds[i], result, raw);
	}
	add(l, ")");
}

static bool shown(unsigned long nr)
{
	return nr >= NUMBERS || (wanted[nr / 64] & 1ull << nr % 64) != 0;
}

static const char *restart_name(long err)
{
	switch (err) {
	case ERESTARTSYS: return "ERESTARTSYS (To be restarted if SA_RESTART is set)";
	case ERESTARTNOHAND: return "ERESTARTNOHAND (To be restarted if no handler)";
	case ERESTART_RESTARTBLOCK: return "ERESTART_RESTARTBLOCK (Interrupted by signal)";
	default: return NULL;
	}
}

static bool returns_address(unsigned long nr)
{
	return nr == __NR_mmap || nr == __NR_brk || nr == __NR_mremap;
}

static void on_exit(unsigned long nr, const struct callargs *a, long result)
{
	bool failed = result < 0 && result >= -4095;
	struct line l;

	struct task *t = task_current();

	t->traced = NULL;
	if (!shown(nr))
		return;
	add_call(&l, t, nr, a, result, false);
	kfree(t->traced_text);
	t->traced_text = NULL;
	if (failed && restart_name(-result) != NULL)
		add(&l, " = ? %s", restart_name(-result));
	else if (failed && error_name((int)-result) != NULL)
		add(&l, " = -1 %s (%s)", error_name((int)-result), error_text((int)-result));
	else if (failed)
		add(&l, " = -1 errno %ld", -result);
	else
		add(&l, returns_address(nr) ? " = %#lx" : " = %ld", result);
	log_raw("%s\n", l.text);
}

/* Calls that do not come back are printed before. */
static void on_enter(unsigned long nr, const struct callargs *a)
{
	struct task *t = task_current();
	struct line l;

	t->traced = a;
	t->traced_nr = nr;
	t->traced_since = time_mono();
	if (!shown(nr) || (nr != __NR_exit && nr != __NR_exit_group && !is_exec(nr)))
		return;
	add_call(&l, t, nr, a, 0, false);
	if (is_exec(nr)) {
		t->traced_text = kstrdup(strchr(l.text, 'e'));
		return;
	}
	t->traced = NULL;
	log_raw("%s = ?\n", l.text);
}

static struct ktimer patience;

static void show_unfinished(struct ktimer *timer)
{
	uint64_t now = time_mono();
	struct process *p;
	struct task *t;
	struct line l;

	list_for_each_entry (p, &process_all, all_link) {
		list_for_each_entry (t, &p->tasks, link) {
			if (t->traced == NULL || !shown(t->traced_nr) || t->traced_since == TIME_NEVER ||
			    now - t->traced_since < NSEC_PER_SEC)
				continue;
			t->traced_since = TIME_NEVER;
			add_call(&l, t, t->traced_nr, t->traced, 0, true);
			log_raw("%s <unfinished ...>\n", l.text);
		}
	}
	if (timer_arm(timer, now + NSEC_PER_SEC) != 0)
		log_warn("strace: no memory to watch unfinished calls");
}

static const char *child_code(int code)
{
	static const char *const names[] = {
	    [CLD_EXITED] = "CLD_EXITED",   [CLD_KILLED] = "CLD_KILLED",       [CLD_DUMPED] = "CLD_DUMPED",
	    [CLD_STOPPED] = "CLD_STOPPED", [CLD_CONTINUED] = "CLD_CONTINUED",
	};

	return code > 0 && code < (int)ARRAY_LEN(names) ? names[code] : NULL;
}

static void on_signal(struct task *t, int sig, const void *info)
{
	const siginfo_t *si = info;
	struct signal_text name = signal_text(sig);
	struct line l;

	begin(&l, t);
	add(&l, "--- %s {si_signo=%s, ", name.text, name.text);
	if (sig == SIGCHLD && child_code(si->si_code) != NULL)
		add(&l, "si_code=%s, si_pid=%d, si_uid=%u, si_status=%d, si_utime=%ld, si_stime=%ld} ---\n",
		    child_code(si->si_code), si->si_pid, si->si_uid, si->si_status, si->si_utime, si->si_stime);
	else if (si->si_code > 0 && si->si_code != SI_KERNEL)
		add(&l, "si_code=%d, si_addr=%p} ---\n", si->si_code, si->si_addr);
	else
		add(&l, "si_code=%d, si_pid=%d} ---\n", si->si_code, si->si_pid);
	log_raw("%s", l.text);
}

/* With one process the call before has said it. */
static void on_exited(struct task *t, int status)
{
	struct line l;

	kfree(t->traced_text);
	t->traced_text = NULL;
	if (!begin(&l, t))
		return;
	if ((status & 0x7f) == 0)
		log_raw("%s+++ exited with %d +++\n", l.text, status >> 8 & 0xff);
	else
		log_raw("%s+++ killed by %s +++\n", l.text, signal_text(status & 0x7f).text);
}

static void want(const char *name, size_t len)
{
	for (unsigned nr = 0; nr < NUMBERS; nr++) {
		const struct call_name *c = call_name(nr);

		if (c != NULL && strlen(c->name) == len && memcmp(c->name, name, len) == 0) {
			wanted[nr / 64] |= 1ull << nr % 64;
			return;
		}
	}
	log_err("kiln.strace: no system call is named %.*s", (int)len, name);
}

static struct syscall_watcher watcher = {.enter = on_enter, .exit = on_exit, .signal = on_signal, .exited = on_exited};

static void strace_init(void)
{
	char filter[FILTER_BYTES];

	if (config_string("kiln.strace", filter, sizeof filter) <= 0 || strcmp(filter, "false") == 0)
		return;
	if (strcmp(filter, "true") == 0)
		memset(wanted, 0xff, sizeof wanted);
	else
		for (const char *p = filter, *end; *p != '\0'; p = *end == ',' ? end + 1 : end) {
			end = strchr(p, ',');
			if (end == NULL)
				end = p + strlen(p);
			want(p, (size_t)(end - p));
		}
	syscall_watch(&watcher);
	timer_init(&patience, show_unfinished);
	show_unfinished(&patience);
}
INIT(INIT_LATE, strace_init);
