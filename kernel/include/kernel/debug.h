/* SPDX-License-Identifier: ISC */
/*
 * What a debugger must know of the kernel to tell its threads and programs apart (docs/debugging.md): numbers with names,
 * in a section .debug_kiln that no image holds. It goes where the symbols go (bake's --debug). Each entry: the value, eight
 * bytes, then the name with its NUL. Addresses are those of the link.
 */
#ifndef KERNEL_DEBUG_H
#define KERNEL_DEBUG_H

#include "lib/base.h"

#define DEBUG_ENTRY(value, name)                                                                                       \
	".pushsection .debug_kiln,\"\",@progbits\n\t.quad " value "\n\t.asciz \"" name "\"\n\t.popsection"

/* At file level: where the symbol, of this file or global, is. */
#define DEBUG_ADDRESS(name, symbol) __asm__(DEBUG_ENTRY(#symbol, name))
/* In a function, which nobody need call: a constant. */
#define DEBUG_CONST(name, value)       __asm__ volatile(DEBUG_ENTRY("%c0", name) : : "i"(value))
#define DEBUG_FIELD(name, type, field) DEBUG_CONST(name, offsetof(type, field))

#endif
