/* SPDX-License-Identifier: ISC */
/* One loop for all transfers: a piece of the current buffer at a time, until n bytes or the first bad address. */
#include "kernel/uio.h"

#include "abi/errno.h"
#include "kernel/page.h"
#include "lib/string.h"

enum uio_op { PUT, GET, ZERO };

void uio_init_vec(struct uio *u, const struct uvec *vec, unsigned count, bool kernel)
{
	*u = (struct uio){.vec = vec, .count = count, .kernel = kernel};
	for (unsigned i = 0; i < count; i++)
		u->left += vec[i].len;
}

void uio_init_user(struct uio *u, struct uvec *v, struct uptr base, size_t len)
{
	*v = (struct uvec){base.addr, len};
	*u = (struct uio){.vec = v, .count = 1, .left = len};
}

void uio_init_kernel(struct uio *u, struct uvec *v, void *base, size_t len)
{
	*v = (struct uvec){(uintptr_t)base, len};
	*u = (struct uio){.vec = v, .count = 1, .left = len, .kernel = true};
}

/* Bytes not moved. */
static size_t piece(const struct uio *u, enum uio_op op, void *mem, size_t n)
{
	uintptr_t at = u->vec->base + u->off;

	if (u->kernel) {
		if (op == PUT)
			memcpy((void *)at, mem, n);
		else if (op == GET)
			memcpy(mem, (void *)at, n);
		else
			memset((void *)at, 0, n);
		return 0;
	}
	if (op == PUT)
		return arch_copy_to_user(at, mem, n);
	return op == GET ? arch_copy_from_user(mem, at, n) : arch_clear_user(at, n);
}

static ssize_t transfer(struct uio *u, enum uio_op op, void *mem, size_t n)
{
	size_t done = 0;

	n = MIN(n, u->left);
	while (done < n) {
		size_t len = MIN(n - done, u->vec->len - u->off), bad;

		bad = len == 0 ? 0 : piece(u, op, op == ZERO ? NULL : (char *)mem + done, len);
		done += len - bad;
		u->off += len - bad;
		if (bad != 0)
			break;
		if (u->off == u->vec->len) {
			u->vec++;
			u->count--;
			u->off = 0;
		}
	}
	u->left -= done;
	return done == 0 && n > 0 ? -EFAULT : (ssize_t)done;
}

ssize_t uio_put(struct uio *u, const void *src, size_t n)
{
	return transfer(u, PUT, (void *)(uintptr_t)src, n);
}

ssize_t uio_get(struct uio *u, void *dst, size_t n)
{
	return transfer(u, GET, dst, n);
}

ssize_t uio_put_zero(struct uio *u, size_t n)
{
	return transfer(u, ZERO, NULL, n);
}

bool uio_now;

int uio_touch(const struct uio *u, size_t n, bool put)
{
	const struct uvec *v = u->vec;
	size_t off = u->off, done = 0;
	uint32_t seen;

	n = u->kernel ? 0 : MIN(n, u->left);
	for (; done < n; v++, off = 0) {
		uintptr_t at = v->base + off, end = at + MIN(v->len - off, n - done);

		while (at < end) {
			uintptr_t next = MIN(ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE, end), word = ALIGN_DOWN(at, 4);

			/* Writes what is there, or nothing, in one instruction. */
			if ((put ? arch_user_cmpxchg32(word, 0, 0, &seen) : arch_user_load32(word, &seen)) != 0)
				return done == 0 ? -EFAULT : 0;
			done += next - at;
			at = next;
		}
	}
	return 0;
}

static ssize_t transfer_now(struct uio *u, enum uio_op op, void *mem, size_t n)
{
	ssize_t done;

	uio_now = true;
	done = transfer(u, op, mem, n);
	uio_now = false;
	return done;
}

ssize_t uio_put_now(struct uio *u, const void *src, size_t n)
{
	return transfer_now(u, PUT, (void *)(uintptr_t)src, n);
}

ssize_t uio_get_now(struct uio *u, void *dst, size_t n)
{
	return transfer_now(u, GET, dst, n);
}
