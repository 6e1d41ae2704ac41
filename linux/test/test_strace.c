/* SPDX-License-Identifier: ISC */
// USES: linux/strace/*.c linux/call_names.c linux/names_of.c lib/fmt.c lib/string.c
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
#include "linux/regs.h"
#include "linux/sigqueue.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "test/tap.h"

char *strdup(const char *s);
char *strstr(const char *haystack, const char *needle); /* <string.h> and lib/string.h do not go together */

static char out[6000], errors[500];
static const char *filter;
static struct syscall_watcher *watcher;
static struct process process = {.pid = 1, .task_count = 1};
static struct task task = {.process = &process, .tid = 7}, other = {.process = &process, .tid = 8};
static struct thread thread = {.task = &task};
struct cpu cpu_boot = {.current = &thread};
struct list process_all = LIST_INIT(process_all);
const char *(*syscall_name)(unsigned long nr);
static bool no_memory;
bool signal_all_come;

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
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, f);
	fmt_vsnprintf(out + len, sizeof out - len, f, ap);
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

char *config_strdup(const char *path)
{
	return filter != NULL && strcmp(path, "kiln.strace") == 0 ? strdup(filter) : NULL;
}

/* While `garbage` is the program's memory there is no other. */
static unsigned char garbage[4096];
static bool only_garbage;

static bool readable(uintptr_t src, size_t n)
{
	uintptr_t start = (uintptr_t)garbage;

	if (!only_garbage)
		return src >= 4096;
	return src >= start && src < start + sizeof garbage && n <= start + sizeof garbage - src;
}

size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	if (!readable(src, n))
		return n;
	memcpy(dst, (const void *)src, n);
	return 0;
}

