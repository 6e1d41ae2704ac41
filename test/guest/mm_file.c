/* SPDX-License-Identifier: ISC */
/* Mappings of files: private and shared, their ends, access modes, truncation, code in a file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "test/tap.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)

static sigjmp_buf back;
static volatile int got_signal, got_code;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got_code = info->si_code;
	siglongjmp(back, 1);
}

static int touch(volatile char *p, bool write)
{
	got_signal = 0;
	if (sigsetjmp(back, 1) == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return got_signal;
}

static bool fails(const void *p, int err)
{
	return p == MAP_FAILED && errno == err;
}

/* 2.5 pages: each byte is its page's number plus 1. */
static int make(char *name)
{
	char page[PAGE];
	int fd;

	strcpy(name, "/tmp/mm_file.XXXXXX");
	fd = mkstemp(name);
	for (int i = 1; i <= 3; i++) {
		memset(page, i, sizeof page);
		if (write(fd, page, i == 3 ? PAGE / 2 : PAGE) < 0)
			return -1;
	}
	return fd;
}

static void private_mapping(int fd)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0), byte = 0;

	tap_ok(p[0] == 1 && p[PAGE] == 2 && p[2 * PAGE + PAGE / 2 - 1] == 3, "a private mapping shows the file");
	tap_ok(p[2 * PAGE + PAGE / 2] == 0 && p[3 * PAGE - 1] == 0, "and zeros behind its end");
	tap_ok(touch(p + 3 * PAGE, false) == SIGBUS && got_code == BUS_ADRERR, "a page beyond it is SIGBUS");
	p[PAGE] = 77;
	tap_ok(pread(fd, &byte, 1, PAGE) == 1 && byte == 2 && p[PAGE] == 77 && p[PAGE + 1] == 2,
	       "what is written stays here");
	tap_ok(madvise(p, 3 * PAGE, MADV_DONTNEED) == 0 && p[PAGE] == 2, "MADV_DONTNEED brings the file back");
	munmap(p, 4 * PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
	tap_ok(p[0] == 2, "from an offset");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 16 * PAGE);
	tap_ok(p != MAP_FAILED && touch(p, true) == SIGBUS, "all beyond the end");
	munmap(p, PAGE);
}

/* Room that a file has behind its end is not there for mappings. */
static void room_behind_end(void)
{
	char room[] = "/tmp/room.XXXXXX", *p;
	int fd = mkstemp(room);

	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * PAGE) != 0 || write(fd, "abc", 3) != 3)
		abort();
	p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	tap_ok(p[0] == 'a' && touch(p + PAGE, false) == SIGBUS && touch(p + 3 * PAGE, true) == SIGBUS,
	       "room behind the end is SIGBUS too");
	munmap(p, 4 * PAGE);
	close(fd);
	unlink(room);
}

static void shared_mapping(int fd)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0), *q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE),
	     byte = 0;

	p[PAGE + 5] = 55;
	tap_ok(pread(fd, &byte, 1, PAGE + 5) == 1 && byte == 55, "a shared mapping writes the file");
	tap_ok(pwrite(fd, "x", 1, PAGE + 6) == 1 && p[PAGE + 6] == 'x', "and sees what is written");
	tap_ok(q[5] == 55 && q[6] == 'x', "so does another one");
	tap_ok(msync(p, 3 * PAGE, MS_SYNC) == 0, "msync");
	p[2 * PAGE + PAGE / 2 + 3] = 99;
	tap_ok(lseek(fd, 0, SEEK_END) == (off_t)(2 * PAGE + PAGE / 2),
	       "writing behind its end does not make it longer");
	tap_ok(ftruncate(fd, 5 * PAGE) == 0 && pread(fd, &byte, 1, 2 * PAGE + PAGE / 2 + 3) == 1 && byte == 0,
	       "nor shows when it gets longer");
	tap_ok(ftruncate(fd, PAGE + 10) == 0 && p[PAGE + 5] == 55 && p[PAGE + 10] == 0 &&
		   touch(p + 2 * PAGE, false) == SIGBUS,
	       "truncated: zeros to the page's end, then SIGBUS");
	p[PAGE + 20] = 99;
	tap_ok(pwrite(fd, "y", 1, 2 * PAGE) == 1 && p[PAGE + 20] == 0 && p[2 * PAGE] == 'y',
	       "nor when something is written further on");
	tap_ok(ftruncate(fd, PAGE) == 0 && ftruncate(fd, 3 * PAGE) == 0 && p[2 * PAGE] == 0 && p[2 * PAGE - 1] == 0,
	       "longer again: zeros");
	munmap(p, 3 * PAGE);
	munmap(q, PAGE);
}

