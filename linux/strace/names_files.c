/* SPDX-License-Identifier: ISC */
/* Constants of calls on files and memory. The order is strace's, which prints flags in it. */
#include "names.h"

#include <linux/close_range.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#define O_LARGEFILE_X86 0100000 /* programs of 64 bits have it as 0 */
#define MNT_FORCE       1u
#define MNT_DETACH      2u
#define MNT_EXPIRE      4u
#define UMOUNT_NOFOLLOW 8u
#define F_OK            0
#define R_OK            4
#define W_OK            2
#define X_OK            1
#define XATTR_CREATE    1
#define XATTR_REPLACE   2
#define LOCK_SH         1
#define LOCK_EX         2
#define LOCK_NB         4
#define LOCK_UN         8

static const struct name open[] = {
    N(O_CREAT),     N(O_EXCL),         N(O_NOCTTY),  N(O_TRUNC),  N(O_APPEND),
    N(O_NONBLOCK),  N(O_SYNC),         N(O_DSYNC),   N(O_DIRECT), {O_LARGEFILE_X86, "O_LARGEFILE"},
    N(O_NOFOLLOW),  N(O_NOATIME),      N(O_CLOEXEC), N(O_PATH),   N(O_TMPFILE),
    N(O_DIRECTORY), {FASYNC, "FASYNC"}};
const struct names names_open = NAMES(open, NULL, "O_???");

static const struct name access[] = {N(R_OK), N(W_OK), N(X_OK)};
const struct names names_access = NAMES(access, "F_OK", "?_OK");

static const struct name at[] = {N(AT_SYMLINK_NOFOLLOW), N(AT_REMOVEDIR),  N(AT_SYMLINK_FOLLOW),
				 N(AT_NO_AUTOMOUNT),     N(AT_EMPTY_PATH), N(AT_RECURSIVE)};
const struct names names_at = NAMES(at, NULL, "AT_???");
static const struct name faccess[] = {N(AT_SYMLINK_NOFOLLOW), N(AT_EACCESS), N(AT_EMPTY_PATH)};
const struct names names_faccess = NAMES(faccess, NULL, "AT_???");

static const struct name whence[] = {N(SEEK_SET), N(SEEK_CUR), N(SEEK_END), N(SEEK_DATA), N(SEEK_HOLE)};
const struct names names_whence = NAMES(whence, NULL, "SEEK_???");

static const struct name statx_flags[] = {N(AT_SYMLINK_NOFOLLOW), N(AT_REMOVEDIR),        N(AT_SYMLINK_FOLLOW),
					  N(AT_NO_AUTOMOUNT),     N(AT_STATX_FORCE_SYNC), N(AT_STATX_DONT_SYNC),
					  N(AT_EMPTY_PATH),       N(AT_RECURSIVE)};
const struct names names_statx_flags = NAMES(statx_flags, NULL, "AT_???");
static const struct name statx_mask[] = {N(STATX_ALL),    N(STATX_BASIC_STATS), N(STATX_TYPE),  N(STATX_MODE),
					 N(STATX_NLINK),  N(STATX_UID),         N(STATX_GID),   N(STATX_ATIME),
					 N(STATX_MTIME),  N(STATX_CTIME),       N(STATX_INO),   N(STATX_SIZE),
					 N(STATX_BLOCKS), N(STATX_BTIME),       N(STATX_MNT_ID)};
const struct names names_statx_mask = NAMES(statx_mask, NULL, "STATX_???");
static const struct name statx_attributes[] = {N(STATX_ATTR_COMPRESSED), N(STATX_ATTR_IMMUTABLE), N(STATX_ATTR_APPEND),
					       N(STATX_ATTR_NODUMP), N(STATX_ATTR_MOUNT_ROOT)};
const struct names names_statx_attributes = NAMES(statx_attributes, NULL, "STATX_ATTR_???");

