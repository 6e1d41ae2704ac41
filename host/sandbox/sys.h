/* SPDX-License-Identifier: ISC */
/* The host's system calls, raw: the result or -errno. The tender has no C library. */
#ifndef SYS_H
#define SYS_H

#include "lib/base.h"
#include <asm/unistd.h>

static inline long sys6(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define SYS_ARG(x)                  ((uint64_t)(x))
#define sys_1(nr, a)                sys6(nr, SYS_ARG(a), 0, 0, 0, 0, 0)
#define sys_2(nr, a, b)             sys6(nr, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define sys_3(nr, a, b, c)          sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define sys_4(nr, a, b, c, d)       sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define sys_6(nr, a, b, c, d, e, f) sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))

/* The UAPI headers hide these once a C library's header was seen. */
#define SYS_S_IFMT  0170000
#define SYS_S_IFREG 0100000
#define SYS_S_IFBLK 0060000

#define SYS_SOL_SOCKET     1
#define SYS_SO_TYPE        3
#define SYS_SO_DOMAIN      39
#define SYS_AF_UNIX        1
#define SYS_SOCK_SEQPACKET 5

#endif
