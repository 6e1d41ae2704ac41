/* SPDX-License-Identifier: ISC */
/*
 * Arch seam: copying to and from program memory. A fault on a program address is first offered to vm_fault (demand
 * paging); if that fails the copy ends early. Ranges outside the program's half are refused without an access.
 * Return the number of bytes NOT copied (0 = all).
 */
#ifndef ARCH_UACCESS_H
#define ARCH_UACCESS_H

#include "lib/base.h"

#pragma GCC visibility push(default)
size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n) MUST_CHECK;
size_t arch_copy_to_user(uintptr_t dst, const void *src, size_t n) MUST_CHECK;
size_t arch_clear_user(uintptr_t dst, size_t n) MUST_CHECK;
/* Length of the string without NUL, at most max (then no NUL was found), or -EFAULT. Copies what it read. */
long arch_strncpy_from_user(char *dst, uintptr_t src, size_t max) MUST_CHECK;
/* Atomic on a naturally aligned 32-bit word (futex): *old gets the previous value; 0 or -EFAULT. */
int arch_user_cmpxchg32(uintptr_t addr, uint32_t expect, uint32_t desired, uint32_t *old) MUST_CHECK;
int arch_user_load32(uintptr_t addr, uint32_t *value) MUST_CHECK;
#pragma GCC visibility pop
#endif