static void modes(const char *name)
{
	int ro = open(name, O_RDONLY), wo = open(name, O_WRONLY), dir = open("/tmp", O_RDONLY), fd[2];
	char *p;

	tap_ok(fails(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0), EACCES),
	       "shared and writable needs a file open for writing");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	tap_ok(p != MAP_FAILED && mprotect(p, PAGE, RW) == -1 && errno == EACCES, "mprotect does not get round that");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE, ro, 0);
	tap_ok(p != MAP_FAILED && touch(p, true) == 0, "a private one may be written");
	munmap(p, PAGE);
	tap_ok(fails(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), EACCES) &&
		   fails(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, wo, 0), EACCES),
	       "a file open for writing alone");
	tap_ok(fails(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV), "a directory");
	tap_ok(pipe(fd) == 0 && fails(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd[0], 0), ENODEV), "a pipe");
	tap_ok(fails(mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, ro, (off_t)(INT64_MAX - 2 * PAGE + 1)), EOVERFLOW) ||
		   errno == EINVAL,
	       "an offset at the end of all numbers");
	close(ro);
	close(wo);
	close(dir);
	close(fd[0]);
	close(fd[1]);
}

static void lifetime(void)
{
	char name[64], *p;
	int fd = make(name);

	p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
	close(fd);
	unlink(name);
	p[1] = 9;
	tap_ok(p[1] == 9 && p[PAGE] == 2, "a mapping outlives descriptor and name");
	munmap(p, 3 * PAGE);
	fd = memfd_create("test", 0);
	tap_ok(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0, "a memfd");
	p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	strcpy(p + PAGE, "in memory");
	tap_ok(pread(fd, name, 10, PAGE) == 10 && strcmp(name, "in memory") == 0,
	       "holds what is written to its mapping");
	close(fd);
	munmap(p, 2 * PAGE);
}

static void code(void)
{
	static const unsigned char forty_two[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	char name[64];
	int fd = make(name);
	unsigned char *p;
	void *w;

	tap_ok(pwrite(fd, forty_two, sizeof forty_two, 0) == sizeof forty_two, "code in a file");
	p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	tap_ok(p != MAP_FAILED && ((int (*)(void))(uintptr_t)p)() == 42, "runs");
	tap_ok(touch((char *)p, true) == SIGSEGV, "and cannot be written");
	munmap(p, PAGE);
	w = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(w, forty_two, sizeof forty_two);
	((char *)w)[1] = 43;
	tap_ok(mprotect(w, PAGE, PROT_READ | PROT_EXEC) == 0 && ((int (*)(void))(uintptr_t)w)() == 43,
	       "code made in memory");
	tap_ok(mprotect(w, PAGE, RW) == 0 && (((char *)w)[1] = 44) && mprotect(w, PAGE, PROT_READ | PROT_EXEC) == 0 &&
		   ((int (*)(void))(uintptr_t)w)() == 44,
	       "and made again");
	munmap(w, PAGE);
	close(fd);
	unlink(name);
}

static void large(void)
{
	char name[64], page[PAGE], *p;
	int fd = make(name);
	bool ok = true;

	for (int i = 0; i < 1024; i++) {
		memset(page, i, sizeof page);
		ok = ok && pwrite(fd, page, sizeof page, (off_t)(i * PAGE)) == (ssize_t)sizeof page;
	}
	p = mmap(NULL, 1024 * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 1024; i++)
		ok = ok && p[i * PAGE + 77] == (char)i;
	for (int i = 0; i < 1024; i += 3)
		p[i * PAGE] = (char)(i + 1);
	for (int i = 0; i < 1024; i++)
		ok = ok && p[i * PAGE] == (char)(i % 3 == 0 ? i + 1 : i);
	tap_ok(ok, "4 MiB of a file, a third of it written privately");
	munmap(p, 1024 * PAGE);
	close(fd);
	unlink(name);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	char name[64];
	int fd;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	fd = make(name);
	private_mapping(fd);
	shared_mapping(fd);
	room_behind_end();
	modes(name);
	close(fd);
	unlink(name);
	lifetime();
	code();
	large();
	return tap_end();
}
