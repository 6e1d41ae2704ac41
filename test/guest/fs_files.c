/* SPDX-License-Identifier: ISC */
/* Files by path: making, attributes, times, sizes, maps, locks, memfds, and the errors. In a directory of its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"

static char home[] = "/tmp/fs_files-XXXXXX";

static bool is(const char *path, const char *text)
{
	char buf[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, buf, sizeof buf);

	close(fd);
	return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static void test_open(void)
{
	struct stat st;
	int fd;

	umask(022);
	tap_ok(put("f", "hello") == 0 && is("f", "hello") && stat("f", &st) == 0 && st.st_mode == (S_IFREG | 0644) &&
		   st.st_size == 5 && st.st_nlink == 1,
	       "a file, less the umask");
	tap_ok(umask(077) == 022 && umask(022) == 077, "umask");
	tap_ok(open("f", O_CREAT | O_EXCL | O_RDWR, 0600) < 0 && errno == EEXIST, "O_EXCL");
	tap_ok(open("none", O_RDONLY) < 0 && errno == ENOENT && open("f/x", O_RDONLY) < 0 && errno == ENOTDIR &&
		   open(".", O_WRONLY) < 0 && errno == EISDIR && open("f", O_DIRECTORY) < 0 && errno == ENOTDIR,
	       "ENOENT, ENOTDIR, EISDIR");
	tap_ok(open((char *)8, O_RDONLY) < 0 && errno == EFAULT && open("", O_RDONLY) < 0 && errno == ENOENT,
	       "EFAULT, empty");
	fd = open(".", O_RDONLY | O_DIRECTORY);
	tap_ok(openat(fd, "f", O_RDONLY) >= 0 && openat(999, "f", O_RDONLY) < 0 && errno == EBADF &&
		   openat(999, "/tmp", O_RDONLY) >= 0 && openat(1, "f", O_RDONLY) < 0 && errno == ENOTDIR,
	       "openat");
	close(fd);
	fd = open("f", O_PATH);
	tap_ok(fd >= 0 && read(fd, &st, 1) < 0 && errno == EBADF && fstat(fd, &st) == 0 && st.st_size == 5, "O_PATH");
	close(fd);
	char *longer = malloc(5000);
	memset(longer, 'a', 5000);
	longer[256] = '\0';
	tap_ok(open(longer, O_CREAT, 0600) < 0 && errno == ENAMETOOLONG, "a name of 256");
	longer[256] = 'a';
	longer[4999] = '\0';
	tap_ok(open(longer, O_RDONLY) < 0 && errno == ENAMETOOLONG, "a path of 5000");
	for (int i = 0; i < 4999; i++)
		longer[i] = i % 2 == 0 ? '.' : '/';
	longer[4000] = 'f';
	longer[4001] = '\0';
	tap_ok(open(longer, O_RDONLY) >= 0, "one of 4000 that leads there");
	free(longer);
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	tap_ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0 && write(fd, "x", 1) == 1, "O_TMPFILE");
	for (int i = 3; i < 20; i++)
		close(i);
}

static void test_attributes(void)
{
	struct timespec ts[2] = {{1000000000, 5}, {0, UTIME_OMIT}};
	struct timeval tv[2] = {{7, 250000}, {8, 500000}};
	struct statx x;
	struct stat st;
	int fd = open("f", O_RDWR);

	tap_ok(chmod("f", 04751) == 0 && stat("f", &st) == 0 && (st.st_mode & 07777) == 04751 &&
		   fchmod(fd, 0600) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0600 &&
		   fchmodat(AT_FDCWD, "f", 0644, 0) == 0,
	       "chmod");
	tap_ok(stat("f", &st) == 0 && utimensat(AT_FDCWD, "f", ts, 0) == 0 && stat("f", &st) == 0 &&
		   st.st_atim.tv_sec == 1000000000 && st.st_atim.tv_nsec == 5 && st.st_mtim.tv_sec > 1000000000,
	       "utimensat, UTIME_OMIT");
	tap_ok(utimes("f", tv) == 0 && stat("f", &st) == 0 && st.st_mtim.tv_sec == 8 && st.st_mtim.tv_nsec == 500000000,
	       "utimes");
	ts[0].tv_nsec = 1000000000;
	tap_ok(futimens(fd, ts) < 0 && errno == EINVAL, "a wrong time");
	tap_ok(futimens(fd, NULL) == 0 && fstat(fd, &st) == 0 && st.st_mtim.tv_sec > 1000000000, "now");
	tap_ok(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x) == 0 && x.stx_size == 5 &&
		   x.stx_ino == st.st_ino && (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS,
	       "statx");
	tap_ok(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && st.st_size == 5 && fstatat(fd, "", &st, 0) < 0 &&
		   errno == ENOENT,
	       "AT_EMPTY_PATH");
	tap_ok(access("f", R_OK | W_OK) == 0 && access("none", F_OK) < 0 && errno == ENOENT && access("f", 9) < 0 &&
		   errno == EINVAL,
	       "access");
	if (geteuid() == 0)
		tap_ok(access("f", X_OK) < 0 && errno == EACCES && chown("f", 12, 34) == 0 && stat("f", &st) == 0 &&
			   st.st_uid == 12 && st.st_gid == 34 && lchown("f", 0, (gid_t)-1) == 0 &&
			   stat("f", &st) == 0 && st.st_uid == 0 && st.st_gid == 34,
		       "chown; root executes what somebody may");
	else
		tap_skip("chown", "not root");
	close(fd);
}

static void test_sizes(void)
{
	char buf[100];
	struct stat st;
	int fd = open("s", O_RDWR | O_CREAT | O_TRUNC, 0600), ro = open("s", O_RDONLY);

	tap_ok(ftruncate(fd, 100000) == 0 && fstat(fd, &st) == 0 && st.st_size == 100000 && st.st_blocks == 0 &&
		   pread(fd, buf, 100, 50000) == 100 && buf[0] == 0 && buf[99] == 0,
	       "a hole");
	tap_ok(pwrite(fd, "data", 4, 50000) == 4 && lseek(fd, 0, SEEK_DATA) == 49152 &&
		   lseek(fd, 49152, SEEK_HOLE) == 53248 && lseek(fd, 60000, SEEK_DATA) < 0 && errno == ENXIO,
	       "SEEK_DATA, SEEK_HOLE");
	tap_ok(truncate("s", 50002) == 0 && pread(fd, buf, 9, 50000) == 2 && memcmp(buf, "da", 2) == 0, "cut");
	tap_ok(truncate("s", 50010) == 0 && pread(fd, buf, 100, 50000) == 10 &&
		   memcmp(buf, "da\0\0\0\0\0\0\0\0", 10) == 0,
	       "and zero when it grows");
	tap_ok(ftruncate(ro, 0) < 0 && errno == EINVAL && ftruncate(fd, -1) < 0 && errno == EINVAL &&
		   truncate(".", 0) < 0 && errno == EISDIR,
	       "truncate's errors");
	tap_ok(fallocate(fd, 0, 0, 200000) == 0 && fstat(fd, &st) == 0 && st.st_size == 200000 && st.st_blocks >= 390,
	       "fallocate");
	tap_ok(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 196608) == 0 && fstat(fd, &st) == 0 &&
		   st.st_blocks < 20 && st.st_size == 200000,
	       "a punched hole");
	tap_ok(fallocate(fd, 0, -1, 5) < 0 && errno == EINVAL && fallocate(ro, 0, 0, 5) < 0 && errno == EBADF,
	       "its errors");
	close(fd);
	close(ro);
	unlink("s");
}

static volatile int too_large;

static void on_xfsz(int sig)
{
	(void)sig;
	too_large++;
}

static void test_limit(void)
{
	struct rlimit old, small;
	char buf[100] = "";
	int fd = open("s", O_RDWR | O_CREAT | O_TRUNC, 0600);

	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){1000, old.rlim_max};
	signal(SIGXFSZ, on_xfsz);
	setrlimit(RLIMIT_FSIZE, &small);
	tap_ok(pwrite(fd, buf, 100, 950) == 50 && too_large == 0, "RLIMIT_FSIZE: a write is cut");
	tap_ok(pwrite(fd, buf, 1, 1000) < 0 && errno == EFBIG && too_large == 1, "or EFBIG and SIGXFSZ");
	tap_ok(ftruncate(fd, 1001) < 0 && errno == EFBIG && too_large == 2 && ftruncate(fd, 10) == 0, "ftruncate too");
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
	unlink("s");
}

static void test_maps(void)
{
	int fd = open("m", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char buf[16], *shared, *private;

	if (ftruncate(fd, 12288) != 0)
		abort();
	pwrite(fd, "first", 5, 0);
	shared = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
	tap_ok(shared != MAP_FAILED && private != MAP_FAILED && memcmp(shared, "first", 5) == 0, "maps");
	memcpy(shared + 8192, "stored", 6);
	tap_ok(pread(fd, buf, 6, 8192) == 6 && memcmp(buf, "stored", 6) == 0, "a store is read");
	pwrite(fd, "written", 7, 4096);
	tap_ok(memcmp(shared + 4096, "written", 7) == 0 && memcmp(private, "written", 7) == 0, "a write is seen");
	private[0] = 'X';
	tap_ok(shared[4096] == 'w' && pread(fd, buf, 1, 4096) == 1 && buf[0] == 'w', "a private store stays private");
	unlink("m");
	close(fd);
	shared[1] = 'I';
	tap_ok(memcmp(shared, "fIrst", 5) == 0, "a map outlives name and descriptor");
	munmap(shared, 12288);
	munmap(private, 8192);
	tap_ok(msync(NULL, 0, MS_SYNC) == 0, "msync");
	fd = open("m", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (ftruncate(fd, 12288) != 0)
		abort();
	shared = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	tap_ok(pwrite(fd, shared, 8192, 0) == 8192 && shared[5] == 0, "a hole written from a map of itself");
	shared[4096] = 'S';
	tap_ok(pread(fd, buf, 1, 4096) == 1 && buf[0] == 'S', "file and map are still one");
	munmap(shared, 12288);
	close(fd);
	unlink("m");
}

static void *lock_wait(void *arg)
{
	return (void *)(intptr_t)flock(*(int *)arg, LOCK_EX);
}

static struct flock range(short type, off_t start, off_t len)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}

static void test_locks(void)
{
	int a = open("l", O_RDWR | O_CREAT, 0600), b = open("l", O_RDWR), c = dup(a);
	struct flock l;
	pthread_t t;
	void *r;

	tap_ok(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0 && flock(b, LOCK_EX | LOCK_NB) < 0 &&
		   errno == EAGAIN,
	       "flock: shared");
	tap_ok(flock(b, LOCK_UN) == 0 && flock(c, LOCK_EX | LOCK_NB) == 0 && flock(b, LOCK_SH | LOCK_NB) < 0 &&
		   errno == EAGAIN,
	       "flock: exclusive; a duplicate is the same owner");
	pthread_create(&t, NULL, lock_wait, &b);
	usleep(20000);
	flock(a, LOCK_UN);
	pthread_join(t, &r);
	tap_ok(r == 0 && flock(a, LOCK_SH | LOCK_NB) < 0, "flock: waited for");
	close(b);
	tap_ok(flock(a, LOCK_EX | LOCK_NB) == 0, "flock: ends with its file");
	b = open("l", O_RDWR);
	l = range(F_WRLCK, 10, 20);
	tap_ok(fcntl(a, F_SETLK, &l) == 0 && fcntl(b, F_SETLK, &l) == 0, "record locks: the process is the owner");
	l = range(F_WRLCK, 0, 100);
	tap_ok(fcntl(b, F_OFD_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_start == 10 && l.l_len == 20 &&
		   l.l_pid == getpid(),
	       "F_OFD_GETLK");
	l = range(F_UNLCK, 15, 5);
	fcntl(a, F_SETLK, &l);
	l = range(F_WRLCK, 15, 5);
	tap_ok(fcntl(b, F_OFD_SETLK, &l) == 0, "unlocking the middle splits");
	l = range(F_WRLCK, 16, 1);
	tap_ok(fcntl(a, F_SETLK, &l) < 0 && (errno == EAGAIN || errno == EACCES),
	       "the open file's lock holds the process off");
	close(c);
	l = range(F_WRLCK, 10, 5);
	tap_ok(fcntl(b, F_OFD_SETLK, &l) == 0, "closing any descriptor drops the process's");
	close(a);
	close(b);
	unlink("l");
}

static void test_memfd(void)
{
	int fd = memfd_create("it", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char link[64] = "", path[32];
	void *m;

	tap_ok(fd >= 0 && write(fd, "memory", 6) == 6 && ftruncate(fd, 4096) == 0, "memfd");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	tap_ok(readlink(path, link, sizeof link - 1) > 0 && strcmp(link, "/memfd:it (deleted)") == 0, "its name");
	tap_ok(is("/proc/self/exe", "x") == false && open(path, O_RDWR) >= 0, "opened again by /proc/self/fd");
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	tap_ok(m != MAP_FAILED && memcmp(m, "memory", 6) == 0, "mapped");
	tap_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) < 0 && errno == EBUSY, "no write seal while mapped");
	munmap(m, 4096);
	tap_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0 && ftruncate(fd, 1) < 0 &&
		   errno == EPERM && ftruncate(fd, 8192) < 0 && errno == EPERM && pwrite(fd, "x", 1, 0) < 0 &&
		   errno == EPERM && fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
	       "seals");
	close(fd);
	close(fd + 1);
}

static void test_space(void)
{
	struct statvfs v;

	tap_ok(statvfs(".", &v) == 0 && v.f_bsize > 0 && v.f_blocks > 0 && v.f_bfree <= v.f_blocks &&
		   v.f_namemax == 255,
	       "statvfs");
	sync();
}

int main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) != 0)
		abort();
	test_open();
	test_attributes();
	test_sizes();
	test_limit();
	test_maps();
	test_locks();
	test_memfd();
	test_space();
	unlink("f");
	tap_ok(chdir("/") == 0 && rmdir(home) == 0, "nothing is left");
	return tap_end();
}
