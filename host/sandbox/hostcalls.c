/* SPDX-License-Identifier: ISC */
/*
 * The table. Rows of the same call stand together and are tried in turn; the calls are in the order of how
 * often they are made, since the filter compares in this order. Only ARG_ANY and ARG_UNUSED are unchecked; a
 * pointer is ARG_ANY, since the host checks that it lies in the process, and everything in the process is the
 * guest's.
 */
#include "hostcalls.h"
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/falloc.h>
#include <linux/mman.h>

#define ANY                                                                                                            \
	{                                                                                                              \
		ARG_ANY, 0, 0                                                                                          \
	}
#define IS(v)                                                                                                          \
	{                                                                                                              \
		ARG_IS, (v), 0                                                                                         \
	}
#define UP_TO(v)                                                                                                       \
	{                                                                                                              \
		ARG_UP_TO, (v), 0                                                                                      \
	}
#define ONE_OF(v)                                                                                                      \
	{                                                                                                              \
		ARG_ONE_OF, (v), 0                                                                                     \
	}
#define FD(s)                                                                                                          \
	{                                                                                                              \
		ARG_FD, (s), 0                                                                                         \
	}
#define TIMER                                                                                                          \
	{                                                                                                              \
		ARG_TIMER, 0, 0                                                                                        \
	}
#define PROT(set)                                                                                                      \
	{                                                                                                              \
		ARG_PROT, (set), 0                                                                                     \
	}
#define PROT_WX(set)                                                                                                   \
	{                                                                                                              \
		ARG_PROT_WX, (set), 0                                                                                  \
	}
#define IN(r, n)                                                                                                       \
	{                                                                                                              \
		ARG_IN, (r), (n)                                                                                       \
	}

/* Sets of PROT_READ 1, WRITE 2, EXEC 4: none, r, rw, x, rx. */
#define PROT_PROGRAM (1u << 0 | 1u << 1 | 1u << 3 | 1u << 4 | 1u << 5)
#define PROT_RW      (1u << 1 | 1u << 3)
#define PROT_SOURCE  (1u << 0 | 1u << 1 | 1u << 3 | 1u << 5)
#define CLOCKS       (1u << 0 | 1u << 1) /* CLOCK_REALTIME, CLOCK_MONOTONIC */
#define POPULATE     (1u << MADV_POPULATE_READ | 1u << MADV_POPULATE_WRITE)

const struct hostcall hostcalls[] = {
    {__NR_clock_gettime, false, "clock_gettime", {ONE_OF(CLOCKS), ANY}, "the clocks, and the TSC's calibration"},
    {__NR_ppoll, false, "ppoll", {ANY, UP_TO(32), ANY, IS(0)}, "waiting for devices, the console and deadlines"},
    {__NR_readv, false, "readv", {FD(FDS_NIC), ANY, UP_TO(1024)}, "frames from the network"},
    {__NR_writev, false, "writev", {FD(FDS_NIC), ANY, UP_TO(1024)}, "frames to the network"},
    {__NR_timer_settime, false, "timer_settime", {TIMER, UP_TO(1), ANY, IS(0)}, "preemption and deadlines"},
    {__NR_rt_sigreturn, false, "rt_sigreturn", {{ARG_UNUSED, 0, 0}}, "the end of a signal handler"},
    {__NR_write, false, "write", {FD(FDS_OUT), ANY, ANY}, "the console"},
    {__NR_read, false, "read", {FD(FDS_IN), ANY, ANY}, "the console"},
    {__NR_mmap,
     false,
     "mmap",
     {IN(REGION_USER, 1), ANY, PROT_WX(PROT_PROGRAM), IS(MAP_SHARED | MAP_FIXED), FD(FDS_MEMORY), IN(REGION_MEMORY, 1)},
     "a program's pages in guest memory"},
    {__NR_mmap,
     false,
     "mmap",
     {IN(REGION_USER, 1), ANY, PROT(PROT_SOURCE), IS(MAP_PRIVATE | MAP_FIXED), FD(FDS_IMAGE), IN(REGION_PAYLOAD, 1)},
     "a program's pages in the image, used in place; private, so the file stays as it is"},
    {__NR_mmap,
     false,
     "mmap",
     {IN(REGION_ALIAS, 1), ANY, PROT(PROT_RW), IS(MAP_SHARED | MAP_FIXED), FD(FDS_MEMORY), IN(REGION_MEMORY, 1)},
     "the transient alias through which text is patched"},
    {__NR_munmap, false, "munmap", {IN(REGION_USER, 1), ANY}, "a program's pages"},
    {__NR_munmap, false, "munmap", {IN(REGION_ALIAS, 1), ANY}, "the end of the alias"},
    {__NR_mprotect, false, "mprotect", {IN(REGION_USER, 1), ANY, PROT_WX(PROT_PROGRAM)}, "a program's pages"},
    {__NR_mprotect,
     false,
     "mprotect",
     {IN(REGION_DIRECT, 1), ANY, PROT(PROT_RW)},
     "frames that a program executes are read-only to the kernel meanwhile"},
    {__NR_madvise, false, "madvise", {IN(REGION_USER, 1), ANY, ONE_OF(POPULATE)}, "several pages at one fault"},
    {__NR_madvise, false, "madvise", {IN(REGION_DIRECT, 1), ANY, ONE_OF(POPULATE)}, "the kernel's own memory likewise"},
    {__NR_fallocate,
     false,
     "fallocate",
     {FD(FDS_MEMORY), IS(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE), IN(REGION_MEMORY, 3), ANY},
     "giving guest memory back"},
    {__NR_pread64, false, "pread64", {FD(FDS_DISK), ANY, ANY, ANY}, "disks"},
    {__NR_pwrite64, false, "pwrite64", {FD(FDS_DISK), ANY, ANY, ANY}, "disks; a read-only one is open read-only"},
    {__NR_fdatasync, false, "fdatasync", {FD(FDS_DISK)}, "flushing disks"},
    {__NR_getrandom, false, "getrandom", {ANY, UP_TO(256), IS(0)}, "entropy"},
    {__NR_arch_prctl, true, "arch_prctl", {IS(ARCH_SET_FS), ANY}, "thread pointers where the CPU has no wrfsbase"},
    {__NR_exit_group, false, "exit_group", {ANY}, "the end"},
};

const unsigned hostcalls_count = ARRAY_LEN(hostcalls);
