/* SPDX-License-Identifier: ISC */
/* Guest RAM as a reserved stretch of host memory, and the few platform and log functions that memory code calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/test/fake.h"
#include "platform/platform.h"

#define ARENA (1ul << 30)

bool fake_discards;
size_t fake_discarded;
unsigned fake_log_lines;
char fake_log_last[512];
enum log_level log_level = LOG_WARN;
static uint64_t state = 1;

void fake_ram(paddr_t pa, size_t bytes, bool zero)
{
	if (page_direct_base == 0) {
		void *p = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			abort();
		page_direct_base = (uintptr_t)p;
	}
	if (!zero)
		memset(page_ptr(pa), 0xa5, bytes);
	page_add_range(pa, pa + bytes, zero);
}

bool platform_discard(paddr_t pa, size_t n)
{
	if (!fake_discards)
		return false;
	fake_discarded += n / PAGE_SIZE;
	memset(page_ptr(pa), 0, n);
	return true;
}

void platform_entropy(void *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)buf)[i] = (unsigned char)fake_random();
}

void random_bytes(void *buf, size_t n)
{
	platform_entropy(buf, n);
}

void fake_seed(uint64_t seed)
{
	state = seed;
}

uint64_t fake_random(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) ^ (state >> 7);
}

void fake_leave(size_t n)
{
	static paddr_t taken[1 << 18];
	static size_t count;

	if (n == SIZE_MAX) {
		while (count > 0)
			page_put(taken[--count]);
		return;
	}
	while (page_free() / PAGE_SIZE > n && (taken[count] = page_alloc(0, PAGE_RESERVE)) != 0)
		count++;
}

void log_line(enum log_level level, const char *f, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, f);
	vsnprintf(fake_log_last, sizeof fake_log_last, f, ap);
	va_end(ap);
	fake_log_lines++;
}

void panic(const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	vfprintf(stderr, f, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
