/* SPDX-License-Identifier: ISC */
/* Program pointers: a type that cannot be dereferenced, and copies that fail with -EFAULT. */
#ifndef KERNEL_UACCESS_H
#define KERNEL_UACCESS_H

#include "arch/uaccess.h"
#include "abi/errno.h"

struct uptr {
	uintptr_t addr;
};

#define UPTR(a) ((struct uptr){(uintptr_t)(a)})

static inline bool uptr_null(struct uptr p)
{
	return p.addr == 0;
}

static inline struct uptr uptr_add(struct uptr p, size_t n)
{
	return UPTR(p.addr + n);
}

static inline int MUST_CHECK copy_from_user(void *dst, struct uptr src, size_t n)
{
	return arch_copy_from_user(dst, src.addr, n) == 0 ? 0 : -EFAULT;
}

static inline int MUST_CHECK copy_to_user(struct uptr dst, const void *src, size_t n)
{
	return arch_copy_to_user(dst.addr, src, n) == 0 ? 0 : -EFAULT;
}

/* A NUL-terminated string into buf: its length, -EFAULT, or -ENAMETOOLONG when it does not fit. */
static inline long MUST_CHECK copy_string_from_user(char *buf, struct uptr src, size_t size)
{
	long n = arch_strncpy_from_user(buf, src.addr, size);

	return n == (long)size ? -ENAMETOOLONG : n;
}

#define get_user(var, src) copy_from_user(&(var), (src), sizeof(var))
#define put_user(dst, var)                                                                                             \
	({                                                                                                             \
		__typeof__(var) put_user_ = (var);                                                                     \
		copy_to_user((dst), &put_user_, sizeof put_user_);                                                     \
	})

#endif
