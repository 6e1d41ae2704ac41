/* SPDX-License-Identifier: ISC */
/*
 * Flags, constants and structures of common calls in words, as strace prints them. A row says what an argument of a call is;
 * what has no row stays a number.
 */
#include "strace_args.h"

#include "kernel/uaccess.h"
#include "lib/fmt.h"
#include "linux/names_of.h"

#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/time_types.h>

#define CHARACTERS 2 /* of st_mode's type, st_rdev means something */
#define BLOCKS     6

enum kind {
	ADDRESS,
	OPEN,
	OPEN_MODE,
	PROT,
	MAP,
	ACCESS,
	WHENCE,
	STAT,
	ADVICE,
	CLOCK,
	TIME_IN,
	TIME_OUT,
	FDS,
	SIGNAL,
	AT,
	FCNTL
};

static const struct {
	uint16_t nr;
	uint8_t arg, kind;
} rows[] = {
    {__NR_open, 1, OPEN},
    {__NR_open, 2, OPEN_MODE},
    {__NR_openat, 2, OPEN},
    {__NR_openat, 3, OPEN_MODE},
    {__NR_mmap, 2, PROT},
    {__NR_mmap, 3, MAP},
    {__NR_mprotect, 2, PROT},
    {__NR_access, 1, ACCESS},
    {__NR_faccessat, 2, ACCESS},
    {__NR_lseek, 2, WHENCE},
    {__NR_stat, 1, STAT},
    {__NR_lstat, 1, STAT},
    {__NR_fstat, 1, STAT},
    {__NR_newfstatat, 2, STAT},
    {__NR_newfstatat, 3, AT},
    {__NR_unlinkat, 2, AT},
    {__NR_madvise, 2, ADVICE},
    {__NR_clock_gettime, 0, CLOCK},
    {__NR_clock_gettime, 1, TIME_OUT},
    {__NR_clock_nanosleep, 0, CLOCK},
    {__NR_clock_nanosleep, 2, TIME_IN},
    {__NR_nanosleep, 0, TIME_IN},
    {__NR_pipe, 0, FDS},
    {__NR_pipe2, 0, FDS},
    {__NR_pipe2, 1, OPEN},
    {__NR_socketpair, 3, FDS},
    {__NR_kill, 1, SIGNAL},
    {__NR_tkill, 1, SIGNAL},
    {__NR_tgkill, 2, SIGNAL},
    {__NR_rt_sigaction, 0, SIGNAL},
    {__NR_fcntl, 1, FCNTL},
    {__NR_mmap, 0, ADDRESS},
    {__NR_brk, 0, ADDRESS},
};

struct flag {
	uint32_t value;
	const char *name;
};