static const struct name fcntl[] = {
    N(F_DUPFD),         N(F_GETFD),       N(F_SETFD),      N(F_GETFL),     N(F_SETFL),     N(F_GETLK),
    N(F_SETLK),         N(F_SETLKW),      N(F_SETOWN),     N(F_GETOWN),    N(F_SETSIG),    N(F_GETSIG),
    N(F_DUPFD_CLOEXEC), N(F_SETPIPE_SZ),  N(F_GETPIPE_SZ), N(F_ADD_SEALS), N(F_GET_SEALS), N(F_OFD_GETLK),
    N(F_OFD_SETLK),     N(F_OFD_SETLKW),  N(F_SETLEASE),   N(F_GETLEASE),  N(F_NOTIFY),    N(F_SETOWN_EX),
    N(F_GETOWN_EX),     N(F_GET_RW_HINT), N(F_SET_RW_HINT)};
const struct names names_fcntl = NAMES(fcntl, NULL, "F_???");
static const struct name fd_flags[] = {N(FD_CLOEXEC)};
const struct names names_fd_flags = NAMES(fd_flags, NULL, NULL);
static const struct name seals[] = {N(F_SEAL_SEAL), N(F_SEAL_SHRINK), N(F_SEAL_GROW), N(F_SEAL_WRITE),
				    N(F_SEAL_FUTURE_WRITE)};
const struct names names_seals = NAMES(seals, NULL, "F_SEAL_???");
static const struct name lock_types[] = {N(F_RDLCK), N(F_WRLCK), N(F_UNLCK)};
const struct names names_lock_types = NAMES(lock_types, NULL, "F_???");
static const struct name flock[] = {N(LOCK_SH), N(LOCK_EX), N(LOCK_UN), N(LOCK_NB)};
const struct names names_flock = NAMES(flock, NULL, "LOCK_???");

static const struct name rename[] = {N(RENAME_NOREPLACE), N(RENAME_EXCHANGE), N(RENAME_WHITEOUT)};
const struct names names_rename = NAMES(rename, NULL, "RENAME_??");
static const struct name falloc[] = {N(FALLOC_FL_KEEP_SIZE),      N(FALLOC_FL_PUNCH_HOLE), N(FALLOC_FL_NO_HIDE_STALE),
				     N(FALLOC_FL_COLLAPSE_RANGE), N(FALLOC_FL_ZERO_RANGE), N(FALLOC_FL_INSERT_RANGE),
				     N(FALLOC_FL_UNSHARE_RANGE)};
const struct names names_falloc = NAMES(falloc, NULL, "FALLOC_FL_???");
static const struct name fadvise[] = {N(POSIX_FADV_NORMAL),   N(POSIX_FADV_RANDOM),   N(POSIX_FADV_SEQUENTIAL),
				      N(POSIX_FADV_WILLNEED), N(POSIX_FADV_DONTNEED), N(POSIX_FADV_NOREUSE)};
const struct names names_fadvise = NAMES(fadvise, NULL, "POSIX_FADV_???");
static const struct name sync_range[] = {N(SYNC_FILE_RANGE_WAIT_BEFORE), N(SYNC_FILE_RANGE_WRITE),
					 N(SYNC_FILE_RANGE_WAIT_AFTER)};
const struct names names_sync_range = NAMES(sync_range, NULL, "SYNC_FILE_RANGE_???");
static const struct name rwf[] = {N(RWF_HIPRI), N(RWF_DSYNC), N(RWF_SYNC), N(RWF_NOWAIT), N(RWF_APPEND)};
const struct names names_rwf = NAMES(rwf, NULL, "RWF_???");
static const struct name resolve[] = {N(RESOLVE_NO_XDEV), N(RESOLVE_NO_MAGICLINKS), N(RESOLVE_NO_SYMLINKS),
				      N(RESOLVE_BENEATH), N(RESOLVE_IN_ROOT),       N(RESOLVE_CACHED)};
const struct names names_resolve = NAMES(resolve, NULL, "RESOLVE_???");
static const struct name mount[] = {N(MS_RDONLY),      N(MS_NOSUID),   N(MS_NODEV),   N(MS_NOEXEC),  N(MS_SYNCHRONOUS),
				    N(MS_REMOUNT),     N(MS_MANDLOCK), N(MS_DIRSYNC), N(MS_NOATIME), N(MS_NODIRATIME),
				    N(MS_BIND),        N(MS_MOVE),     N(MS_REC),     N(MS_SILENT),  N(MS_POSIXACL),
				    N(MS_UNBINDABLE),  N(MS_PRIVATE),  N(MS_SLAVE),   N(MS_SHARED),  N(MS_RELATIME),
				    N(MS_STRICTATIME), N(MS_LAZYTIME)};
