/* SPDX-License-Identifier: ISC */
/* mmap and munmap: where mappings go, what they hold, and the error for each wrong call. */
#include <errno.h>
#include <fcntl.h>
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

static void *map(void *at, size_t len, int prot, int flags)
{
	return mmap(at, len, prot, flags, -1, 0);
}

static bool fails(void *p, int err)
{
	return p == MAP_FAILED && errno == err;
}

static bool all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void content(void)
{
	char *p = map(NULL, 4 * MIB, RW, ANON);
	bool kept = true;

	tap_ok(p != MAP_FAILED && (uintptr_t)p % PAGE == 0, "a mapping");
	tap_ok(all_zero(p, MIB), "is zero");
	for (size_t i = 0; i < 4 * MIB; i += PAGE)
		p[i] = (char)(i / PAGE * 7);
	for (size_t i = 0; i < 4 * MIB; i += PAGE)
		kept = kept && p[i] == (char)(i / PAGE * 7) && p[i + 1] == 0;
	tap_ok(kept, "keeps what is written");
	tap_ok(munmap(p + MIB, MIB) == 0 && p[MIB - PAGE] == (char)(255 * 7) && p[2 * MIB] == (char)(512 * 7),
	       "a hole can be cut out");
	tap_ok(map(p + MIB, MIB, RW, ANON | MAP_FIXED) == p + MIB && all_zero(p + MIB, MIB),
	       "and filled again, with zeros");
	tap_ok(munmap(p, 4 * MIB) == 0 && munmap(p, 4 * MIB) == 0, "unmapping nothing is no error");
}

static void places(void)
{
	char *p = map(NULL, 16 * PAGE, RW, ANON), *q;

	munmap(p, 16 * PAGE);
	q = map(p + 123, PAGE, RW, ANON);
	tap_ok(q == p || q == p + PAGE, "a hint is rounded and followed");
	tap_ok(map(p, 16 * PAGE, RW, ANON) != p, "not where something is");
	tap_ok(map(q, PAGE, PROT_READ, ANON | MAP_FIXED) == q, "MAP_FIXED replaces");
	tap_ok(fails(map(q, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), EEXIST), "MAP_FIXED_NOREPLACE does not");
	tap_ok((uintptr_t)map(NULL, PAGE, RW, ANON | MAP_32BIT) < 0x80000000, "MAP_32BIT is below 2 GiB");
}

static void errors(void)
{
	char *p = map(NULL, PAGE, RW, ANON);

	tap_ok(fails(map(NULL, 0, RW, ANON), EINVAL), "length 0");
	tap_ok(fails(map(NULL, PAGE, RW, MAP_ANONYMOUS), EINVAL), "neither shared nor private");
	tap_ok(fails(map(NULL, PAGE, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE), EINVAL),
	       "MAP_SHARED_VALIDATE without a file");
	tap_ok(fails(map(p + 1, PAGE, RW, ANON | MAP_FIXED), EINVAL), "a fixed address inside a page");
	tap_ok(fails(map((void *)-PAGE, PAGE, RW, ANON | MAP_FIXED), ENOMEM), "a fixed address beyond the end");
	tap_ok(syscall(SYS_mmap, NULL, SIZE_MAX - PAGE + 1, RW, ANON, -1, 0) == -1 && errno == ENOMEM,
	       "longer than all addresses");
	tap_ok(fails(map(NULL, 1ul << 47, PROT_NONE, ANON), ENOMEM), "as long as all addresses");
	tap_ok(fails(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF), "no such file");
	tap_ok(fails(mmap(NULL, 0, RW, MAP_PRIVATE, 99, 0), EBADF), "that comes before the length");
	tap_ok(syscall(SYS_mmap, NULL, PAGE, RW, ANON, -1, 5) == -1 && errno == EINVAL, "an offset inside a page");
	tap_ok(munmap(p + 1, PAGE) == -1 && errno == EINVAL, "munmap inside a page");
	tap_ok(munmap(p, 0) == -1 && errno == EINVAL, "munmap of length 0");
	tap_ok(munmap((void *)-PAGE, PAGE) == -1 && errno == EINVAL, "munmap beyond the end");
	tap_ok(munmap(p, SIZE_MAX - 8 * PAGE) == -1 && errno == EINVAL, "munmap longer than all addresses");
	tap_ok(munmap(p, 1) == 0, "lengths are rounded up");
}

static void sparse(void)
{
	char *p = map(NULL, 256ul << 30, PROT_NONE, ANON | MAP_NORESERVE);

	tap_ok(p != MAP_FAILED, "256 GiB of address space");
	tap_ok(mprotect(p + (100ul << 30), MIB, RW) == 0 && (p[(100ul << 30) + 5] = 1), "of which some is used");
	tap_ok(map(p + (200ul << 30), MIB, RW, ANON | MAP_FIXED) != MAP_FAILED && (p[(200ul << 30) + 5] = 1),
	       "by mmap as well");
	tap_ok(munmap(p, 256ul << 30) == 0, "and given back");
	p = map(NULL, 64ul << 30, RW, ANON | MAP_NORESERVE);
	tap_ok(p != MAP_FAILED && (p[40ul << 30] = 1) && munmap(p, 64ul << 30) == 0, "MAP_NORESERVE is not counted");
	tap_ok(fails(map(NULL, 64ul << 40, RW, ANON), ENOMEM), "64 TiB that can never be had are refused");
	tap_ok(fails(map(NULL, 32ul << 40, RW, MAP_SHARED | MAP_ANONYMOUS), ENOMEM), "32 TiB of shared memory as well");
}

static void shared(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

	tap_ok(p != MAP_FAILED && all_zero(p, 3 * PAGE), "shared anonymous memory");
	strcpy(p + PAGE, "seen twice");
	q = mremap(p + PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE);
	tap_ok(q != MAP_FAILED && strcmp(q, "seen twice") == 0, "mapped a second time");
	q[PAGE] = 7;
	tap_ok(p[2 * PAGE] == 7 && munmap(p, 3 * PAGE) == 0 && q[PAGE] == 7,
	       "is the same memory, and outlives the first");
	munmap(q, 2 * PAGE);
}

static void many(void)
{
	static char *p[2000];
	bool ok = true;

	for (int i = 0; i < 2000; i++) {
		p[i] = map(NULL, 3 * PAGE, i & 1 ? RW : PROT_READ, ANON);
		ok = ok && p[i] != MAP_FAILED && munmap(p[i] + PAGE, PAGE) == 0;
		if (ok && i & 1)
			p[i][0] = (char)i;
	}
	for (int i = 0; i < 2000; i++) {
		ok = ok && p[i][0] == (i & 1 ? (char)i : 0);
		ok = ok && munmap(p[i], 3 * PAGE) == 0;
	}
	tap_ok(ok, "4000 mappings");
}

int main(void)
{
	content();
	places();
	errors();
	sparse();
	shared();
	many();
	return tap_end();
}
