/* SPDX-License-Identifier: ISC */
// USES: kernel/uio.c
/* Transfers over several buffers, in kernel and in program memory, with a bad address in the middle. */
#include <errno.h>
#include <string.h>
#include "test/tap.h"
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
	return tap_end();
}
