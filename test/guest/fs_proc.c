/* SPDX-License-Identifier: ISC */
/* /dev and /proc, as libraries use them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/process.h"
#include "test/tap.h"

static const char *text(const char *path)
{
	static char buf[16384];
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, m;

	while (fd >= 0 && (m = read(fd, buf + n, 700)) > 0 && n < 15000)
		n += m;
	close(fd);
	buf[n] = '\0';
	return buf;
}

/* The line that begins so, without that; NULL. */
static const char *line(const char *all, const char *begin)
{
	static char buf[512];
	const char *p = strstr(all, begin);

	if (p == NULL || (p != all && p[-1] != '\n'))
		return NULL;
	p += strlen(begin);
	snprintf(buf, sizeof buf, "%.*s", (int)strcspn(p, "\n"), p);
	return buf;
}

static void test_devices(void)
{
	char buf[4096], other[32] = "";
	int fd = open("/dev/null", O_RDWR);
	struct stat st;
	void *p;

	tap_ok(write(fd, buf, 4096) == 4096 && read(fd, buf, 10) == 0, "null");
	close(fd);
	fd = open("/dev/zero", O_RDWR);
	memset(buf, 1, sizeof buf);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	tap_ok(read(fd, buf, 4096) == 4096 && buf[0] == 0 && buf[4095] == 0 && p != MAP_FAILED && *(char *)p == 0,
	       "zero");
	close(fd);
	fd = open("/dev/full", O_RDWR);
	tap_ok(write(fd, "x", 1) < 0 && errno == ENOSPC && read(fd, buf, 1) == 1, "full");
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	tap_ok(read(fd, buf, 4096) == 4096 && read(fd, other, 32) == 32 && memcmp(buf, other, 32) != 0, "urandom");
	close(fd);
	fd = shm_open("/fs_proc", O_RDWR | O_CREAT, 0600);
	tap_ok(fd >= 0 && ftruncate(fd, 100) == 0 && shm_unlink("/fs_proc") == 0, "shm_open");
	close(fd);
	tap_ok(stat("/dev/stdin", &st) == 0 || errno == ENOENT, "stdin");
}