static const struct flag open_flags[] = {
    {O_WRONLY, "O_WRONLY"},   {O_RDWR, "O_RDWR"},           {O_CREAT, "O_CREAT"},
    {O_EXCL, "O_EXCL"},       {O_NOCTTY, "O_NOCTTY"},       {O_TRUNC, "O_TRUNC"},
    {O_APPEND, "O_APPEND"},   {O_NONBLOCK, "O_NONBLOCK"},   {O_SYNC, "O_SYNC"},
    {O_DSYNC, "O_DSYNC"},     {O_DIRECT, "O_DIRECT"},       {0100000, "O_LARGEFILE"},
    {O_TMPFILE, "O_TMPFILE"}, {O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"},
    {O_NOATIME, "O_NOATIME"}, {O_CLOEXEC, "O_CLOEXEC"},     {O_PATH, "O_PATH"}};
static const struct flag prots[] = {{PROT_READ, "PROT_READ"}, {PROT_WRITE, "PROT_WRITE"}, {PROT_EXEC, "PROT_EXEC"}};
static const struct flag maps[] = {{MAP_SHARED, "MAP_SHARED"},       {MAP_PRIVATE, "MAP_PRIVATE"},
				   {MAP_FIXED, "MAP_FIXED"},         {MAP_ANONYMOUS, "MAP_ANONYMOUS"},
				   {MAP_GROWSDOWN, "MAP_GROWSDOWN"}, {MAP_LOCKED, "MAP_LOCKED"},
				   {MAP_NORESERVE, "MAP_NORESERVE"}, {MAP_POPULATE, "MAP_POPULATE"},
				   {MAP_STACK, "MAP_STACK"},         {MAP_FIXED_NOREPLACE, "MAP_FIXED_NOREPLACE"}};
static const struct flag accesses[] = {{4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}};
static const struct flag ats[] = {{AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"}, {AT_EMPTY_PATH, "AT_EMPTY_PATH"}};
static const char *const whences[] = {"SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE"};
static const char *const advices[] = {"MADV_NORMAL", "MADV_RANDOM", "MADV_SEQUENTIAL", "MADV_WILLNEED",
				      "MADV_DONTNEED"};
static const char *const clocks[] = {"CLOCK_REALTIME",          "CLOCK_MONOTONIC",     "CLOCK_PROCESS_CPUTIME_ID",
				     "CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME_COARSE",
				     "CLOCK_MONOTONIC_COARSE",  "CLOCK_BOOTTIME"};
static const char *const fcntls[] = {"F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL",
				     "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW"};
static const char *const formats[] = {[1] = "S_IFIFO", [2] = "S_IFCHR",  [4] = "S_IFDIR",  [6] = "S_IFBLK",
				      [8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK"};

/* Names joined by |, what is left as a number; zero when nothing is set. */
static long flags(char *buf, size_t size, uint32_t v, const struct flag *f, size_t n, const char *zero)
{
	long len = 0;

	if (zero != NULL && v == 0)
		return fmt_snprintf(buf, size, "%s", zero);
	for (size_t i = 0; i < n; i++) {
		if ((v & f[i].value) != f[i].value)
			continue;
		v &= ~f[i].value;
		len += fmt_snprintf(buf + len, size - (size_t)len, "%s%s", len > 0 ? "|" : "", f[i].name);
	}
	if (v != 0)
		len += fmt_snprintf(buf + len, size - (size_t)len, "%s%#x", len > 0 ? "|" : "", v);
	return len;
}

static long open_words(char *buf, size_t size, uint32_t v, bool access)
{
	long len = 0;

	if (!access)
		return flags(buf, size, v, open_flags, ARRAY_LEN(open_flags), "0");
	if ((v & O_ACCMODE) == O_RDONLY)
		len = fmt_snprintf(buf, size, "O_RDONLY%s", v != 0 ? "|" : "");
	return v == 0 ? len : len + flags(buf + len, size - (size_t)len, v, open_flags, ARRAY_LEN(open_flags), NULL);
}

static long named(char *buf, size_t size, uintptr_t v, const char *const *names, size_t n)
{
	return v < n && names[v] != NULL ? fmt_snprintf(buf, size, "%s", names[v]) : 0;
}

static long stat_words(char *buf, size_t size, uintptr_t addr)
{
	struct stat st;
	const char *format;

	if (get_user(st, UPTR(addr)) != 0)
		return 0;
	format = formats[st.st_mode >> 12 & 15];
	if (format == NULL)
		return 0;
	if ((st.st_mode >> 12 & 15) == CHARACTERS || (st.st_mode >> 12 & 15) == BLOCKS)
		return fmt_snprintf(buf, size, "{st_mode=%s|%#o, st_rdev=makedev(%#lx, %#lx), ...}", format,
				    st.st_mode & 07777, (unsigned long)st.st_rdev >> 8 & 0xfff,
				    (unsigned long)st.st_rdev & 0xff);
	return fmt_snprintf(buf, size, "{st_mode=%s|%#o, st_size=%lu, ...}", format, st.st_mode & 07777,
			    (unsigned long)st.st_size);
}

static long time_words(char *buf, size_t size, uintptr_t addr)
{
	struct __kernel_timespec t;

	if (addr == 0 || get_user(t, UPTR(addr)) != 0)
		return 0;
	return fmt_snprintf(buf, size, "{tv_sec=%ld, tv_nsec=%ld}", (long)t.tv_sec, (long)t.tv_nsec);
}

static long fds_words(char *buf, size_t size, uintptr_t addr)
{
	int fd[2];

	return get_user(fd, UPTR(addr)) != 0 ? 0 : fmt_snprintf(buf, size, "[%d, %d]", fd[0], fd[1]);
}

static long words(char *buf, size_t size, enum kind kind, unsigned long nr, const struct callargs *a, unsigned i,
		  long result)
{
	uintptr_t v = CALLARG(a, i);

	switch (kind) {
	case ADDRESS: return v == 0 ? fmt_snprintf(buf, size, "NULL") : 0;
	case OPEN: return open_words(buf, size, (uint32_t)v, nr != __NR_pipe2);
	case OPEN_MODE: return (CALLARG(a, i - 1) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0 ? 0 : -1;
	case PROT: return flags(buf, size, (uint32_t)v, prots, ARRAY_LEN(prots), "PROT_NONE");
	case MAP: return flags(buf, size, (uint32_t)v, maps, ARRAY_LEN(maps), "0");
	case ACCESS: return flags(buf, size, (uint32_t)v, accesses, ARRAY_LEN(accesses), "F_OK");
	case AT: return flags(buf, size, (uint32_t)v, ats, ARRAY_LEN(ats), "0");
	case WHENCE: return named(buf, size, v, whences, ARRAY_LEN(whences));
	case ADVICE: return named(buf, size, v, advices, ARRAY_LEN(advices));
	case CLOCK: return named(buf, size, v, clocks, ARRAY_LEN(clocks));
	case FCNTL:
		return v == F_DUPFD_CLOEXEC ? fmt_snprintf(buf, size, "F_DUPFD_CLOEXEC")
					    : named(buf, size, v, fcntls, ARRAY_LEN(fcntls));
	case SIGNAL:
		return v > 0 && signal_name((int)v) != NULL ? fmt_snprintf(buf, size, "%s", signal_name((int)v)) : 0;
	case STAT: return result >= 0 ? stat_words(buf, size, v) : 0;
	case TIME_OUT: return result >= 0 ? time_words(buf, size, v) : 0;
	case TIME_IN: return time_words(buf, size, v);
	case FDS: return result >= 0 ? fds_words(buf, size, v) : 0;
	}
	return 0;
}

long strace_arg(char *buf, size_t size, unsigned long nr, const struct callargs *a, unsigned i, long result)
{
	if (nr == __NR_fcntl && i == 2 && (CALLARG(a, 1) == F_GETFD || CALLARG(a, 1) == F_GETFL))
		return -1;
	if (nr == __NR_fcntl && i == 2 && CALLARG(a, 1) == F_SETFD && CALLARG(a, 2) == 1)
		return fmt_snprintf(buf, size, "FD_CLOEXEC");
	if (nr == __NR_fcntl && i == 2 && CALLARG(a, 1) == F_SETFL)
		return open_words(buf, size, (uint32_t)CALLARG(a, 2), true);
	for (unsigned k = 0; k < ARRAY_LEN(rows); k++)
		if (rows[k].nr == nr && rows[k].arg == i)
			return words(buf, size, (enum kind)rows[k].kind, nr, a, i, result);
	return 0;
}
