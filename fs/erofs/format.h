/* SPDX-License-Identifier: ISC */
/* EROFS on disk, as Documentation/filesystems/erofs.rst and mkfs.erofs(1) have it: little-endian, no padding. */
#ifndef EROFS_FORMAT_H
#define EROFS_FORMAT_H

#include "lib/base.h"

#define EROFS_SUPER_OFFSET 1024u
#define EROFS_MAGIC        0xe0f5e1e2u
#define EROFS_BLOCK_BITS   12u
#define EROFS_BLOCK        4096u
#define EROFS_SLOT         32u /* what an inode number counts */

struct erofs_disk_super {
	uint32_t magic, checksum, feature_compat;
	uint8_t block_bits, ext_slots;
	uint16_t root_nid;
	uint64_t inos, build_time;
	uint32_t build_nsec, blocks, meta_block, xattr_block;
	uint8_t uuid[16];
	uint8_t volume[16];
	uint32_t feature_incompat;
	uint8_t rest[44];
} PACKED;

/* Only features that change nothing for uncompressed, unchunked files. */
#define EROFS_INCOMPAT_KNOWN 1u /* LZ4_0PADDING */

struct erofs_disk_compact {
	uint16_t format, xattr_count, mode, nlink;
	uint32_t size, mtime, u, ino;
	uint16_t uid, gid;
	uint32_t reserved;
} PACKED;

struct erofs_disk_extended {
	uint16_t format, xattr_count, mode, reserved;
	uint64_t size;
	uint32_t u, ino, uid, gid;
	uint64_t mtime;
	uint32_t mtime_nsec, nlink;
	uint8_t reserved2[16];
} PACKED;

#define EROFS_FORMAT_EXTENDED 1u
#define EROFS_LAYOUT(format)  ((format) >> 1 & 7u)
#define EROFS_PLAIN           0u /* blocks at u */
#define EROFS_INLINE          2u /* the same, but the last, partial block follows the inode */

#define EROFS_XATTR_HEADER 12u
#define EROFS_XATTR_SLOT   4u

struct erofs_disk_dirent { /* name_off counts from the block's start; the first one tells the number of entries */
	uint64_t nid;
	uint16_t name_off;
	uint8_t type, reserved;
} PACKED;

#endif