static void test_self(void)
{
	char buf[256], pid[32];
	struct rlimit r;
	const char *l;
	int fd, p[2];
	FILE *f;

	snprintf(pid, sizeof pid, "%d", getpid());
	ssize_t n = readlink("/proc/self", buf, sizeof buf);
	tap_ok(n == (ssize_t)strlen(pid) && memcmp(buf, pid, strlen(pid)) == 0, "self");
	n = readlink("/proc/self/exe", buf, sizeof buf - 1);
	buf[n > 0 ? n : 0] = '\0';
	tap_ok(n > 8 && strcmp(buf + n - 7, "fs_proc") == 0 && access("/proc/self/exe", R_OK) == 0, "exe");
	fd = open("/proc/self/exe", O_RDONLY);
	tap_ok(read(fd, buf, 4) == 4 && memcmp(buf, "\177ELF", 4) == 0, "exe's content");
	close(fd);
	l = text("/proc/self/cmdline");
	tap_ok(strlen(l) >= 7 && strcmp(l + strlen(l) - 7, "fs_proc") == 0, "cmdline");
	l = line(text("/proc/self/status"), "Pid:\t");
	tap_ok(l != NULL && strcmp(l, pid) == 0 && line(text("/proc/self/status"), "VmRSS:") != NULL &&
		   strcmp(line(text("/proc/self/status"), "Threads:\t"), "1") == 0,
	       "status");
	l = text("/proc/self/stat");
	tap_ok(atoi(l) == getpid() && strstr(l, "(fs_proc)") != NULL, "stat");
	tap_ok(sscanf(text("/proc/self/statm"), "%ld %ld", (long *)buf, (long *)(buf + 8)) == 2 && ((long *)buf)[0] > 0,
	       "statm");
	getrlimit(RLIMIT_NOFILE, &r);
	l = line(text("/proc/self/limits"), "Max open files");
	tap_ok(l != NULL && strtoul(l, NULL, 10) == r.rlim_cur, "limits");
	tap_ok(strstr(text("/proc/self/mountinfo"), " / ") != NULL &&
		   strstr(text("/proc/mounts"), " /proc proc ") != NULL,
	       "mounts");
	tap_ok(strncmp(text("/proc/self/comm"), "fs_proc", 7) == 0 && strstr(text("/proc/self/cgroup"), ":/") != NULL,
	       "comm, cgroup");

	/* The stack's range, as thread libraries look it up. */
	bool stack = false, code = false;
	f = fopen("/proc/self/maps", "r");
	while (f != NULL && fgets(buf, sizeof buf, f) != NULL) {
		unsigned long a, b;
		char perm[5];

		if (sscanf(buf, "%lx-%lx %4s", &a, &b, perm) != 3)
			break;
		stack = stack || ((unsigned long)&a >= a && (unsigned long)&a < b && strstr(buf, "[stack]") != NULL);
		code = code || ((unsigned long)&test_self >= a && (unsigned long)&test_self < b && perm[2] == 'x' &&
				strstr(buf, "fs_proc") != NULL);
	}
	fclose(f);
	tap_ok(stack && code, "maps");

	if (pipe(p) != 0)
		abort();
	snprintf(buf, sizeof buf, "/proc/self/fd/%d", p[0]);
	char target[64] = "", gone[] = "/tmp/fs_proc-gone-XXXXXX";
	tap_ok(readlink(buf, target, sizeof target - 1) > 0 && strncmp(target, "pipe:[", 6) == 0, "fd: a pipe's name");
	fd = open(buf, O_RDONLY);
	tap_ok(fd >= 0 && write(p[1], "x", 1) == 1 && read(fd, target, 1) == 1, "fd: opened again");
	close(fd);
	close(p[0]);
	close(p[1]);
	DIR *d = opendir("/proc/self/fd");
	int n_fds = 0, own = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		n_fds += e->d_name[0] != '.';
		own += atoi(e->d_name) == dirfd(d) && e->d_name[0] != '.';
	}
	closedir(d);
	tap_ok(n_fds >= 4 && own == 1, "fd: listed");
	fd = mkstemp(gone);
	unlink(gone);
	write(fd, "still", 5);
	snprintf(buf, sizeof buf, "/proc/self/fd/%d", fd);
	tap_ok(strcmp(text(buf), "still") == 0, "fd: a file without its name");
	close(fd);
}

/* The numbers in the next piece of a directory that is read in small ones (0: another name); how many. */
static int numbers(int dir, int number[4])
{
	char buf[64] __attribute__((aligned(8)));
	long n = syscall(SYS_getdents64, dir, buf, sizeof buf);
	int count = 0;

	for (long at = 0; at < n && count < 4; at += *(unsigned short *)(void *)(buf + at + 16))
		number[count++] = atoi(buf + at + 19);
	return count;
}

/* As libraries close all descriptors but some: each as its name is read. */
static void test_closing(void)
{
	int dir, p[2], last = 0, left = 0, number[4], n;

	for (int i = 0; i < 20; i++)
		last = pipe(p) == 0 ? p[1] : last;
	dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	while ((n = numbers(dir, number)) > 0)
		while (n-- > 0)
			if (number[n] > 2 && number[n] != dir)
				close(number[n]);
	close(dir);
	for (int fd = 3; fd <= last; fd++)
		left += fcntl(fd, F_GETFD) >= 0;
	tap_ok(last > 20 && left == 0, "fd: none is missed while others are closed");
}

