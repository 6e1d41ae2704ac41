/* SPDX-License-Identifier: ISC */
/* execve: what the new program gets, what of the process stays and what goes, what fails and then changes nothing. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"

extern char **environ;

static char self[PATH_MAX], dir[] = "/tmp/kiln-exec-XXXXXX";
static char *volatile nowhere = (char *)8;
static int shared_at; /* not shared: a copy tells whether memory is the child's */

/* What the program does when it is executed: argv[1] says it. The result is the exit status. */

static void on_signal(int sig)
{
	(void)sig;
}

static int arguments(int argc, char **argv)
{
	return argc == 5 && strcmp(argv[0], "name") == 0 && strcmp(argv[2], "") == 0 && strcmp(argv[3], "b c") == 0 &&
		       strlen(argv[4]) == 5000 && strcmp(environ[0], "A=1") == 0 && strcmp(environ[1], "B=") == 0 &&
		       environ[2] == NULL && strcmp((char *)(uintptr_t)getauxval(AT_EXECFN), self) == 0
		   ? 0
		   : 1;
}

static int signals_now(void)
{
	struct sigaction sa;
	struct itimerval left;
	stack_t stack;
	sigset_t set;
	int bad = 0;

	sigaction(SIGUSR1, NULL, &sa);
	bad |= sa.sa_handler == SIG_DFL ? 0 : 1;
	sigaction(SIGUSR2, NULL, &sa);
	bad |= sa.sa_handler == SIG_IGN ? 0 : 2;
	sigprocmask(SIG_BLOCK, NULL, &set);
	bad |= sigismember(&set, SIGHUP) ? 0 : 4;
	sigpending(&set);
	bad |= sigismember(&set, SIGHUP) ? 0 : 8;
	getitimer(ITIMER_REAL, &left);
	bad |= left.it_value.tv_sec > 0 ? 0 : 16;
	sigaltstack(NULL, &stack);
	bad |= (stack.ss_flags & SS_DISABLE) ? 0 : 32;
	bad |= timer_gettime((timer_t)0, &(struct itimerspec){0}) == -1 ? 0 : 64;
	return bad;
}

static int process_now(char **argv)
{
	char name[16];
	double x = 1.0;

	prctl(PR_GET_NAME, name);
	__asm__ volatile("fld1; fstp %%st(0)" ::: "st"); /* an empty x87 stack */
	return atoi(argv[2]) == getpid() && gettid() == getpid() && atoi(argv[3]) == getppid() &&
		       strcmp(name, strrchr(self, '/') + 1) == 0 && x + 1 == 2.0 && shared_at == 0
		   ? 0
		   : 1;
}

static int files_now(char **argv)
{
	int keep = atoi(argv[2]), gone = atoi(argv[3]);
	char b;

	return fcntl(keep, F_GETFD) == 0 && fcntl(gone, F_GETFD) == -1 && errno == EBADF && read(keep, &b, 1) == 1 &&
		       b == 'y'
		   ? 0
		   : 1;
}

static int act(int argc, char **argv)
{
	const char *what = argv[1];

	if (strcmp(what, "arguments") == 0)
		return arguments(argc, argv);
	if (strcmp(what, "signals") == 0)
		return signals_now();
	if (strcmp(what, "process") == 0)
		return process_now(argv);
	if (strcmp(what, "files") == 0)
		return files_now(argv);
	if (strcmp(what, "status") == 0)
		return atoi(argv[2]);
	if (strcmp(what, "wait") == 0) {
		nap(5000);
		return 7;
	}
	if (strcmp(what, "again") == 0 && atoi(argv[2]) > 0) {
		char n[12];

		snprintf(n, sizeof n, "%d", atoi(argv[2]) - 1);
		execv(self, (char *[]){self, "again", n, NULL});
		return 1;
	}
	return strcmp(what, "again") == 0 ? 23 : 99;
}

static int run(char *const argv[], char *const envp[])
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(self, argv, envp);
		_exit(120);
	}
	return status_of(pid);
}

