/* SPDX-License-Identifier: ISC */
/* Calls whose lines under --strace and under strace(1) are to be the same. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long keep;

static void files(void)
{
	struct stat st;
	int fd;

	keep += chdir("/tmp") + unlink("traced") + access("traced", F_OK) + access("/", R_OK | X_OK);
	fd = open("traced", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	keep += write(fd, "hello\n\001\177\"\\tail of a long text that is cut", 45);
	keep += lseek(fd, 0, SEEK_SET) + lseek(fd, -2, SEEK_END) + fstat(fd, &st) + stat("traced", &st);
	keep += syscall(SYS_newfstatat, AT_FDCWD, "traced", &st, AT_SYMLINK_NOFOLLOW) + ftruncate(fd, 3);
	keep += fcntl(fd, F_SETFD, 0) + fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND) + dup2(fd, 20);
	keep += fcntl(fd, F_DUPFD_CLOEXEC, 30) + close(20) + close(30) + close(99);
	keep += openat(AT_FDCWD, "no/such", O_RDONLY | O_DIRECTORY) + mkdir("traced-dir", 0755) + rmdir("traced-dir");
	keep += unlink("traced") + close(fd);
}

int main(void)
{
	struct timespec t = {0, 1000};
	int fds[2];
	void *m;

	files();
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	keep += mprotect(m, 4096, PROT_READ) + madvise(m, 4096, MADV_DONTNEED) + munmap(m, 8192);
	keep += pipe2(fds, O_CLOEXEC | O_NONBLOCK) + write(fds[1], "ab", 2) + read(fds[0], fds, 2);
	keep += socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	keep += syscall(SYS_nanosleep, &t, NULL) + syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &t, NULL);
	return 3;
}
