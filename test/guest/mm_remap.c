/* SPDX-License-Identifier: ISC */
/* mremap and brk: sizes, moves, content and errors. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "test/tap.h"

#define PAGE 4096ul
#define MIB  1048576ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t pages, int prot)
{
	return mmap(NULL, pages * PAGE, prot, ANON, -1, 0);
}

static bool fails(const void *p, int err)
{
	return p == MAP_FAILED && errno == err;
}

static void mark(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = (char)(i + 1);
}

static bool marked(const char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (p[i * PAGE] != (char)(i + 1))
			return false;
	return true;
}

static void remap(void)
{
	char *p = map(64, RW), *q;

	munmap(p + 32 * PAGE, 32 * PAGE);
	mark(p, 32);
	tap_ok(mremap(p, 32 * PAGE, 16 * PAGE, 0) == p && marked(p, 16), "smaller");
	tap_ok(mremap(p, 16 * PAGE, 48 * PAGE, 0) == p && marked(p, 16) && p[20 * PAGE] == 0, "larger where it is");
	mmap(p + 48 * PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0);
	tap_ok(fails(mremap(p, 48 * PAGE, 64 * PAGE, 0), ENOMEM), "not where something is");
	mark(p, 48);
	q = mremap(p, 48 * PAGE, 200 * PAGE, MREMAP_MAYMOVE);
	tap_ok(q != MAP_FAILED && q != p && marked(q, 48) && q[199 * PAGE] == 0, "so it moves");
	tap_ok(fails(mremap(p, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE), EFAULT), "and is not there any more");
	p = map(100, RW);
	mark(p, 100);
	tap_ok(mremap(p + 10 * PAGE, 50 * PAGE, 20 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q && q[0] == 11 &&
		   q[19 * PAGE] == 30 && q[20 * PAGE] == 21,
	       "to a fixed place, over what was there");
	tap_ok(p[9 * PAGE] == 10 && p[60 * PAGE] == 61 && fails(mremap(p + 10 * PAGE, PAGE, PAGE * 2, 0), EFAULT),
	       "the middle is gone, the rest stays");
	mprotect(q, PAGE, PROT_READ);
	tap_ok(fails(mremap(q, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), EFAULT), "two mappings at once: EFAULT");
	tap_ok(fails(mremap(q + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EINVAL), "inside a page");
	tap_ok(fails(mremap(q, PAGE, 0, MREMAP_MAYMOVE), EINVAL), "new length 0");
	tap_ok(fails(mremap(q, PAGE, PAGE, 0x40), EINVAL), "an unknown flag");
	tap_ok(fails(mremap(q, PAGE, PAGE, MREMAP_FIXED, p), EINVAL), "MREMAP_FIXED needs MREMAP_MAYMOVE");
	tap_ok(fails(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE), EINVAL), "onto itself");
	tap_ok(fails(mremap(q, 0, PAGE, MREMAP_MAYMOVE), EINVAL), "old length 0 of private memory");
	tap_ok(syscall(SYS_mremap, p, PAGE, 1ul << 46, MREMAP_MAYMOVE, 0) == -1 && errno == ENOMEM,
	       "larger than anything free");
}

static void large(void)
{
	char *q = mmap(NULL, MIB, RW, ANON, -1, 0);
	bool ok = true;

	mark(q, 256);
	for (size_t n = 2; n <= 8; n *= 2) {
		q = mremap(q, n / 2 * MIB, n * MIB, MREMAP_MAYMOVE);
		ok = ok && q != MAP_FAILED && marked(q, 256);
		mmap(NULL, PAGE, PROT_READ, ANON, -1, 0);
	}
	tap_ok(ok, "a buffer grows to 8 MiB");
	munmap(q, 8 * MIB);
}

static uintptr_t brk_to(uintptr_t to)
{
	return (uintptr_t)syscall(SYS_brk, to);
}

static void heap_end(void)
{
	uintptr_t start = brk_to(0), at;

	tap_ok(start != 0 && brk_to(start + 10) == start + 10 && brk_to(0) == start + 10, "brk goes to the byte");
	tap_ok(brk_to(start + 3 * MIB) == start + 3 * MIB, "3 MiB more");
	memset((void *)start, 1, 3 * MIB);
	tap_ok(brk_to(start + PAGE) == start + PAGE && brk_to(start + MIB) == start + MIB &&
		   ((char *)start)[MIB / 2] == 0 && ((char *)start)[5] == 1,
	       "what was given back is zero again");
	tap_ok(brk_to(start - PAGE * 100000) == start + MIB, "below its start: nothing changes");
	tap_ok(brk_to(UINTPTR_MAX) == start + MIB, "beyond all addresses likewise");
	at = (start + 2 * MIB) & ~(PAGE - 1);
	if (mmap((void *)at, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) == MAP_FAILED)
		return;
	tap_ok(brk_to(start + 4 * MIB) == start + MIB, "into another mapping likewise");
	munmap((void *)at, PAGE);
	tap_ok(brk_to(start) == start, "and back");
}

int main(void)
{
	remap();
	large();
	heap_end();
	return tap_end();
}