static void kept(void)
{
	static char big[5001], keep[12], gone[12], parent[12];
	int fd = memfd_create("k", 0), fd2 = memfd_create("g", MFD_CLOEXEC), status;
	pid_t pid;

	memset(big, 'x', 5000);
	status = run((char *[]){"name", "arguments", "", "b c", big, NULL}, (char *[]){"A=1", "B=", NULL});
	tap_ok(status == 0, "arguments and environment arrive as they were given");
	pid = fork();
	if (pid == 0) {
		struct itimerval it = {{0, 0}, {100, 0}};
		static char altstack[32768];
		stack_t stack = {.ss_sp = altstack, .ss_size = sizeof altstack};
		sigset_t set;
		timer_t id;

		signal(SIGUSR1, on_signal);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGHUP);
		setitimer(ITIMER_REAL, &it, NULL);
		sigaltstack(&stack, NULL);
		timer_create(CLOCK_MONOTONIC, NULL, &id);
		execve(self, (char *[]){self, "signals", NULL}, environ);
		_exit(120);
	}
	status = status_of(pid);
	tap_ok(status == 0,
	       "mask, pending signals, SIG_IGN and alarm stay; handlers, alternate stack and timers go (%x)", status);
	if (write(fd, "xyz", 3) == 3)
		lseek(fd, 1, SEEK_SET);
	snprintf(keep, sizeof keep, "%d", fd);
	snprintf(gone, sizeof gone, "%d", fd2);
	tap_ok(run((char *[]){self, "files", keep, gone, NULL}, environ) == 0, "descriptors stay, but for FD_CLOEXEC");
	tap_ok(fcntl(fd2, F_GETFD) == FD_CLOEXEC, "which the parent keeps");
	pid = fork();
	if (pid == 0) {
		shared_at = 1;
		snprintf(keep, sizeof keep, "%d", getpid());
		snprintf(parent, sizeof parent, "%d", getppid());
		prctl(PR_SET_NAME, "other");
		execve(self, (char *[]){self, "process", keep, parent, NULL}, environ);
		_exit(120);
	}
	tap_ok(status_of(pid) == 0, "pid and parent stay, the name is the program's");
	tap_ok(run((char *[]){self, "again", "50", NULL}, environ) == 23 << 8, "fifty programs one after the other");
	close(fd);
	close(fd2);
}

static void *waits(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static void *executes(void *arg)
{
	char pid[12], parent[12];

	(void)arg;
	snprintf(pid, sizeof pid, "%d", getpid());
	snprintf(parent, sizeof parent, "%d", getppid());
	execve(self, (char *[]){self, "process", pid, parent, NULL}, environ);
	_exit(120);
}

static void threads(void)
{
	pthread_t t;
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 8; i++)
			pthread_create(&t, NULL, waits, NULL);
		pthread_create(&t, NULL, executes, NULL);
		pause();
	}
	tap_ok(status_of(pid) == 0, "a thread executes: the others end, it becomes the process");
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 8; i++)
			pthread_create(&t, NULL, executes, NULL);
		pause();
	}
	tap_ok(status_of(pid) == 0, "several threads at once: one does");
}

static int start_pipe[2];

static void *executes_then(void *arg)
{
	char b;

	(void)arg;
	if (read(start_pipe[0], &b, 1) == 1)
		execl(self, self, "wait", NULL);
	_exit(120);
}

/* A child whose main thread sleeps, and whose other one executes as soon as it gets a byte. */
static void lost_signal(void)
{
	pthread_t t;
	pid_t pid;

	if (pipe(start_pipe) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		pthread_create(&t, NULL, executes_then, NULL);
		pause();
		_exit(1);
	}
	nap(100);
	if (write(start_pipe[1], "x", 1) != 1)
		abort();
	kill(pid, SIGTERM);
	tap_ok(status_of(pid) == SIGTERM, "a signal that a thread did not take before it ended is taken by another");
	close(start_pipe[0]);
	close(start_pipe[1]);
}

static void other_signal(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK, 0, 0, 0, 0);

	if (pid == 0) {
		execl(self, self, "status", "5", NULL);
		_exit(120);
	}
	tap_ok(status_of(pid) == 5 << 8, "whoever executes tells its parent by SIGCHLD from then on");
}

static int fails(const char *path)
{
	char *argv[] = {(char *)(uintptr_t)path, NULL};

	errno = 0;
	return execve(path, argv, environ) == -1 ? errno : 0;
}

static const char *make(const char *name, const void *data, size_t n, mode_t mode)
{
	static char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, mode);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		return "";
	close(fd);
	return path;
}