const struct names names_mount = NAMES(mount, NULL, "MS_???");
static const struct name umount[] = {N(MNT_FORCE), N(MNT_DETACH), N(MNT_EXPIRE), N(UMOUNT_NOFOLLOW)};
const struct names names_umount = NAMES(umount, NULL, "MNT_???");
static const struct name xattr[] = {N(XATTR_CREATE), N(XATTR_REPLACE)};
const struct names names_xattr = NAMES(xattr, NULL, "XATTR_???");
static const struct name memfd[] = {N(MFD_CLOEXEC), N(MFD_ALLOW_SEALING), N(MFD_HUGETLB)};
const struct names names_memfd = NAMES(memfd, NULL, "MFD_???");
static const struct name close_range[] = {N(CLOSE_RANGE_UNSHARE), N(CLOSE_RANGE_CLOEXEC)};
const struct names names_close_range = NAMES(close_range, NULL, "CLOSE_RANGE_???");

static const struct name prot[] = {N(PROT_READ), N(PROT_WRITE),     N(PROT_EXEC),
				   N(PROT_SEM),  N(PROT_GROWSDOWN), N(PROT_GROWSUP)};
const struct names names_prot = NAMES(prot, "PROT_NONE", "PROT_???");
static const struct name map_types[] = {N(MAP_SHARED), N(MAP_PRIVATE), N(MAP_SHARED_VALIDATE)};
const struct names names_map_types = NAMES(map_types, "MAP_FILE", "MAP_???");
static const struct name map[] = {N(MAP_FIXED),      N(MAP_ANONYMOUS),      N(MAP_32BIT),     N(MAP_NORESERVE),
				  N(MAP_POPULATE),   N(MAP_NONBLOCK),       N(MAP_GROWSDOWN), N(MAP_DENYWRITE),
				  N(MAP_EXECUTABLE), N(MAP_LOCKED),         N(MAP_STACK),     N(MAP_HUGETLB),
				  N(MAP_SYNC),       N(MAP_FIXED_NOREPLACE)};
const struct names names_map = NAMES(map, NULL, "MAP_???");
static const struct name mremap[] = {N(MREMAP_MAYMOVE), N(MREMAP_FIXED), N(MREMAP_DONTUNMAP)};
const struct names names_mremap = NAMES(mremap, NULL, "MREMAP_???");
static const struct name msync[] = {N(MS_SYNC), N(MS_ASYNC), N(MS_INVALIDATE)};
const struct names names_msync = NAMES(msync, NULL, "MS_???");
static const struct name advice[] = {
    N(MADV_NORMAL),       N(MADV_RANDOM),        N(MADV_SEQUENTIAL),    N(MADV_WILLNEED),   N(MADV_DONTNEED),
    N(MADV_FREE),         N(MADV_REMOVE),        N(MADV_DONTFORK),      N(MADV_DOFORK),     N(MADV_HWPOISON),
    N(MADV_SOFT_OFFLINE), N(MADV_MERGEABLE),     N(MADV_UNMERGEABLE),   N(MADV_HUGEPAGE),   N(MADV_NOHUGEPAGE),
    N(MADV_DONTDUMP),     N(MADV_DODUMP),        N(MADV_WIPEONFORK),    N(MADV_KEEPONFORK), N(MADV_COLD),
    N(MADV_PAGEOUT),      N(MADV_POPULATE_READ), N(MADV_POPULATE_WRITE)};
const struct names names_advice = NAMES(advice, NULL, "MADV_???");
static const struct name mlock[] = {N(MLOCK_ONFAULT)};
const struct names names_mlock = NAMES(mlock, NULL, "MLOCK_???");
static const struct name mlockall[] = {N(MCL_CURRENT), N(MCL_FUTURE), N(MCL_ONFAULT)};
const struct names names_mlockall = NAMES(mlockall, NULL, "MCL_???");
