/* SPDX-License-Identifier: ISC */
/* Processes: fork, vfork and clone; what a child inherits and what it does not; waiting for it, and being told. */
// RUN: -m 48M
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"
#include "test/wait.h"

static volatile int count;
static int shared_value = 1;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

static void basics(void)
{
	int local = 5, status;
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		bool good = getppid() == parent && getpid() != parent && gettid() == getpid() && local == 5;

		local = 6;
		shared_value = 2;
		_exit(good && shared_value == 2 ? 41 : 1);
	}
	tap_ok(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 41,
	       "a child ends with its status");
	tap_ok(local == 5 && shared_value == 1, "what it wrote is its own");
	pid = fork();
	if (pid == 0) {
		raise(SIGKILL);
		_exit(1);
	}
	status = status_of(pid);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "or by a signal");
	tap_ok(waitpid(pid, &status, 0) == -1 && errno == ECHILD, "nobody waits for it twice");
	tap_ok(wait(NULL) == -1 && errno == ECHILD && waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	       "nor without children");
	tap_ok(waitpid(-1, NULL, 0x100) == -1 && errno == EINVAL, "unknown options are refused");
	tap_ok(waitpid(parent, NULL, 0) == -1 && errno == ECHILD, "who is no child is not waited for");
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	tap_ok(waitpid(pid, &status, WNOHANG) == 0, "WNOHANG does not wait");
	kill(pid, SIGKILL);
	tap_ok(waitpid(-getpgrp(), &status, 0) == pid, "a group's child is waited for by its group");
}

static void inherited_signals(void)
{
	struct itimerval it = {{0, 0}, {100, 0}}, left;
	sigset_t set, was;
	pid_t pid;

	install(SIGUSR1, on_signal, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &was);
	raise(SIGUSR1);
	setitimer(ITIMER_REAL, &it, NULL);
	pid = fork();
	if (pid == 0) {
		int bad = 0;

		sigpending(&set);
		bad |= sigismember(&set, SIGUSR1) ? 1 : 0;
		getitimer(ITIMER_REAL, &left);
		bad |= left.it_value.tv_sec != 0 ? 2 : 0;
		sigprocmask(SIG_BLOCK, NULL, &set);
		bad |= sigismember(&set, SIGUSR1) ? 0 : 4;
		count = 0;
		raise(SIGUSR1);
		bad |= count != 0 ? 8 : 0;
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		bad |= count != 1 ? 16 : 0;
		_exit(bad);
	}
	tap_ok(status_of(pid) == 0, "handlers and mask are inherited, pending signals and timers are not");
	it.it_value.tv_sec = 0;
	setitimer(ITIMER_REAL, &it, NULL);
	sigprocmask(SIG_SETMASK, &was, NULL);
	install(SIGUSR1, SIG_DFL, 0);
}

static void inherited_files(void)
{
	char b[8] = "";
	int fd = memfd_create("x", 0), p[2], q[2], status;
	pid_t pid;
	mode_t mask = umask(027);

	if (pipe(p) != 0 || pipe(q) != 0 || write(fd, "abcdef", 6) != 6)
		return;
	lseek(fd, 0, SEEK_SET);
	pid = fork();
	if (pid == 0) {
		bool good = read(fd, b, 2) == 2 && umask(0) == 027 && close(p[0]) == 0;

		good &= chdir("/proc") == 0 || chdir("/") == 0;
		good &= write(p[1], "hello", 5) == 5;
		_exit(good ? 0 : 1);
	}
	close(p[1]);
	tap_ok(read(p[0], b, sizeof b) == 5 && memcmp(b, "hello", 5) == 0, "a pipe between the two");
	tap_ok(read(p[0], b, sizeof b) == 0, "ends when the child does");
	status = status_of(pid);
	tap_ok(status == 0 && read(fd, b, 2) == 2 && b[0] == 'c', "an open file's position is shared");
	tap_ok(umask(mask) == 027, "umask is inherited, and each has its own");
	pid = fork();
	if (pid == 0) {
		close(q[0]);
		_exit(close(fd) == 0 && fcntl(fd, F_GETFD) == -1 ? 0 : 1);
	}
	tap_ok(status_of(pid) == 0 && fcntl(fd, F_GETFD) == 0, "closing is each one's own");
	close(q[0]);
	close(q[1]);
	close(p[0]);
	close(fd);
}

struct shared {
	sem_t there, back;
	pthread_mutex_t mutex;
	volatile int n;
};