static void failures(void)
{
	static char huge[200 << 10], *many[60000];
	char longest[PATH_MAX + 10], script[PATH_MAX + 32];
	Elf64_Ehdr bad = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_EXEC};
	struct sigaction sa;
	const char *path;
	int fd;

	signal(SIGUSR1, on_signal);
	tap_ok(fails("/nothing/there") == ENOENT && fails("") == ENOENT, "no such file: ENOENT");
	tap_ok(fails("/") == EACCES && fails(dir) == EACCES, "a directory: EACCES");
	tap_ok(fails(make("plain", "#!/bin/sh\n", 10, 0644)) == EACCES, "not executable: EACCES");
	tap_ok(fails(make("text", "just text\n", 10, 0755)) == ENOEXEC, "text: ENOEXEC");
	tap_ok(fails(make("empty", "", 0, 0755)) == ENOEXEC, "an empty file: ENOEXEC");
	tap_ok(fails(make("bad", &bad, sizeof bad, 0755)) == ENOEXEC, "a header without a program: ENOEXEC");
	tap_ok(fails(make("orphan", "#!/no/interpreter\n", 18, 0755)) == ENOENT,
	       "a script without its interpreter: ENOENT");
	path = make("loop", "", 0, 0755);
	fd = snprintf(script, sizeof script, "#!%s\n", path);
	tap_ok(fails(make("loop", script, (size_t)fd, 0755)) == ELOOP, "a script that is its own: ELOOP");
	snprintf(script, sizeof script, "%s/text/x", dir);
	tap_ok(fails(script) == ENOTDIR, "through a file: ENOTDIR");
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	tap_ok(fails(longest) == ENAMETOOLONG, "too long a path: ENAMETOOLONG");
	longest[300] = '\0';
	tap_ok(fails(longest) == ENAMETOOLONG, "too long a name: ENAMETOOLONG");
	tap_ok(execve(nowhere, (char *[]){"x", NULL}, environ) == -1 && errno == EFAULT &&
		   execve(self, (char **)nowhere, environ) == -1 && errno == EFAULT &&
		   execve(self, (char *[]){nowhere, NULL}, environ) == -1 && errno == EFAULT,
	       "bad addresses: EFAULT");
	memset(huge, 'h', sizeof huge - 1);
	tap_ok(execve(self, (char *[]){self, huge, NULL}, environ) == -1 && errno == E2BIG, "a huge argument: E2BIG");
	huge[1000] = '\0';
	for (unsigned i = 0; i < 59999; i++)
		many[i] = huge;
	tap_ok(execve(self, many, environ) == -1 && errno == E2BIG, "too many arguments: E2BIG");
	path = make("busy", &bad, sizeof bad, 0755);
	fd = open(path, O_WRONLY);
	tap_ok(fails(path) == ETXTBSY, "open for writing: ETXTBSY");
	close(fd);
	tap_ok(fails(path) == ENOEXEC, "not any more afterwards");
	sigaction(SIGUSR1, NULL, &sa);
	tap_ok(sa.sa_handler == on_signal && getpid() > 0, "after all that the process is as it was");
	signal(SIGUSR1, SIG_DFL);
}

static void scripts(void)
{
	char text[PATH_MAX + 32];
	const char *path;
	pid_t pid;
	int n = snprintf(text, sizeof text, "#!%s again\n", self);

	path = make("script", text, (size_t)n, 0755);
	pid = fork();
	if (pid == 0) {
		execve(path, (char *[]){"ignored", "0", NULL}, environ);
		_exit(120);
	}
	/* argv: self, "again", the path, "0": atoi of a path is 0. */
	tap_ok(status_of(pid) == 23 << 8, "a script runs its interpreter");
	pid = fork();
	if (pid == 0) {
		execl("script", "script", "0", NULL);
		_exit(chdir(dir) == 0 ? execl("./script", "script", "0", NULL) : 1);
	}
	tap_ok(status_of(pid) == 23 << 8, "by a relative path, too");
}

/* The exit status of what was made and executed, or minus the error. */
static int script_status(const char *name, const char *text, size_t n)
{
	const char *path = make(name, text, n, 0755);
	pid_t pid = fork();

	if (pid == 0)
		_exit(100 + fails(path));
	pid = status_of(pid);
	return pid >> 8 > 100 ? 100 - (pid >> 8) : pid >> 8;
}

static void script_lines(void)
{
	char text[PATH_MAX + 512], name[16], before[PATH_MAX];
	int n = snprintf(text, sizeof text, "#!%s again", self);

	tap_ok(script_status("script", text, (size_t)n) == 23, "the end of the file ends the line");
	tap_ok(script_status("script", text, (size_t)n + 1) == 23, "and so does a NUL");
	memset(text + n, ' ', 400);
	tap_ok(script_status("script", text, (size_t)n + 400) == 23, "a long line is cut off");
	text[n] = '\r';
	text[n + 1] = '\n';
	tap_ok(script_status("script", text, (size_t)n + 2) == 99, "a carriage return is a part of the line");
	memset(text + 2, '/', 400);
	tap_ok(script_status("script", text, 400) == -ENOEXEC, "an interpreter that is cut off: ENOEXEC");
	tap_ok(script_status("script", "#! \t\n", 5) == -ENOEXEC, "or not named: ENOEXEC");
	for (int i = 1; i <= 6; i++) {
		n = snprintf(text, sizeof text, "#!%s%s\n", i == 1 ? self : before, i == 1 ? " again" : "");
		snprintf(name, sizeof name, "chain%d", i);
		snprintf(before, sizeof before, "%s/%s", dir, name);
		if (i < 5)
			make(name, text, (size_t)n, 0755);
		else
			tap_ok(script_status(name, text, (size_t)n) == (i == 5 ? 23 : -ELOOP),
			       i == 5 ? "five scripts are each other's interpreters" : "not six: ELOOP");
	}
}

