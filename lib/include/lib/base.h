/* SPDX-License-Identifier: ISC */
/* The few words every file needs: sizes, alignment, compiler attributes, checked sums. Freestanding; kernel and host. */
#ifndef LIB_BASE_H
#define LIB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef long ssize_t; /* as POSIX has it; C11 allows the repetition on the host */

#define ARRAY_LEN(a)             (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)           (((x) + ((a)-1)) & ~((__typeof__(x))(a)-1))
#define ALIGN_DOWN(x, a)         ((x) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a)         (((x) & ((__typeof__(x))(a)-1)) == 0)
#define CONTAINER_OF(p, type, m) ((type *)((char *)(p)-offsetof(type, m)))
#define MIN(a, b)                                                                                                      \
	({                                                                                                             \
		__typeof__(a) min_a_ = (a);                                                                            \
		__typeof__(b) min_b_ = (b);                                                                            \
		min_a_ < min_b_ ? min_a_ : min_b_;                                                                     \
	})
#define MAX(a, b)                                                                                                      \
	({                                                                                                             \
		__typeof__(a) max_a_ = (a);                                                                            \
		__typeof__(b) max_b_ = (b);                                                                            \
		max_a_ > max_b_ ? max_a_ : max_b_;                                                                     \
	})
#define LIKELY(x)        __builtin_expect(!!(x), 1)
#define UNLIKELY(x)      __builtin_expect(!!(x), 0)
#define NORETURN         __attribute__((noreturn))
#define PACKED           __attribute__((packed))
#define PRINTF(f, a)     __attribute__((format(printf, f, a)))
#define UNUSED           __attribute__((unused))
#define MUST_CHECK       __attribute__((warn_unused_result))
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* True when the sum or product does not fit; *res is then unspecified. */
#define ADD_OVERFLOWS(a, b, res) __builtin_add_overflow((a), (b), (res))
#define MUL_OVERFLOWS(a, b, res) __builtin_mul_overflow((a), (b), (res))

#endif