static void test_ending(void)
{
	int p[2], seen = 0, children[12], dir, number[4], n;

	if (pipe(p) != 0)
		abort();
	for (int i = 0; i < 12; i++)
		if ((children[i] = fork()) == 0) {
			char c;

			close(p[1]);
			_exit(read(p[0], &c, 1) != 0);
		}
	dir = open("/proc", O_RDONLY | O_DIRECTORY);
	while ((n = numbers(dir, number)) > 0)
		while (n-- > 0)
			for (int i = 0; i < 12; i++)
				if (children[i] == number[n]) {
					kill(children[i], SIGKILL);
					waitpid(children[i], NULL, 0);
					seen++;
				}
	close(dir);
	close(p[0]);
	close(p[1]);
	tap_ok(seen == 12, "processes: none is missed while others end");
	while (wait(NULL) > 0)
		;
}

/* The vector that the program was started with. */
static bool auxv_is_ours(void)
{
	unsigned long aux[128] = {0}, entry = 0, random = 0;
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t n = read(fd, aux, sizeof aux - 16);

	close(fd);
	for (unsigned i = 0; aux[i] != AT_NULL; i += 2) {
		if (aux[i] == AT_ENTRY)
			entry = aux[i + 1];
		if (aux[i] == AT_RANDOM)
			random = aux[i + 1];
	}
	return n > 0 && n % 16 == 0 && entry == getauxval(AT_ENTRY) && random == getauxval(AT_RANDOM);
}

static void test_auxv(void)
{
	pid_t pid;

	tap_ok(auxv_is_ours(), "auxv");
	pid = fork();
	if (pid == 0)
		_exit(auxv_is_ours() ? 0 : 1);
	tap_ok(status_of(pid) == 0, "a child has the same");
}

static void test_system(void)
{
	const char *l = line(text("/proc/meminfo"), "MemTotal:");

	tap_ok(l != NULL && atol(l) > 0 && line(text("/proc/meminfo"), "MemAvailable:") != NULL, "meminfo");
	tap_ok(line(text("/proc/cpuinfo"), "processor\t: 0") != NULL && strstr(text("/proc/cpuinfo"), " sse2") != NULL,
	       "cpuinfo");
	tap_ok(strncmp(text("/proc/stat"), "cpu ", 4) == 0 && line(text("/proc/stat"), "btime ") != NULL, "stat");
	tap_ok(atof(text("/proc/uptime")) >= 0 && strchr(text("/proc/loadavg"), '/') != NULL, "uptime, loadavg");
	tap_ok(strncmp(text("/proc/version"), "Linux version ", 14) == 0, "version");
	tap_ok(strcmp(text("/proc/sys/kernel/ostype"), "Linux\n") == 0 &&
		   strlen(text("/proc/sys/kernel/random/boot_id")) == 37 &&
		   atoi(text("/proc/sys/kernel/pid_max")) > 1000,
	       "sys/kernel");
	char id[64];
	snprintf(id, sizeof id, "%s", text("/proc/sys/kernel/random/boot_id"));
	tap_ok(strcmp(id, text("/proc/sys/kernel/random/boot_id")) == 0, "boot_id stays");
	tap_ok(strcmp(text("/proc/sys/kernel/random/uuid"), id) != 0, "uuid changes");
	tap_ok(atoi(text("/proc/sys/net/core/somaxconn")) > 0 && strlen(text("/proc/sys/vm/overcommit_memory")) == 2,
	       "sys/net, sys/vm");
	tap_ok(strlen(text("/sys/devices/system/cpu/online")) >= 2, "cpu/online");
	tap_ok(open("/proc/none", O_RDONLY) < 0 && errno == ENOENT && open("/proc/999999999", O_RDONLY) < 0 &&
		   errno == ENOENT,
	       "ENOENT");
	tap_ok(mkdir("/proc/new", 0755) < 0 && open("/proc/new", O_CREAT | O_RDWR, 0600) < 0,
	       "nothing can be made there");
}

int main(void)
{
	test_devices();
	test_self();
	test_closing();
	test_ending();
	test_auxv();
	test_system();
	return tap_end();
}
