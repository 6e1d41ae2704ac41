/* SPDX-License-Identifier: ISC */
// USES: linux/strace.c linux/strace_args.c linux/call_names.c linux/names_of.c lib/fmt.c lib/string.c
// FLAGS: -fno-builtin
/* What --strace prints for a call, a signal and a filter. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "abi/errno.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "test/tap.h"

char *strstr(const char *haystack, const char *needle); /* <string.h> and lib/string.h do not go together */

static char out[2000], errors[500];
static const char *filter;
static struct syscall_watcher *watcher;
static struct process process = {.pid = 1, .task_count = 1};
static struct task task = {.process = &process, .tid = 7};
static struct thread thread = {.task = &task};
struct cpu cpu_boot = {.current = &thread};
struct list process_all = LIST_INIT(process_all);
const char *(*syscall_name)(unsigned long nr);

static uint64_t now = 5;
static struct ktimer *armed;

uint64_t time_mono(void)
{
	return now;
}

void timer_init(struct ktimer *t, void (*fn)(struct ktimer *))
{
	t->fn = fn;
}

int timer_arm(struct ktimer *t, uint64_t deadline)
{
	armed = t;
	t->deadline = deadline;
	return 0;
}

void log_raw(const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	fmt_vsnprintf(out, sizeof out, f, ap);
	va_end(ap);
}

void log_line(enum log_level level, const char *f, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, f);
	fmt_vsnprintf(errors, sizeof errors, f, ap);
	va_end(ap);
}

void syscall_watch(struct syscall_watcher *w)
{
	watcher = w;
}

long config_string(const char *path, char *buf, size_t size)
{
	return filter != NULL && strcmp(path, "kiln.strace") == 0 ? (long)strlcpy(buf, filter, size) : -ENOENT;
}

size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	if (src < 4096)
		return n;
	memcpy(dst, (const void *)src, n);
	return 0;
}

long arch_strncpy_from_user(char *dst, uintptr_t src, size_t max)
{
	size_t n;

	if (src < 4096)
		return -EFAULT;
	n = strnlen((const char *)src, max);
	memcpy(dst, (const char *)src, n);
	return (long)n;
}

/* Both components register one; in one program they follow each other. */
__asm__(".pushsection .kiln.init.7,\"aw\"; .balign 16; init_table:; .popsection");
extern const struct init_entry init_table[];

static void start(const char *f)
{
	filter = f;
	watcher = NULL;
	errors[0] = '\0';
	init_table[0].fn();
	init_table[1].fn();
}

static void call(long nr, long result, long a, long b, long c, long d)
{
	struct callargs args = {{0}};

	args.frame[14] = (uintptr_t)a;
	args.frame[13] = (uintptr_t)b;
	args.frame[12] = (uintptr_t)c;
	args.frame[7] = (uintptr_t)d;
	out[0] = '\0';
	watcher->exit((unsigned long)nr, &args, result);
}

static void is(const char *want)
{
	tap_ok(strcmp(out, want) == 0, "%.*s", (int)strlen(want) - 1, want);
	if (strcmp(out, want) != 0)
		tap_note("got %s", out);
}

char *kstrdup(const char *s)
{
	char *copy = malloc(strlen(s) + 1);

	return copy != NULL ? memcpy(copy, s, strlen(s) + 1) : NULL;
}

void kfree(void *p)
{
	free(p);
}