/* A script's interpreter gets the name /dev/fd/N, which must not be closed by then. */
static void by_descriptor(void)
{
	char text[PATH_MAX + 32], path[PATH_MAX];
	int n = snprintf(text, sizeof text, "#!%s script\n", self), fd;

	make("named", text, (size_t)n, 0755);
	snprintf(path, sizeof path, "%s/named", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	tap_ok(syscall(SYS_execveat, fd, "", (char *[]){"n", NULL}, environ, AT_EMPTY_PATH) == -1 && errno == ENOENT,
	       "execveat of a script by a close-on-exec descriptor: ENOENT");
	close(fd);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tap_ok(syscall(SYS_execveat, fd, "named", (char *[]){"n", NULL}, environ, 0) == -1 && errno == ENOENT,
	       "below a close-on-exec directory too");
	close(fd);
}

static void copies(void)
{
	int in = open(self, O_RDONLY), out, mem = memfd_create("copy", MFD_CLOEXEC);
	static char buf[65536];
	char path[PATH_MAX];
	ssize_t n;
	pid_t pid;

	snprintf(path, sizeof path, "%s/copy", dir);
	out = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, (size_t)n) != n || write(mem, buf, (size_t)n) != n)
			break;
	close(in);
	close(out);
	pid = fork();
	if (pid == 0) {
		execl(path, "copy", "status", "44", NULL);
		_exit(120);
	}
	tap_ok(n == 0 && status_of(pid) == 44 << 8, "a file that was just written");
	pid = fork();
	if (pid == 0) {
		fexecve(mem, (char *[]){"mem", "status", "45", NULL}, environ);
		_exit(120);
	}
	tap_ok(status_of(pid) == 45 << 8, "fexecve of a memory file");
	pid = fork();
	if (pid == 0) {
		in = open(dir, O_RDONLY | O_DIRECTORY);
		syscall(SYS_execveat, in, "copy", (char *[]){"c", "status", "46", NULL}, environ, 0);
		_exit(120);
	}
	tap_ok(status_of(pid) == 46 << 8, "execveat below a directory");
	by_descriptor();
	tap_ok(symlink(path, strcat(strcpy(buf, dir), "/link")) == 0 &&
		   syscall(SYS_execveat, AT_FDCWD, buf, (char *[]){"c", NULL}, environ, AT_SYMLINK_NOFOLLOW) == -1 &&
		   errno == ELOOP,
	       "AT_SYMLINK_NOFOLLOW: ELOOP");
	tap_ok(syscall(SYS_execveat, AT_FDCWD, path, (char *[]){"c", NULL}, environ, 0x40) == -1 && errno == EINVAL,
	       "unknown flags: EINVAL");
	close(mem);
}

static void spawned(void)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int p[2], status;
	sigset_t set;
	char b[32];
	pid_t pid;

	if (pipe(p) != 0)
		return;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, p[1], 1);
	posix_spawn_file_actions_addclose(&files, p[0]);
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	status = posix_spawn(&pid, self, &files, &attr, (char *[]){self, "status", "12", NULL}, environ);
	tap_ok(status == 0 && getpgid(pid) == pid && status_of(pid) == 12 << 8, "posix_spawn with attributes");
	close(p[1]);
	tap_ok(read(p[0], b, sizeof b) == 0, "and file actions");
	tap_ok(posix_spawn(&pid, "/nothing/there", NULL, NULL, (char *[]){"x", NULL}, environ) == ENOENT,
	       "it tells that there is no such program");
	tap_ok(setpgid(0, 0) == 0 || errno == EPERM, "(a group of our own)");
	status = posix_spawn(&pid, self, NULL, NULL, (char *[]){self, "status", "0", NULL}, environ);
	tap_ok(status == 0 && setpgid(pid, pid) == -1 && errno == EACCES && status_of(pid) == 0,
	       "a child that has executed a program keeps its group: EACCES");
	close(p[0]);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	if (argc > 1)
		return act(argc, argv);
	if (mkdir("/tmp", 0777) == -1 && errno != EEXIST)
		return 1;
	if (mkdtemp(dir) == NULL)
		return 1;
	kept();
	threads();
	lost_signal();
	other_signal();
	failures();
	scripts();
	script_lines();
	copies();
	spawned();
	for (const char *names = "plain\0text\0empty\0bad\0orphan\0loop\0busy\0script\0copy\0link\0"
				 "chain1\0chain2\0chain3\0chain4\0chain5\0chain6\0";
	     *names != '\0'; names += strlen(names) + 1) {
		char path[PATH_MAX];

		snprintf(path, sizeof path, "%s/%s", dir, names);
		unlink(path);
	}
	rmdir(dir);
	return tap_end();
}
