/* SPDX-License-Identifier: ISC */
/*
 * For assembler files: places where program memory may be touched from here on (STAC) and no longer (CLAC). They are
 * three-byte nops until x86_smap_patch, on a machine whose kernel text can still be written, makes them instructions.
 */
#ifndef X86_64_SMAP_H
#define X86_64_SMAP_H

.macro SMAP_SITE third
771:	.byte	0x0f, 0x1f, 0x00
	.pushsection .kiln.smap, "a", @progbits
	.long	771b - ., \third
	.popsection
.endm

#define STAC SMAP_SITE 0xcb
#define CLAC SMAP_SITE 0xca

#endif