int main(void)
{
	static const char path[] = "/etc/pass\"wd\n", data[] = "abc\0\1"
							       "2 and more than the thirty-two that are shown";
	struct callargs args = {{0}};
	static const char *list[] = {"one", "two", NULL};
	siginfo_t si;
	int status = 15;

	list_init(&process.all_link);
	list_push_back(&process_all, &process.all_link);
	list_init(&process.tasks);
	list_push_back(&process.tasks, &task.link);
	start(NULL);
	tap_ok(watcher == NULL && syscall_name != NULL && strcmp(syscall_name(0), "read") == 0,
	       "off; but calls have names");
	tap_ok(syscall_name(400) == NULL && syscall_name(100000) == NULL, "those that exist");
	start("write,nonsense,getpid");
	tap_ok(strstr(errors, "nonsense") != NULL, "a filter with a name that is none");
	call(SYS_getpid, 1, 0, 0, 0, 0);
	tap_ok(out[0] != '\0', "what it names is printed");
	call(SYS_gettid, 1, 0, 0, 0, 0);
	tap_ok(out[0] == '\0', "and nothing else");
	start("true");
	call(SYS_getpid, 1, 0, 0, 0, 0);
	is("getpid() = 1\n");
	call(SYS_openat, -2, -100, (long)path, 0x80000, 0644);
	is("openat(AT_FDCWD, \"/etc/pass\\\"wd\\n\", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)\n");
	call(SYS_openat, -14, 3, 16, 0, 0);
	is("openat(3, 0x10, O_RDONLY) = -1 EFAULT (Bad address)\n");
	call(SYS_write, 7, 1, (long)data, 7, 0);
	is("write(1, \"abc\\0\\0012 \", 7) = 7\n");
	call(SYS_write, 40, 1, (long)data, 40, 0);
	is("write(1, \"abc\\0\\0012 and more than the thirty-\"..., 40) = 40\n");
	call(SYS_read, 3, 0, (long)data, 100, 0);
	is("read(0, \"abc\", 100) = 3\n");
	call(SYS_nanosleep, -ERESTART_RESTARTBLOCK, (long)data, 0, 0, 0);
	tap_ok(strstr(out, "= ? ERESTART_RESTARTBLOCK (Interrupted by signal)") != NULL, "an interrupted call");
	call(SYS_rt_sigreturn, -1, 0, 0, 0, 0);
	is("rt_sigreturn() = -1 EPERM (Operation not permitted)\n");
	call(4000, -38, 0, 0, 0, 0);
	is("syscall_0xfa0() = -1 ENOSYS (Function not implemented)\n");
	process.task_count = 2;
	call(SYS_getpid, 1, 0, 0, 0, 0);
	is("[pid     7] getpid() = 1\n");
	process.task_count = 1;
	args.frame[14] = (uintptr_t)path;
	watcher->enter(SYS_open, &args);
	out[0] = '\0';
	now += NSEC_PER_SEC - 1;
	armed->fn(armed);
	tap_ok(out[0] == '\0' && armed->deadline == now + NSEC_PER_SEC, "a call may take a second");
	now += 1;
	armed->fn(armed);
	tap_ok(strstr(out, "open(0x") == out && strstr(out, ", 0, 0) <unfinished ...>\n") != NULL,
	       "then it is shown as unfinished");
	out[0] = '\0';
	now += NSEC_PER_SEC;
	armed->fn(armed);
	tap_ok(out[0] == '\0', "once");
	args.frame[13] = (uintptr_t)list;
	args.frame[12] = (uintptr_t)list;
	watcher->enter(SYS_execve, &args);
	memset(&args, 0, sizeof args);
	watcher->exit(SYS_execve, &args, 0);
	tap_ok(strstr(out, "execve(\"/etc/pass\\\"wd\\n\", [\"one\", \"two\"], 0x") == out &&
		   strstr(out, " /* 2 vars */) = 0\n") != NULL,
	       "execve's arguments, when they are gone");
	call(SYS_wait4, 9, 9, (long)&status, 0, 0);
	is("wait4(9, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL) = 9\n");
	process.task_count = 2;
	watcher->exited(&task, 5 << 8);
	is("[pid     7] +++ exited with 5 +++\n");
	si = (siginfo_t){.si_signo = 17, .si_code = CLD_EXITED};
	si.si_pid = 3;
	si.si_status = 4;
	watcher->signal(&task, 17, &si);
	is("[pid     7] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=0, si_status=4, "
	   "si_utime=0, "
	   "si_stime=0} ---\n");
	process.task_count = 1;
	si = (siginfo_t){.si_signo = 11, .si_code = 1};
	si.si_addr = (void *)0x1234;
	watcher->signal(&task, 11, &si);
	is("--- SIGSEGV {si_signo=SIGSEGV, si_code=1, si_addr=0x1234} ---\n");
	return tap_end();
}
