/* SPDX-License-Identifier: ISC */
/* The checks before copy.S's loops, and the table of places where the kernel may fault. */
#include "arch/uaccess.h"

#include "abi/errno.h"
#include "x86_64/machine.h"

struct fixup {
	int32_t start, end, landing; /* each relative to itself */
};

struct smap_site {
	int32_t site; /* relative to itself */
	uint32_t third; /* byte of the instruction 0f 01 xx */
};

extern const struct fixup kiln_fixup_start[], kiln_fixup_end[];
extern const struct smap_site kiln_smap_start[], kiln_smap_end[];

size_t x86_copy_user(void *dst, const void *src, size_t n);
size_t x86_clear_user(void *dst, size_t n);
long x86_strncpy_user(char *dst, const char *src, size_t max);
int x86_cmpxchg_user(uint32_t *addr, uint32_t expect, uint32_t desired, uint32_t *old);
int x86_load_user(const uint32_t *addr, uint32_t *value);

size_t x86_copy_string = SIZE_MAX;

static inline bool valid(uintptr_t addr, size_t n)
{
	return addr >= x86_user_min && addr < x86_user_max && n <= x86_user_max - addr;
}

size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	return LIKELY(valid(src, n)) ? x86_copy_user(dst, (const void *)src, n) : n;
}

size_t arch_copy_to_user(uintptr_t dst, const void *src, size_t n)
{
	return LIKELY(valid(dst, n)) ? x86_copy_user((void *)dst, src, n) : n;
}

size_t arch_clear_user(uintptr_t dst, size_t n)
{
	return LIKELY(valid(dst, n)) ? x86_clear_user((void *)dst, n) : n;
}

long arch_strncpy_from_user(char *dst, uintptr_t src, size_t max)
{
	size_t room;
	long n;

	if (!valid(src, 0))
		return -EFAULT;
	room = MIN(max, x86_user_max - src);
	n = x86_strncpy_user(dst, (const char *)src, room);
	return n < 0 || ((size_t)n == room && room < max) ? -EFAULT : n;
}

int arch_user_cmpxchg32(uintptr_t addr, uint32_t expect, uint32_t desired, uint32_t *old)
{
	if (!valid(addr, sizeof(uint32_t)) || x86_cmpxchg_user((uint32_t *)addr, expect, desired, old) != 0)
		return -EFAULT;
	return 0;
}

int arch_user_load32(uintptr_t addr, uint32_t *value)
{
	if (!valid(addr, sizeof(uint32_t)) || x86_load_user((const uint32_t *)addr, value) != 0)
		return -EFAULT;
	return 0;
}

static inline uintptr_t self(const int32_t *p)
{
	return (uintptr_t)p + (uintptr_t)(intptr_t)*p;
}

bool x86_fixup(uint64_t *ip)
{
	for (const struct fixup *f = kiln_fixup_start; f < kiln_fixup_end; f++)
		if (*ip >= self(&f->start) && *ip < self(&f->end)) {
			*ip = self(&f->landing);
			return true;
		}
	return false;
}

void x86_smap_patch(void)
{
	for (const struct smap_site *s = kiln_smap_start; s < kiln_smap_end; s++) {
		uint8_t *code = (uint8_t *)self(&s->site);

		code[1] = 0x01;
		code[2] = (uint8_t)s->third;
	}
}
