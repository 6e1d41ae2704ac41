/* SPDX-License-Identifier: ISC */
/* What lwIP gets from the kernel: memory, time, random numbers, checksums; and where its errors become ours. */
#include "inet.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/random.h"
#include "kernel/uaccess.h"
#include "lib/string.h"

bool net_copy_user;

uint32_t net_random(void)
{
	return (uint32_t)random_u64();
}

void net_lwip_panic(const char *text, const char *file, int line)
{
	panic("%s:%d: %s", file, line, text);
}

void *net_mem_alloc(size_t n)
{
	return kmalloc(n);
}

void net_mem_free(void *p)
{
	kfree(p);
}

void *net_mem_calloc(size_t n, size_t size)
{
	size_t all;

	return MUL_OVERFLOWS(n, size, &all) ? NULL : kzalloc(all);
}

/* The caller of tcp_write touched the pages before, so the copy cannot fail. */
void net_copy_in(void *dst, const void *src, size_t n)
{
	size_t missing;

	if (!net_copy_user) {
		memcpy(dst, src, n);
		return;
	}
	missing = arch_copy_from_user(dst, (uintptr_t)src, n);
	if (UNLIKELY(missing != 0))
		memset((char *)dst + n - missing, 0, missing);
}

/* RFC 1071, 64 bits at a time; the carries are counted and added at the end. Not inverted, as lwIP wants it. */
uint16_t net_checksum(const void *data, int len)
{
	const uint8_t *p = data;
	size_t n = (size_t)len;
	uint64_t sum = 0, carry = 0, w;
	uint32_t s;

	for (; n >= 32; n -= 32, p += 32) {
		uint64_t a[4];

		memcpy(a, p, sizeof a);
		carry += ADD_OVERFLOWS(sum, a[0], &sum);
		carry += ADD_OVERFLOWS(sum, a[1], &sum);
		carry += ADD_OVERFLOWS(sum, a[2], &sum);
		carry += ADD_OVERFLOWS(sum, a[3], &sum);
	}
	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&w, p, 8);
		carry += ADD_OVERFLOWS(sum, w, &sum);
	}
	if (n > 0) {
		w = 0;
		memcpy(&w, p, n);
		carry += ADD_OVERFLOWS(sum, w, &sum);
	}
	sum = (sum & 0xffffffff) + (sum >> 32) + carry;
	sum = (sum & 0xffffffff) + (sum >> 32);
	s = (uint32_t)(sum & 0xffff) + (uint32_t)(sum >> 16);
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t)((s & 0xffff) + (s >> 16));
}

int net_error(err_t e)
{
	static const uint8_t map[] = {
	    [-ERR_OK] = 0,
	    [-ERR_MEM] = ENOBUFS,
	    [-ERR_BUF] = ENOBUFS,
	    [-ERR_TIMEOUT] = ETIMEDOUT,
	    [-ERR_RTE] = ENETUNREACH,
	    [-ERR_INPROGRESS] = EINPROGRESS,
	    [-ERR_VAL] = EINVAL,
	    [-ERR_WOULDBLOCK] = EAGAIN,
	    [-ERR_USE] = EADDRINUSE,
	    [-ERR_ALREADY] = EALREADY,
	    [-ERR_ISCONN] = EISCONN,
	    [-ERR_CONN] = ENOTCONN,
	    [-ERR_IF] = ENETDOWN,
	    [-ERR_ABRT] = ECONNABORTED,
	    [-ERR_RST] = ECONNRESET,
	    [-ERR_CLSD] = ENOTCONN,
	    [-ERR_ARG] = EINVAL,
	};

	return e > 0 || -e >= (int)ARRAY_LEN(map) ? -EIO : -(int)map[-e];
}

bool net_pressure(void)
{
	return page_free() < page_total() / 16;
}

struct pbuf *net_keep(struct pbuf *p)
{
	struct pbuf *copy;

	if (netbuf_in_use < netbuf_limit / 2 && !net_pressure())
		return p;
	copy = net_pressure() ? NULL : pbuf_clone(PBUF_RAW, PBUF_RAM, p);
	pbuf_free(p);
	return copy;
}