long arch_strncpy_from_user(char *dst, uintptr_t src, size_t max)
{
	size_t n;

	if (!readable(src, only_garbage ? max : 1))
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

static struct callargs args_of(long a, long b, long c, long d, long e)
{
	struct callargs args = {{0}};

	args.frame[14] = (uintptr_t)a;
	args.frame[13] = (uintptr_t)b;
	args.frame[12] = (uintptr_t)c;
	args.frame[7] = (uintptr_t)d;
	args.frame[9] = (uintptr_t)e;
	return args;
}

static void call(long nr, long result, long a, long b, long c, long d)
{
	struct callargs args = args_of(a, b, c, d, 0);

	out[0] = '\0';
	watcher->enter((unsigned long)nr, &args);
	watcher->exit((unsigned long)nr, &args, result);
}

static void is(const char *want)
{
	tap_ok(strcmp(out, want) == 0, "%.*s", (int)strlen(want) - 1, want);
	if (strcmp(out, want) != 0)
		tap_note("got %s", out);
	out[0] = '\0';
}

static void has(const char *want)
{
	tap_ok(strstr(out, want) != NULL, "%s", want);
	if (strstr(out, want) == NULL)
		tap_note("got %s", out);
	out[0] = '\0';
}

void *kmalloc(size_t n)
{
	return no_memory ? NULL : malloc(n);
}

void kfree(void *p)
{
	free(p);
}

uintptr_t regs_sp(const struct trapframe *tf)
{
	return (uintptr_t)tf;
}

static void filters(void)
{
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
	start("%network,%file");
	tap_ok(errors[0] == '\0', "classes");
	call(SYS_listen, 0, 3, 5, 0, 0);
	tap_ok(out[0] != '\0', "have their calls");
	call(SYS_close, 0, 3, 0, 0, 0);
	tap_ok(out[0] == '\0', "and no others");
}

static void long_filter(void)
{
	char list[600] = "";

	while (strlen(list) < 560)
		strlcpy(list + strlen(list), "gettid,", 8);
	strlcpy(list + strlen(list), "listen", 7);
	start(list);
	call(SYS_listen, 0, 3, 5, 0, 0);
	tap_ok(out[0] != '\0', "a filter may be long");
}

static void plain_calls(void)
{
	static const char path[] = "/etc/pass\"wd\n", data[] = "abc\0\1"
							       "2 and more than the thirty-two that are shown";

	start("true");
	call(SYS_getpid, 1, 0, 0, 0, 0);
	is("getpid()                                = 1\n");
	call(SYS_openat, -2, -100, (long)path, 0x80000, 0644);
	is("openat(AT_FDCWD, \"/etc/pass\\\"wd\\n\", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)\n");
	call(SYS_openat, -14, 3, 16, 0x1000000041, 0600);
	is("openat(3, 0x10, O_WRONLY|O_CREAT, 0600) = -1 EFAULT (Bad address)\n");
	call(SYS_write, 7, 1, (long)data, 7, 0);
	is("write(1, \"abc\\0\\0012 \", 7)              = 7\n");
	call(SYS_write, 40, 1, (long)data, 40, 0);
	is("write(1, \"abc\\0\\0012 and more than the thirty-\"..., 40) = 40\n");
	call(SYS_read, 3, 0, (long)data, 100, 0);
	is("read(0, \"abc\", 100)                     = 3\n");
	call(SYS_read, -9, 0, 0x123, 100, 0);
	is("read(0, 0x123, 100)                     = -1 EBADF (Bad file descriptor)\n");
	call(SYS_pread64, 0, 0, (long)data, 3, 1l << 40);
	is("pread64(0, \"\", 3, 1099511627776)        = 0\n");
	call(SYS_nanosleep, -EINVAL, 0x10, 0, 0, 0);
	is("nanosleep(0x10, NULL)                   = -1 EINVAL (Invalid argument)\n");
	call(SYS_semget, -38, 1, 2, 0, 0);
	is("semget(0x1, 0x2, 0, 0, 0, 0)            = -1 ENOSYS (Function not implemented)\n");
	call(4000, -38, 0, 17, 0, 0);
	is("syscall_0xfa0(0, 0x11, 0, 0, 0, 0)      = -1 ENOSYS (Function not implemented)\n");
	call(SYS_mmap, 0x7000000, 0, 4096, 3, 0x22);
	is("mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, 0, 0) = 0x7000000\n");
	call(SYS_mprotect, -EINVAL, 0x5000, 1, 0x40, 0);
	is("mprotect(0x5000, 1, 0x40 /* PROT_??? */) = -1 EINVAL (Invalid argument)\n");
	call(SYS_fcntl, 0x8002, 3, 3, 0, 0);
	is("fcntl(3, F_GETFL)                       = 0x8002 (flags O_RDWR|O_LARGEFILE)\n");
	call(SYS_umask, 022, 077, 0, 0, 0);
	is("umask(077)                              = 022\n");
}

static void structures(void)
{
	unsigned char in[16] = {2, 0, 0, 80, 127, 0, 0, 1}, in6[28] = {10, 0, 1, 0, [23] = 1}, un[8] = "\1\0/a/b";
	struct pollfd_words {
		int fd;
		short events, revents;
	} fds[] = {{3, 1, 1}, {-1, 4, 0}};
	uint64_t set[1] = {1 << 9 | 1ull << 31 | 1ull << 33}, action[4] = {1, 0x14000000, 0x5000, 0};
	int status = 15, len = 16, options[2] = {1, 2};

	call(SYS_bind, 0, 3, (long)in, 16, 0);
	is("bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0\n");
	call(SYS_connect, 0, 3, (long)in6, 28, 0);
	has("{sa_family=AF_INET6, sin6_port=htons(256), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", "
	    "&sin6_addr), "
	    "sin6_scope_id=0}, 28)");
	call(SYS_connect, 0, 3, (long)un, 7, 0);
	has("{sa_family=AF_UNIX, sun_path=\"/a/b\"}, 7)");
	un[2] = 0;
	call(SYS_connect, 0, 3, (long)un, 7, 0);
	has("{sa_family=AF_UNIX, sun_path=@\"a/b\\0\"}, 7)");
	call(SYS_connect, -14, 3, 0x10, 16, 0);
	has("connect(3, 0x10, 16)");
	call(SYS_getsockname, 0, 3, (long)in, (long)&len, 0);
	has("htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, [16])");
	call(SYS_setsockopt, 0, 3, 1, 13, (long)options);
	has("setsockopt(3, SOL_SOCKET, SO_LINGER, ");
	call(SYS_poll, 1, (long)fds, 2, 9, 0);
	is("poll([{fd=3, events=POLLIN}, {fd=-1}], 2, 9) = 1 ([{fd=3, revents=POLLIN}])\n");
	call(SYS_poll, 0, (long)fds, 1, 0, 0);
	has(" = 0 (Timeout)");
	call(SYS_rt_sigprocmask, 0, 0, (long)set, 0, 8);
	is("rt_sigprocmask(SIG_BLOCK, [USR1 RTMIN RT_2], NULL, 8) = 0\n");
	set[0] = ~set[0];
	call(SYS_rt_sigprocmask, 0, 2, (long)set, 0, 8);
	is("rt_sigprocmask(SIG_SETMASK, ~[USR1 RTMIN RT_2], NULL, 8) = 0\n");
	call(SYS_rt_sigaction, 0, 10, (long)action, 0, 8);
	is("rt_sigaction(SIGUSR1, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=SA_RESTORER|SA_RESTART, "
	   "sa_restorer=0x5000}, "
	   "NULL, 8) = 0\n");
	call(SYS_wait4, 9, 9, (long)&status, 0, 0);
	is("wait4(9, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL) = 9\n");
	call(SYS_wait4, 0, 9, (long)&status, 1, 0);
	has(", WNOHANG, NULL)");
	call(SYS_futex, 1, 0x1000, 129, 5, 0);
	is("futex(0x1000, FUTEX_WAKE_PRIVATE, 5)    = 1\n");
	call(SYS_clone, 9, 0x11, 0, 0, 0);
	is("clone(child_stack=NULL, flags=SIGCHLD)  = 9\n");
	call(SYS_ioctl, -25, 1, 0x5413, 0x77, 0);
	is("ioctl(1, TIOCGWINSZ, 0x77)              = -1 ENOTTY (Inappropriate ioctl for device)\n");
	call(SYS_ioctl, -25, 1, 0x1234, 5, 0);
	is("ioctl(1, _IOC(_IOC_NONE, 0x12, 0x34, 0), 0x5) = -1 ENOTTY (Inappropriate ioctl for device)\n");
}

static void long_lines(void)
{
	static char path[600];
	static const char *list[400];

	memset(path, 'x', sizeof path - 1);
	for (unsigned i = 0; i + 1 < sizeof list / sizeof list[0]; i++)
		list[i] = path;
	call(SYS_unlink, -36, (long)path, 0, 0, 0);
	tap_ok(strlen(out) < 700 && strstr(out, "xxx\"...) = -1 ENAMETOOLONG (File name too long)\n") != NULL,
	       "a long name is cut");
	path[0] = '\1';
	memset(path, '\1', sizeof path - 1);
	call(SYS_execve, -2, (long)path, (long)list, (long)list, 0);
	tap_ok(strlen(out) < 4096 && strstr(out, ") = -1 ENOENT (No such file or directory)\n") != NULL,
	       "a long line is cut, not its result");
}

/* Whatever a program passes and has in its memory: one line of bounded length that ends with a result. */
static void any_call(void)
{
	static const long results[] = {0, 5, 1l << 40, -22, -4, -512, -516};
	unsigned long seed = 1, bad = 0, lines = 0;

	only_garbage = true;
	for (unsigned round = 0; round < 24; round++) {
		for (size_t i = 0; i < sizeof garbage; i++)
			garbage[i] = round == 0   ? 0
				     : round == 1 ? 0xff
						  : (unsigned char)((seed = seed * 6364136223846793005u + 1) >> 56);
		for (long nr = 0; nr <= 460; nr++) {
			long a[4], result = results[(nr + round) % 7];

			for (unsigned i = 0; i < 4; i++) {
				seed = seed * 6364136223846793005u + 1;
				a[i] = seed >> 62 == 0   ? (long)(seed >> 33 & 63)
				       : seed >> 62 == 1 ? (long)seed
							 : (long)garbage + (long)(seed >> 40 & 2047);
			}
			if (nr == SYS_exit || nr == SYS_exit_group)
				continue;
			call(nr, result, a[0], a[1], a[2], a[3]);
			lines++;
			bad += strlen(out) > 4096 || strchr(out, '\n') != out + strlen(out) - 1 ||
			       strstr(out, result == -22 ? " = -1 EINVAL (Invalid argument)\n" : " = ") == NULL;
			bad += strchr(out, '(') == NULL;
		}
	}
	only_garbage = false;
	tap_ok(bad == 0, "%lu lines of any calls are lines", lines);
}

static void unfinished(void)
{
	static const char path[16] = "name";
	struct callargs first = args_of((long)path, 0, 0, 0, 0), second = args_of(3, 0, 9, 0, 0);

	out[0] = '\0';
	watcher->enter(SYS_open, &first);
	now += NSEC_PER_SEC - 1;
	armed->fn(armed);
	tap_ok(out[0] == '\0' && armed->deadline == now + NSEC_PER_SEC, "a call may take a second");
	now += 1;
	armed->fn(armed);
	is("open(\"name\", O_RDONLY <unfinished ...>\n");
	now += NSEC_PER_SEC;
	armed->fn(armed);
	tap_ok(out[0] == '\0', "once");
	watcher->exit(SYS_open, &first, 3);
	is("<... open resumed>)                     = 3\n");
	process.task_count = 2;
	watcher->enter(SYS_read, &second);
	thread.task = &other;
	watcher->enter(SYS_getppid, &first);
	is("[pid     7] read(3,  <unfinished ...>\n");
	watcher->exit(SYS_getppid, &first, 1);
	is("[pid     8] getppid()                   = 1\n");
	thread.task = &task;
	watcher->exit(SYS_read, &second, 0);
	is("[pid     7] <... read resumed>NULL, 9)  = 0\n");
	watcher->enter(SYS_nanosleep, &first);
	watcher->exit(SYS_nanosleep, &first, -ERESTART_RESTARTBLOCK);
	has(" = ? ERESTART_RESTARTBLOCK (Interrupted by signal)");
	watcher->enter(SYS_restart_syscall, &first);
	watcher->exit(SYS_restart_syscall, &first, 0);
	is("[pid     7] restart_syscall(<... resuming interrupted nanosleep ...>) = 0\n");
	no_memory = true;
	watcher->enter(SYS_getpid, &first);
	watcher->exit(SYS_getpid, &first, 1);
	no_memory = false;
	tap_ok(out[0] == '\0' && strstr(errors, "no memory") != NULL,
	       "without memory there is no line, and it says so");
	process.task_count = 1;
}

static void ends(void)
{
	struct callargs args = args_of(3, 0, 0, 0, 0);
	siginfo_t si;

	out[0] = '\0';
	watcher->enter(SYS_exit_group, &args);
	is("exit_group(3)                           = ?\n");
	watcher->exited(&task, 5 << 8);
	is("+++ exited with 5 +++\n");
	process.task_count = 2;
	watcher->exited(&task, 11 | 0x80);
	is("[pid     7] +++ killed by SIGSEGV (core dumped) +++\n");
	process.task_count = 1;
	si = (siginfo_t){.si_signo = 17, .si_code = CLD_KILLED};
	si.si_pid = 3;
	si.si_status = 15;
	watcher->signal(&task, 17, &si);
	is("--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=3, si_uid=0, si_status=SIGTERM, si_utime=0, "
	   "si_stime=0} ---\n");
	si = (siginfo_t){.si_signo = 11, .si_code = 1};
	si.si_addr = (void *)0x1234;
	watcher->signal(&task, 11, &si);
	is("--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x1234} ---\n");
	si = (siginfo_t){.si_signo = 35, .si_code = SI_QUEUE};
	si.si_ptr = (void *)0x16;
	watcher->signal(&task, 35, &si);
	is("--- SIGRT_3 {si_signo=SIGRT_3, si_code=SI_QUEUE, si_pid=0, si_uid=0, si_int=22, si_ptr=0x16} ---\n");
	si = (siginfo_t){.si_signo = 2, .si_code = SI_KERNEL};
	watcher->signal(&task, 2, &si);
	is("--- SIGINT {si_signo=SIGINT, si_code=SI_KERNEL} ---\n");
	watcher->signal(&task, 9, &si);
	tap_ok(out[0] == '\0', "SIGKILL is not seen");
}

int main(void)
{
	list_init(&process.all_link);
	list_push_back(&process_all, &process.all_link);
	filters();
	long_filter();
	plain_calls();
	structures();
	long_lines();
	any_call();
	unfinished();
	ends();
	return tap_end();
}
