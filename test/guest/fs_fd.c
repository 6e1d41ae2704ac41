/* SPDX-License-Identifier: ISC */
/* Descriptors: numbers, flags, duplicates, vectors, positions, and the errors of wrong ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "test/tap.h"

static char path[] = "/tmp/fs_fd-XXXXXX";

static void test_numbers(void)
{
	int a = open("/", O_RDONLY), b = dup(a), c, d;

	tap_ok(b == a + 1, "the lowest free number");
	close(a);
	c = open("/", O_RDONLY);
	tap_ok(c == a, "a freed number comes again");
	d = fcntl(c, F_DUPFD, 40);
	tap_ok(d == 40 && fcntl(c, F_DUPFD_CLOEXEC, 40) == 41 && (fcntl(41, F_GETFD) & FD_CLOEXEC) != 0 &&
		   fcntl(40, F_GETFD) == 0,
	       "F_DUPFD has a minimum");
	tap_ok(dup2(c, 50) == 50 && dup2(c, c) == c && dup3(c, c, 0) < 0 && errno == EINVAL, "dup2, dup3");
	tap_ok(dup3(c, 51, O_CLOEXEC) == 51 && fcntl(51, F_GETFD) == FD_CLOEXEC, "dup3's flag");
	tap_ok(fcntl(51, F_SETFD, 0) == 0 && fcntl(51, F_GETFD) == 0, "F_SETFD");
	tap_ok(syscall(SYS_close_range, 40, 45, 0) == 0 && fcntl(40, F_GETFD) < 0 && errno == EBADF &&
		   fcntl(50, F_GETFD) == 0,
	       "close_range");
	tap_ok(syscall(SYS_close_range, 50, ~0u, 4) == 0 && fcntl(51, F_GETFD) == FD_CLOEXEC, "close_range, CLOEXEC");
	tap_ok(syscall(SYS_close_range, 9, 8, 0) < 0 && errno == EINVAL, "close_range backwards");
	close(50);
	close(51);
	close(b);
	close(c);
	tap_ok(close(c) < 0 && errno == EBADF && dup(c) < 0 && errno == EBADF && dup2(c, 60) < 0 && errno == EBADF &&
		   read(-1, path, 1) < 0 && errno == EBADF && lseek(c, 0, SEEK_SET) < 0 && errno == EBADF,
	       "EBADF");
}

static void test_limit(void)
{
	struct rlimit old, few;
	int fds[64], n = 0;

	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){20, old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 64 && (fds[n] = dup(1)) >= 0)
		n++;
	tap_ok(errno == EMFILE && n > 0 && fds[n - 1] == 19, "RLIMIT_NOFILE");
	tap_ok(dup2(1, 20) < 0 && errno == EBADF && fcntl(1, F_DUPFD, 20) < 0 && errno == EINVAL, "beyond it");
	while (n > 0)
		close(fds[--n]);
	setrlimit(RLIMIT_NOFILE, &old);
}

static void test_positions(void)
{
	int fd = mkstemp(path), other = open(path, O_RDONLY), twin;
	char buf[64] = "";
	struct iovec v[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, r[2] = {{buf, 2}, {buf + 10, 30}};

	tap_ok(writev(fd, v, 3) == 8 && lseek(fd, 0, SEEK_CUR) == 8, "writev");
	tap_ok(lseek(fd, 1, SEEK_SET) == 1 && readv(fd, r, 2) == 7 && memcmp(buf, "bc", 2) == 0 &&
		   memcmp(buf + 10, "defgh", 5) == 0,
	       "readv");
	twin = dup(fd);
	lseek(fd, 2, SEEK_SET);
	tap_ok(lseek(twin, 0, SEEK_CUR) == 2 && lseek(other, 0, SEEK_CUR) == 0, "a duplicate shares the position");
	tap_ok(pwrite(fd, "XY", 2, 6) == 2 && pread(fd, buf, 4, 5) == 3 && memcmp(buf, "fXY", 3) == 0 &&
		   lseek(fd, 0, SEEK_CUR) == 2,
	       "pread and pwrite leave it");
	tap_ok(preadv(fd, r, 2, 0) == 8 && pwritev(fd, v, 1, 20) == 3 && lseek(fd, 0, SEEK_END) == 23,
	       "preadv, pwritev");
	tap_ok(pread(fd, buf, 1, -1) < 0 && errno == EINVAL, "a negative offset");
	tap_ok(readv(fd, r, -1) < 0 && errno == EINVAL && readv(fd, r, 1025) < 0 && errno == EINVAL, "wrong counts");
	r[0].iov_len = (size_t)-1;
	tap_ok(readv(fd, r, 1) < 0 && errno == EINVAL, "a wrong length");
	lseek(fd, 0, SEEK_SET);
	tap_ok(read(fd, (void *)8, 4) < 0 && errno == EFAULT && write(fd, (void *)8, 4) < 0 && errno == EFAULT &&
		   readv(fd, (void *)8, 2) < 0 && errno == EFAULT,
	       "EFAULT");
	tap_ok(write(other, "x", 1) < 0 && errno == EBADF, "not open for writing");
	fcntl(fd, F_SETFL, O_APPEND);
	lseek(fd, 0, SEEK_SET);
	tap_ok((fcntl(twin, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_RDWR) && write(fd, "end", 3) == 3 &&
		   lseek(fd, 0, SEEK_CUR) == 26,
	       "O_APPEND by F_SETFL, seen in the duplicate");
	tap_ok(fsync(fd) == 0 && fdatasync(fd) == 0, "fsync");
	tap_ok(ioctl(fd, TIOCGWINSZ, buf) < 0 && errno == ENOTTY, "ENOTTY");
	close(twin);
	close(other);
	close(fd);
	unlink(path);
}

static void test_copies(void)
{
	char copy[] = "/tmp/fs_fd-out-XXXXXX";
	int in = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), out = mkstemp(copy);
	static char big[100000], back[100000];
	off_t off = 10;
	loff_t from = 5, to = 7;
	int p[2];

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i % 251);
	tap_ok(write(in, big, sizeof big) == (ssize_t)sizeof big, "set-up");
	tap_ok(syscall(SYS_sendfile, out, in, &off, 50000) == 50000 && off == 50010 &&
		   lseek(in, 0, SEEK_CUR) == sizeof big && pread(out, back, 50001, 0) == 50000 &&
		   memcmp(back, big + 10, 50000) == 0,
	       "sendfile with an offset");
	lseek(in, sizeof big - 10, SEEK_SET);
	tap_ok(syscall(SYS_sendfile, out, in, NULL, 100) == 10 && syscall(SYS_sendfile, out, in, NULL, 100) == 0,
	       "sendfile from the position to the end");
	if (pipe(p) != 0)
		abort();
	off = 0;
	tap_ok(syscall(SYS_sendfile, p[1], in, &off, 1000) == 1000 && read(p[0], back, 2000) == 1000 &&
		   memcmp(back, big, 1000) == 0,
	       "sendfile into a pipe");
	tap_ok(syscall(SYS_sendfile, out, p[0], NULL, 10) < 0 && errno == EINVAL, "not out of one");
	tap_ok(syscall(SYS_copy_file_range, in, &from, out, &to, 3000, 0) == 3000 && from == 3005 && to == 3007 &&
		   pread(out, back, 3000, 7) == 3000 && memcmp(back, big + 5, 3000) == 0,
	       "copy_file_range");
	tap_ok(syscall(SYS_copy_file_range, in, NULL, out, NULL, 1, 1) < 0 && errno == EINVAL, "its flags");
	from = 0;
	to = 10;
	tap_ok(syscall(SYS_copy_file_range, in, &from, in, &to, 100, 0) < 0 && errno == EINVAL, "not onto itself");
	close(p[0]);
	close(p[1]);
	close(in);
	close(out);
	unlink(path);
	unlink(copy);
}

int main(void)
{
	test_numbers();
	test_limit();
	test_positions();
	test_copies();
	return tap_end();
}