static void memory(void)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *private = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	bool good = true;

	memset(private, 7, 1 << 20);
	sem_init(&s->there, 1, 0);
	sem_init(&s->back, 1, 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			sem_wait(&s->there);
			s->n++;
			sem_post(&s->back);
		}
		for (int i = 0; i < 1 << 20; i += 512)
		private[i]++;
		_exit(private[512] == 8 && private[513] == 7 ? 0 : 1);
	}
	for (int i = 0; i < 200; i++) {
		sem_post(&s->there);
		sem_wait(&s->back);
		good &= s->n == i + 1;
	}
	tap_ok(good && status_of(pid) == 0, "shared memory and semaphores in it");
	for (int i = 0; i < 1 << 20; i++)
		good &= private[i] == 7;
	tap_ok(good, "private memory stays what it was");
	for (int i = 0; i < 1 << 20; i += 512)
	private[i]++;
	for (int i = 0; i < 1 << 20; i++)
		good &= private[i] == (i % 512 == 0 ? 8 : 7);
	tap_ok(good, "and can be written afterwards");
	munmap(private, 1 << 20);
	munmap(s, sizeof *s);
}

static void *forking_thread(void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		errno = 0;
		_exit(gettid() == getpid() && getpid() != *(pid_t *)arg ? 12 : 1);
	}
	return (void *)(intptr_t)status_of(pid);
}

static void *idle_thread(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static void threads(void)
{
	pid_t self = getpid(), pid;
	pthread_t t;
	void *r;

	pthread_create(&t, NULL, forking_thread, &self);
	pthread_join(t, &r);
	tap_ok((intptr_t)r == 12 << 8, "a thread forks, the child has one thread, with the process's id");
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 5; i++)
			pthread_create(&t, NULL, idle_thread, NULL);
		_exit(33);
	}
	tap_ok(status_of(pid) == 33 << 8, "exit_group ends a child's threads");
	pid = fork();
	if (pid == 0) {
		pthread_create(&t, NULL, idle_thread, NULL);
		syscall(SYS_exit, 5);
	}
	nap(20);
	tap_ok(waitpid(pid, NULL, WNOHANG) == 0, "a process lives as long as its last thread");
	kill(pid, SIGKILL);
	tap_ok(status_of(pid) == SIGKILL, "and a kill reaches that");
}

static void vforks(void)
{
	volatile int n = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		n = 1;
		_exit(4);
	}
	tap_ok(n == 1 && status_of(pid) == 4 << 8, "vfork shares memory and waits for the end");
	pid = vfork();
	if (pid == 0) {
		nap(30);
		n = 2;
		kill(getpid(), SIGKILL);
	}
	tap_ok(n == 2 && status_of(pid) == SIGKILL, "also when the child is killed");
	pid = fork();
	if (pid == 0) { /* killed while its own vfork child lives */
		if (vfork() == 0) {
			kill(getppid(), SIGKILL);
			nap(30);
			_exit(0);
		}
		_exit(1);
	}
	tap_ok(status_of(pid) == SIGKILL, "a parent that waits in vfork can be killed");
}

static char stack[65536];
static volatile int by_clone;

static int clone_main(void *arg)
{
	by_clone = *(int *)arg;
	return 6;
}

int clone(int (*fn)(void *), void *sp, int flags, void *arg, ...);

static long clone3(struct clone_args *a)
{
	return syscall(SYS_clone3, a, sizeof *a);
}

static void clones(void)
{
	struct clone_args a = {.exit_signal = SIGCHLD};
	int value = 17, status;
	pid_t pid = clone(clone_main, stack + sizeof stack, CLONE_VM | SIGCHLD, &value);

	tap_ok(pid > 0 && status_of(pid) == 6 << 8 && by_clone == 17, "clone with CLONE_VM shares memory");
	value = 18;
	pid = clone(clone_main, stack + sizeof stack, 0, &value);
	tap_ok(waitpid(pid, &status, 0) == -1 && errno == ECHILD && waitpid(pid, &status, __WCLONE) == pid &&
		   status == 6 << 8 && by_clone == 17,
	       "a child without a signal is waited for with __WCLONE");
	install(SIGUSR1, on_signal, SA_RESTART);
	count = 0;
	pid = clone(clone_main, stack + sizeof stack, SIGUSR1, &value);
	tap_ok(waitpid(pid, &status, __WALL) == pid && count == 1, "or with __WALL, and its signal comes");
	install(SIGUSR1, SIG_DFL, 0);
	tap_ok(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EINVAL,
	       "CLONE_SIGHAND without CLONE_VM: EINVAL");
	tap_ok(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EINVAL,
	       "CLONE_THREAD without CLONE_SIGHAND: EINVAL");
	pid = (pid_t)clone3(&a);
	if (pid == 0)
		_exit(8);
	tap_ok(pid > 0 && status_of(pid) == 8 << 8, "clone3 makes a process");
	a.exit_signal = 65;
	tap_ok(clone3(&a) == -1 && errno == EINVAL, "clone3 with a bad signal: EINVAL");
}

static void tids(void)
{
	struct clone_args a = {.exit_signal = SIGCHLD, .flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID};
	volatile pid_t parent_tid = 0, child_tid = 0;
	pid_t pid;

	a.parent_tid = (uintptr_t)&parent_tid;
	a.child_tid = (uintptr_t)&child_tid;
	pid = (pid_t)clone3(&a);
	if (pid == 0)
		_exit(child_tid == (pid_t)syscall(SYS_getpid) && parent_tid == 0 ? 0 : 1);
	tap_ok(status_of(pid) == 0 && parent_tid == pid && child_tid == 0, "tids are written where each will look");
}

