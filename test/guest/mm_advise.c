/* SPDX-License-Identifier: ISC */
/* madvise, msync, mincore and the mlock family: effects and errors. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "test/tap.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static bool fails(long r, int err)
{
	return r == -1 && errno == err;
}

static void advice(void)
{
	char *p = mmap(NULL, 16 * PAGE, RW, ANON, -1, 0);

	memset(p, 1, 16 * PAGE);
	tap_ok(madvise(p + 4 * PAGE, 4 * PAGE, MADV_DONTNEED) == 0 && p[4 * PAGE] == 0 && p[8 * PAGE - 1] == 0,
	       "MADV_DONTNEED: zero again");
	tap_ok(p[4 * PAGE - 1] == 1 && p[8 * PAGE] == 1, "only there");
	tap_ok(madvise(p, PAGE, MADV_FREE) == 0, "MADV_FREE");
	p[0] = 9;
	tap_ok(p[0] == 9, "what is written afterwards stays");
	tap_ok(madvise(p, 16 * PAGE, MADV_NORMAL) == 0 && madvise(p, 16 * PAGE, MADV_RANDOM) == 0 &&
		   madvise(p, 16 * PAGE, MADV_SEQUENTIAL) == 0 && madvise(p, 16 * PAGE, MADV_WILLNEED) == 0 &&
		   madvise(p, 16 * PAGE, MADV_DONTDUMP) == 0 && madvise(p, 16 * PAGE, MADV_DODUMP) == 0 &&
		   madvise(p, 16 * PAGE, MADV_DONTFORK) == 0 && madvise(p, 16 * PAGE, MADV_DOFORK) == 0,
	       "hints");
	tap_ok(p[9 * PAGE] == 1, "change nothing");
	tap_ok(madvise(p, 0, MADV_DONTNEED) == 0 && p[0] == 9, "length 0");
	tap_ok(fails(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL), "inside a page");
	tap_ok(fails(madvise(p, PAGE, 12345), EINVAL), "unknown advice");
	tap_ok(fails(madvise(p, SIZE_MAX, MADV_DONTNEED), EINVAL), "a length that wraps");
	munmap(p + 8 * PAGE, PAGE);
	tap_ok(fails(madvise(p, 16 * PAGE, MADV_DONTNEED), ENOMEM) && p[15 * PAGE] == 0,
	       "over a hole: done, and ENOMEM");
	tap_ok(madvise(p, 8 * PAGE, MADV_POPULATE_WRITE) == 0, "MADV_POPULATE_WRITE");
	mprotect(p, PAGE, PROT_READ);
	tap_ok(fails(madvise(p, 8 * PAGE, MADV_POPULATE_WRITE), EINVAL), "of read-only memory");
	munmap(p, 16 * PAGE);
	p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p[PAGE] = 5;
	tap_ok(madvise(p, 4 * PAGE, MADV_DONTNEED) == 0 && p[PAGE] == 5, "shared memory is not lost");
	tap_ok(fails(madvise(p, 4 * PAGE, MADV_FREE), EINVAL), "nor free");
	munmap(p, 4 * PAGE);
}

static void presence(void)
{
	char *p = mmap(NULL, 600 * PAGE, RW, ANON | MAP_NORESERVE, -1, 0);
	unsigned char vec[600];
	size_t present = 0;

	madvise(p, 600 * PAGE, MADV_NOHUGEPAGE);
	tap_ok(mincore(p, 600 * PAGE, vec) == 0, "mincore");
	for (int i = 0; i < 600; i++)
		present += vec[i] & 1;
	tap_ok(present == 0, "nothing is present yet");
	p[300 * PAGE] = 1;
	tap_ok(mincore(p + 300 * PAGE, 1, vec) == 0 && (vec[0] & 1), "what was touched is");
	tap_ok(madvise(p, 600 * PAGE, MADV_DONTNEED) == 0 && mincore(p + 300 * PAGE, PAGE, vec) == 0 && !(vec[0] & 1),
	       "what was discarded is not");
	p = mmap(NULL, 600 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);
	tap_ok(mincore(p, 600 * PAGE, vec) == 0 && (vec[0] & vec[599] & 1), "MAP_POPULATE");
	tap_ok(fails(mincore(p + 1, PAGE, vec), EINVAL), "inside a page");
	munmap(p + 5 * PAGE, PAGE);
	tap_ok(fails(mincore(p, 8 * PAGE, vec), ENOMEM), "a hole");
	tap_ok(fails(mincore(p, PAGE, (unsigned char *)8), EFAULT), "nowhere to write");
	munmap(p, 600 * PAGE);
}

static void locks(void)
{
	char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
	unsigned char vec[8];

	tap_ok(mlock(p + 100, 2 * PAGE) == 0 && mincore(p, 8 * PAGE, vec) == 0 && (vec[0] & vec[1] & vec[2] & 1),
	       "mlock makes present");
	tap_ok(fails(madvise(p, PAGE, MADV_DONTNEED), EINVAL), "locked memory is not discarded");
	tap_ok(fails(msync(p, PAGE, MS_SYNC | MS_INVALIDATE), EBUSY), "nor invalidated");
	tap_ok(munlock(p, 8 * PAGE) == 0 && madvise(p, PAGE, MADV_DONTNEED) == 0, "unlocked it is");
	mprotect(p + 7 * PAGE, PAGE, PROT_NONE);
	tap_ok(fails(mlock(p + 6 * PAGE, 2 * PAGE), ENOMEM), "what cannot be present");
	tap_ok(munlock(p, 8 * PAGE) == 0 && syscall(SYS_mlock2, p, PAGE, 1) == 0 &&
		   fails(syscall(SYS_mlock2, p, PAGE, 2), EINVAL),
	       "mlock2");
	tap_ok(mlock(p, 0) == 0 && munlock(p, 0) == 0, "length 0");
	munmap(p + 4 * PAGE, PAGE);
	tap_ok(fails(mlock(p, 8 * PAGE), ENOMEM) && fails(munlock(p, 8 * PAGE), ENOMEM), "over a hole");
	tap_ok(fails(mlockall(0), EINVAL) && fails(mlockall(8), EINVAL), "mlockall without sense");
	tap_ok(munlockall() == 0, "munlockall");
	munmap(p, 8 * PAGE);
}

static void sync_calls(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	p[0] = 1;
	tap_ok(msync(p, 4 * PAGE, MS_SYNC) == 0 && msync(p, 4 * PAGE, MS_ASYNC) == 0 && msync(p, 0, MS_SYNC) == 0,
	       "msync");
	tap_ok(fails(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL) && fails(msync(p, PAGE, 64), EINVAL) &&
		   fails(msync(p + 1, PAGE, MS_SYNC), EINVAL),
	       "with wrong flags or address");
	munmap(p + PAGE, PAGE);
	tap_ok(fails(msync(p, 4 * PAGE, MS_SYNC), ENOMEM), "over a hole");
	munmap(p, 4 * PAGE);
}

int main(void)
{
	advice();
	presence();
	locks();
	sync_calls();
	return tap_end();
}
