/* SPDX-License-Identifier: ISC */
/*
 * The payload that bake puts behind the kernel in an image: whole pages, in them the entries, each page-aligned (a
 * configuration: 8-aligned), so that they are used in place; a table of the entries; and, as the last bytes, the header.
 * The table usually fits into what the last entry leaves of its page. Offsets count from the payload's first byte. Read
 * by the kernel, by bake, inspect and the tender; image_check is the one parser (lib/image.c).
 */
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include <stdint.h>

#define IMAGE_MAGIC       0x6c79616470616e4bull
#define IMAGE_VERSION     3u
#define IMAGE_MAX_ENTRIES 40u
#define IMAGE_NAME_MAX    64u

enum image_type {
	IMAGE_CONFIG = 1, /* JSON text */
	IMAGE_PROGRAM = 2, /* a Linux ELF executable; name = its path, e.g. "/bin/hello" */
	IMAGE_ROOTFS = 3, /* an EROFS file system */
	IMAGE_FILE = 4, /* a file to be read; name = its path */
};

enum image_flags { IMAGE_ALLOW_WX = 1 };

struct image_entry {
	uint32_t type;
	uint32_t reserved;
	uint64_t offset;
	uint64_t size; /* exact bytes */
	char name[IMAGE_NAME_MAX]; /* NUL-terminated */
};

struct image_header { /* right behind the table's `count` entries */
	uint64_t size; /* of the whole payload, a multiple of 4096 */
	uint32_t count;
	uint32_t flags;
	uint32_t
	    components; /* how many numbers stand in front of the table: u32, bytes in the image of each component of
				IMAGE_NOTE_COMPONENTS. Only where that costs no page; else 0 */
	uint32_t version;
	uint64_t magic;
};

/* ELF note in every image: owner "Kiln", so that run and inspect know what they have. */
#define IMAGE_NOTE_OWNER      "Kiln"
#define IMAGE_NOTE_CALLS      0x4b01u /* in programs: see toolchain/ */
#define IMAGE_NOTE_PLATFORM   0x4b02u /* desc: NUL-terminated platform, "pc" or "sandbox" */
#define IMAGE_NOTE_COMPONENTS 0x4b03u /* desc: NUL-separated component names */

#endif