static void locks(void)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, ask;
	char name[] = "/tmp/kiln-lock-XXXXXX";
	int fd, p[2];
	char c = 0;
	pid_t pid;

	mkdir("/tmp", 0777);
	fd = mkstemp(name);
	unlink(name);
	if (fd < 0 || pipe(p) != 0 || fcntl(fd, F_SETLK, &all) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		int same = dup(fd);

		ask = all;
		fcntl(fd, F_GETLK, &ask);
		if (ask.l_type != F_WRLCK || ask.l_pid != getppid() || fcntl(fd, F_SETLK, &all) != -1)
			_exit(1);
		close(same); /* ends locks of this process, not the parent's */
		if (fcntl(fd, F_SETLK, &all) != -1 || write(p[1], "w", 1) != 1 || fcntl(fd, F_SETLKW, &all) != 0)
			_exit(2);
		_exit(0);
	}
	if (read(p[0], &c, 1) == 1)
		nap(20);
	tap_ok(c == 'w' && waitpid(pid, NULL, WNOHANG) == 0, "a record lock is the parent's alone");
	all.l_type = F_UNLCK;
	fcntl(fd, F_SETLK, &all);
	tap_ok(status_of(pid) == 0, "the child gets it when it is free");
	all.l_type = F_WRLCK;
	tap_ok(fcntl(fd, F_SETLK, &all) == 0, "and loses it at its end");
	ask = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1000, .l_len = 1};
	all.l_len = 1;
	all.l_type = F_UNLCK;
	fcntl(fd, F_SETLK, &ask);
	fcntl(fd, F_SETLK, &(struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_len = 1000});
	fcntl(fd, F_SETLK, &(struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 1001});
	pid = fork();
	if (pid == 0) {
		all.l_type = F_WRLCK;
		if (fcntl(fd, F_SETLK, &all) != 0 || write(p[1], "w", 1) != 1)
			_exit(1);
		_exit(fcntl(fd, F_SETLKW, &ask) == 0 ? 0 : 2);
	}
	all.l_type = F_WRLCK;
	if (read(p[0], &c, 1) == 1)
		EVENTUALLY(wait_is_asleep(pid, pid));
	tap_ok(fcntl(fd, F_SETLKW, &all) == -1 && errno == EDEADLK, "who would wait for each other: EDEADLK");
	ask.l_type = F_UNLCK;
	fcntl(fd, F_SETLK, &ask);
	tap_ok(status_of(pid) == 0, "the other one goes on");
	close(fd);
	close(p[0]);
	close(p[1]);
}

static bool file_has(pid_t pid, const char *file, const char *want)
{
	char path[64], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return strstr(text, want) != NULL;
}

static void in_proc(void)
{
	char link[64], path[64], name[32];
	siginfo_t si;
	int p[2];
	ssize_t n;
	pid_t pid;

	if (pipe(p) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		n = readlink("/proc/self", link, sizeof link - 1);
		link[n > 0 ? n : 0] = '\0';
		prctl(PR_SET_NAME, "a child");
		if (atoi(link) != getpid() || write(p[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	if (read(p[0], link, 1) != 1)
		return;
	snprintf(name, sizeof name, "PPid:\t%d", getpid());
	tap_ok(file_has(pid, "status", name) && file_has(pid, "status", "Name:\ta child") &&
		   file_has(pid, "cmdline", "process") && file_has(pid, "maps", "[stack]"),
	       "a child in /proc");
	snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, p[1]);
	n = readlink(path, link, sizeof link - 1);
	tap_ok(n > 5 && memcmp(link, "pipe:", 5) == 0, "with its files");
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	tap_ok(file_has(pid, "stat", "(a child) Z ") && file_has(pid, "comm", "a child") && !file_has(pid, "maps", "["),
	       "a zombie");
	status_of(pid);
	tap_ok(!file_has(pid, "stat", ""), "then gone");
	close(p[0]);
	close(p[1]);
}

static void limits(void)
{
	struct rlimit one = {1, 1};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* A user of its own, so that nobody else's processes count. */
		if (setrlimit(RLIMIT_NPROC, &one) != 0 || setuid(54321) != 0)
			_exit(1);
		pid = fork();
		if (pid == 0)
			_exit(0);
		_exit(pid == -1 && errno == EAGAIN ? 0 : 2);
	}
	status = status_of(pid);
	if (getuid() == 0)
		tap_ok(status == 0, "RLIMIT_NPROC is heeded");
	else
		tap_skip("RLIMIT_NPROC is heeded", "not root");
}

int main(void)
{
	basics();
	inherited_signals();
	inherited_files();
	memory();
	threads();
	vforks();
	clones();
	tids();
	in_proc();
	locks();
	limits();
	return tap_end();
}
