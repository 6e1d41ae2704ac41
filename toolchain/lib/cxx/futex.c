// SPDX-License-Identifier: ISC
//
// The futex call for libstdc++, which would use syscall() for it. Assembled as the C library is, so that a program
// which waits in C++ is noted to call futex, not anything (docs/toolchain.md).

#include <errno.h>
#include <sys/syscall.h>

long __kiln_futex(const volatile void *addr, int op, int value, const void *timeout, const void *addr2,
		  unsigned value3);

long __kiln_futex(const volatile void *addr, int op, int value, const void *timeout, const void *addr2, unsigned value3)
{
	register const void *r10 __asm__("r10") = timeout;
	register const void *r8 __asm__("r8") = addr2;
	register unsigned long r9 __asm__("r9") = value3;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_futex), "D"(addr), "S"((long)op), "d"((long)value), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}
