/* SPDX-License-Identifier: ISC */
// USES: kernel/uio.c
/* Transfers over several buffers, in kernel and in program memory, with a bad address in the middle. */
#include <errno.h>
#include <string.h>
#include "test/tap.h"
#include "kernel/page.h"
#include "kernel/uio.h"

/* The program's memory: one array, of which only the first `good` bytes can be reached. */
static char user[64];
static size_t good;

static size_t reach(uintptr_t at, size_t n)
{
	size_t off = at - (uintptr_t)user;

	return off >= good ? 0 : MIN(n, good - off);
}

size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	memcpy(dst, (void *)src, reach(src, n));
	return n - reach(src, n);
}

size_t arch_copy_to_user(uintptr_t dst, const void *src, size_t n)
{
	memcpy((void *)dst, src, reach(dst, n));
	return n - reach(dst, n);
}

size_t arch_clear_user(uintptr_t dst, size_t n)
{
	memset((void *)dst, 0, reach(dst, n));
	return n - reach(dst, n);
}

static unsigned touched[2]; /* for reading, for writing */
static uintptr_t touched_last, no_page; /* the page that cannot be reached */

static int touch(uintptr_t addr, bool write)
{
	touched[write]++;
	touched_last = addr;
	return ALIGN_DOWN(addr, PAGE_SIZE) == no_page ? -EFAULT : 0;
}

int arch_user_load32(uintptr_t addr, uint32_t *value)
{
	*value = 7;
	return touch(addr, false);
}

int arch_user_cmpxchg32(uintptr_t addr, uint32_t expect, uint32_t desired, uint32_t *old)
{
	*old = 7;
	return expect != desired ? -EINVAL : touch(addr, true); /* nothing may change */
}

static void touching(void)
{
	struct uvec v[3] = {{0x1ffd, 4}, {0x10000, 0}, {0x5001, 0x2000}}, one;
	struct uio u;

	uio_init_vec(&u, v, 3, false);
	tap_ok(uio_touch(&u, 3, true) == 0 && touched[1] == 1 && touched_last == 0x1ffc,
	       "a page is touched in a word of its own");
	tap_ok(uio_touch(&u, 4, false) == 0 && touched[0] == 2 && touched_last == 0x2000, "two, for reading");
	touched[1] = 0;
	tap_ok(uio_touch(&u, SIZE_MAX, true) == 0 && touched[1] == 5 && touched_last == 0x7000, "all of each buffer");
	no_page = 0x6000;
	tap_ok(uio_touch(&u, SIZE_MAX, true) == 0 && touched_last == 0x6000, "up to a bad address");
	no_page = 0x1000;
	tap_ok(uio_touch(&u, 1, true) == -EFAULT, "which is -EFAULT at the first byte");
	tap_ok(uio_touch(&u, 0, true) == 0, "but not for nothing");
	uio_init_kernel(&u, &one, v, sizeof v);
	touched[0] = 0;
	tap_ok(uio_touch(&u, sizeof v, false) == 0 && touched[0] == 0, "kernel memory is there");
}

static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

int main(void)
{
	struct uvec v[4] = {{(uintptr_t)user, 5}, {0, 0}, {(uintptr_t)user + 10, 3}, {(uintptr_t)user + 20, 10}}, one;
	char back[40] = "";
	struct uio u;

	good = sizeof user;
	uio_init_vec(&u, v, 4, false);
	tap_ok(u.left == 18, "the length is the sum");
	tap_ok(uio_put(&u, text, 7) == 7 && u.left == 11, "put over an empty buffer");
	tap_ok(uio_put(&u, text + 7, 30) == 11 && u.left == 0, "put stops at the end");
	tap_ok(memcmp(user, "01234", 5) == 0 && memcmp(user + 10, "567", 3) == 0 &&
		   memcmp(user + 20, "89abcdefgh", 10) == 0,
	       "each buffer got its part");
	tap_ok(uio_put(&u, text, 1) == 0, "nothing more fits");
	uio_init_vec(&u, v, 4, false);
	tap_ok(uio_get(&u, back, sizeof back) == 18 && memcmp(back, text, 18) == 0, "get gathers");
	good = 12;
	uio_init_vec(&u, v, 4, false);
	tap_ok(uio_get(&u, back, 18) == 7 && u.left == 11, "a bad address ends the transfer");
	tap_ok(uio_get(&u, back, 18) == -EFAULT, "and is -EFAULT at the first byte");
	good = sizeof user;
	tap_ok(uio_get(&u, back, 3) == 3 && back[0] == '7', "the position stays");
	uio_init_user(&u, &one, UPTR(user), 4);
	tap_ok(uio_put_zero(&u, 4) == 4 && user[3] == 0 && user[4] == '4', "zeros");
	uio_init_kernel(&u, &one, back, 10);
	tap_ok(uio_put(&u, text, 4) == 4 && uio_put_zero(&u, 2) == 2 && memcmp(back, "0123\0\0", 6) == 0,
	       "kernel memory");
	tap_ok(!uio_now && uio_put_now(&u, text, 1) == 1 && !uio_now, "a copy that does not wait");
	touching();
	return tap_end();
}
