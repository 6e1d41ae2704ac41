/* SPDX-License-Identifier: ISC */
/* What lwIP asks of its compiler and machine. Its types come from the compiler's own headers, its libc from lib/. */
#ifndef NET_LWIP_CC_H
#define NET_LWIP_CC_H

#include <stddef.h>
#include <stdint.h>

#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H   1
#define LWIP_NO_UNISTD_H   1
#define LWIP_NO_CTYPE_H    1

#define X8_F  "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"

typedef long ssize_t; /* as POSIX has it */
#ifndef SSIZE_MAX
#define SSIZE_MAX __LONG_MAX__
#endif

#undef BYTE_ORDER
#define BYTE_ORDER __BYTE_ORDER__
#undef LITTLE_ENDIAN
#undef BIG_ENDIAN
#define LITTLE_ENDIAN __ORDER_LITTLE_ENDIAN__
#define BIG_ENDIAN    __ORDER_BIG_ENDIAN__

#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

#define LWIP_CHKSUM net_checksum
#define LWIP_RAND() net_random()
#define LWIP_PLATFORM_DIAG(x)                                                                                          \
	do {                                                                                                           \
	} while (0)
#define LWIP_PLATFORM_ASSERT(text) net_lwip_panic(text, __FILE__, __LINE__)

/* In net/port.c. */
#pragma GCC visibility push(default)
uint16_t net_checksum(const void *data, int len);
uint32_t net_random(void);
void net_lwip_panic(const char *text, const char *file, int line) __attribute__((noreturn));
void *net_mem_alloc(size_t n);
void net_mem_free(void *p);
void *net_mem_calloc(size_t n, size_t size);
void net_copy_in(void *dst, const void *src, size_t n);
#pragma GCC visibility pop

#endif
