/* SPDX-License-Identifier: ISC */
/* Arguments of calls on files: flags that depend on others, buffers, structures. */
#include "call.h"
#include "names.h"

#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/uio.h>

#define FORMAT(mode) ((mode) >> 12 & 15)
#define CHARACTERS   2
#define BLOCKS       6
#define SET_UID      04000u
#define SET_GID      02000u
#define STICKY       01000u

void print_dirfd(struct line *l, const struct traced *c, unsigned i)
{
	int fd = (int)CALLARG(c->args, i);

	line_add(l, fd == AT_FDCWD ? "AT_FDCWD" : "%d", fd);
}

void print_open_words(struct line *l, uint32_t v)
{
	static const char *const modes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	uint64_t rest = v & ~(uint32_t)O_ACCMODE;

	line_add(l, "%s", modes[v & O_ACCMODE]);
	rest = line_bits(l, rest, &names_open, false);
	if (rest != 0)
		line_add(l, "|%#lx", (unsigned long)rest);
}

void print_open(struct line *l, const struct traced *c, unsigned i)
{
	print_open_words(l, (uint32_t)CALLARG(c->args, i));
}

void print_open_mode(struct line *l, const struct traced *c, unsigned i)
{
	if ((CALLARG(c->args, i - 1) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0)
		line_add(l, "%#03o", (unsigned)CALLARG(c->args, i));
}

void print_open_bits(struct line *l, const struct traced *c, unsigned i)
{
	line_flags(l, (uint32_t)CALLARG(c->args, i), &names_open);
}

void print_open_how(struct line *l, const struct traced *c, unsigned i)
{
	struct open_how how;

	if (!line_fetch(l, &how, CALLARG(c->args, i), sizeof how))
		return;
	line_add(l, "{flags=");
	print_open_words(l, (uint32_t)how.flags);
	if ((how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0 || how.mode != 0)
		line_add(l, ", mode=%#03lo", (unsigned long)how.mode);
	line_add(l, ", resolve=");
	line_flags(l, how.resolve, &names_resolve);
	line_add(l, "}");
}

void print_file_mode(struct line *l, unsigned mode)
{
	static const char *const formats[] = {[1] = "S_IFIFO", [2] = "S_IFCHR",  [4] = "S_IFDIR",   [6] = "S_IFBLK",
					      [8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK", [15] = NULL};
	const char *format = formats[FORMAT(mode)];

	if (format != NULL)
		line_add(l, "%s|%s%s%s", format, (mode & SET_UID) != 0 ? "S_ISUID|" : "",
			 (mode & SET_GID) != 0 ? "S_ISGID|" : "", (mode & STICKY) != 0 ? "S_ISVTX|" : "");
	line_add(l, "%#03o", format != NULL ? mode & 0777 : mode);
}

void print_mode(struct line *l, const struct traced *c, unsigned i)
{
	print_file_mode(l, (unsigned)CALLARG(c->args, i) & 0xffff);
}

static bool is_device(unsigned mode)
{
	return FORMAT(mode) == CHARACTERS || FORMAT(mode) == BLOCKS;
}

static void device(struct line *l, uint64_t dev)
{
	line_add(l, "makedev(%#lx, %#lx)", (unsigned long)(dev >> 8 & 0xfff),
		 (unsigned long)((dev & 0xff) | (dev >> 12 & 0xfff00)));
}

void print_device(struct line *l, const struct traced *c, unsigned i)
{
	if (is_device((unsigned)CALLARG(c->args, i - 1)))
		device(l, CALLARG(c->args, i));
}

void print_stat(struct line *l, const struct traced *c, unsigned i)
{
	struct stat st;

	if (!line_fetch(l, &st, CALLARG(c->args, i), sizeof st))
		return;
	line_add(l, "{st_mode=");
	print_file_mode(l, st.st_mode);
	if (is_device(st.st_mode)) {
		line_add(l, ", st_rdev=");
		device(l, st.st_rdev);
	} else {
		line_add(l, ", st_size=%lu", (unsigned long)st.st_size);
	}
	line_add(l, ", ...}");
}

void print_statx_flags(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t v = (uint32_t)CALLARG(c->args, i);

	if ((v & (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC)) == 0)
		line_add(l, v != 0 ? "AT_STATX_SYNC_AS_STAT|" : "AT_STATX_SYNC_AS_STAT");
	if (v != 0)
		line_flags(l, v, &names_statx_flags);
}

void print_statx(struct line *l, const struct traced *c, unsigned i)
{
	struct statx st;

	if (!line_fetch(l, &st, CALLARG(c->args, i), sizeof st))
		return;
	line_add(l, "{stx_mask=");
	line_flags(l, st.stx_mask, &names_statx_mask);
	line_add(l, ", stx_attributes=");
	line_flags(l, st.stx_attributes, &names_statx_attributes);
	line_add(l, ", stx_mode=");
	print_file_mode(l, st.stx_mode);
	line_add(l, ", stx_size=%lu, ...}", (unsigned long)st.stx_size);
}

void print_statfs(struct line *l, const struct traced *c, unsigned i)
{
	static const struct name types[] = {N(TMPFS_MAGIC),
					    N(PROC_SUPER_MAGIC),
					    N(EROFS_SUPER_MAGIC_V1),
					    N(RAMFS_MAGIC),
					    {EXT4_SUPER_MAGIC, "EXT2_SUPER_MAGIC"},
					    N(DEVPTS_SUPER_MAGIC),
					    N(PIPEFS_MAGIC),
					    N(SOCKFS_MAGIC),
					    N(ANON_INODE_FS_MAGIC),
					    N(OVERLAYFS_SUPER_MAGIC)};
	static const struct names type_names = NAMES(types, NULL, "???_MAGIC");
	static const struct name flags[] = {{1, "ST_RDONLY"},      {2, "ST_NOSUID"},        {4, "ST_NODEV"},
					    {8, "ST_NOEXEC"},      {16, "ST_SYNCHRONOUS"},  {32, "ST_VALID"},
					    {64, "ST_MANDLOCK"},   {1024, "ST_NOATIME"},    {2048, "ST_NODIRATIME"},
					    {4096, "ST_RELATIME"}, {8192, "ST_NOSYMFOLLOW"}};
	static const struct names flag_names = NAMES(flags, NULL, "ST_???");
	struct statfs st;

	if (!line_fetch(l, &st, CALLARG(c->args, i), sizeof st))
		return;
	line_add(l, "{f_type=");
	line_name(l, (uint32_t)st.f_type, &type_names);
	line_add(l, ", f_bsize=%lu, f_blocks=%lu, f_bfree=%lu, f_bavail=%lu, f_files=%lu, f_ffree=%lu",
		 (unsigned long)st.f_bsize, (unsigned long)st.f_blocks, (unsigned long)st.f_bfree,
		 (unsigned long)st.f_bavail, (unsigned long)st.f_files, (unsigned long)st.f_ffree);
	line_add(l, ", f_fsid={val=[");
	line_hex(l, (uint32_t)st.f_fsid.val[0]);
	line_add(l, ", ");
	line_hex(l, (uint32_t)st.f_fsid.val[1]);
	line_add(l, "]}, f_namelen=%lu, f_frsize=%lu, f_flags=", (unsigned long)st.f_namelen,
		 (unsigned long)st.f_frsize);
	line_flags(l, (uint64_t)st.f_flags, &flag_names);
	line_add(l, "}");
}

void print_fds(struct line *l, const struct traced *c, unsigned i)
{
	line_list(l, CALLARG(c->args, i), 2, sizeof(int), line_item_int, NULL);
}

static void flock_words(struct line *l, uintptr_t addr, bool pid)
{
	struct flock f;

	if (!line_fetch(l, &f, addr, sizeof f))
		return;
	line_add(l, "{l_type=");
	line_name(l, (uint32_t)f.l_type, &names_lock_types);
	line_add(l, ", l_whence=");
	line_name(l, (uint32_t)f.l_whence, &names_whence);
	line_add(l, ", l_start=%ld, l_len=%ld", (long)f.l_start, (long)f.l_len);
	if (pid)
		line_add(l, ", l_pid=%d", f.l_pid);
	line_add(l, "}");
}

void print_fcntl_arg(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t v = CALLARG(c->args, i);

	switch ((int)CALLARG(c->args, i - 1)) {
	case F_GETFD:
	case F_GETFL:
	case F_GETOWN:
	case F_GETSIG:
	case F_GETLEASE:
	case F_GETPIPE_SZ:
	case F_GET_SEALS: return;
	case F_SETFD: line_flags(l, (uint32_t)v, &names_fd_flags); return;
	case F_SETFL: print_open_words(l, (uint32_t)v); return;
	case F_ADD_SEALS: line_flags(l, (uint32_t)v, &names_seals); return;
	case F_SETSIG: line_signal(l, (int)v); return;
	case F_GETLK:
	case F_OFD_GETLK: flock_words(l, v, !c->failed); return;
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW: flock_words(l, v, false); return;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETOWN:
	case F_SETPIPE_SZ: line_add(l, "%d", (int)v); return;
	default: line_hex(l, v);
	}
}
