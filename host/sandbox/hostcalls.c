/* SPDX-License-Identifier: ISC */
/*
 * The table. Rows of the same call stand together and are tried in turn; the calls are in the order of how often they
 * are made, since the filter compares in this order. Only ARG_ANY and ARG_UNUSED are unchecked; a pointer is ARG_ANY,
 * since the host checks that it lies in the process, and everything in the process is the guest's.
 */
#include "hostcalls.h"
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/falloc.h>
#include <linux/mman.h>

/* clang-format off */
#define ANY		 {ARG_ANY, 0, 0}
#define NONE		 {ARG_UNUSED, 0, 0}
#define IS(v)		 {ARG_IS, (v), 0}
#define WITH(v, more)	 {ARG_IS, (v), (more)}
#define UP_TO(v)	 {ARG_UP_TO, (v), 0}
#define ONE_OF(v)	 {ARG_ONE_OF, (v), 0}
#define FD(s)		 {ARG_FD, (s), 0}
#define TIMER		 {ARG_TIMER, 0, 0}
#define PROT(set)	 {ARG_PROT, (set), 0}
#define PROT_WX(set)	 {ARG_PROT_WX, (set), 0}
#define IN(r, n)	 {ARG_IN, (r), (n)}
#define CALL(name)	 __NR_##name, false, #name

/* Sets of PROT_READ 1, WRITE 2, EXEC 4: none, r, rw, x, rx. */
#define PROT_PROGRAM (1u << 0 | 1u << 1 | 1u << 3 | 1u << 4 | 1u << 5)
#define PROT_RW	     (1u << 1 | 1u << 3)
#define PROT_SOURCE  (1u << 0 | 1u << 1 | 1u << 4 | 1u << 5)
#define CLOCKS	     (1u << 0 | 1u << 1) /* CLOCK_REALTIME, CLOCK_MONOTONIC */

const struct hostcall hostcalls[] = {
	{CALL(clock_gettime), {ONE_OF(CLOCKS), ANY}, "the clocks, and the TSC's calibration"},
	{CALL(ppoll), {ANY, UP_TO(32), ANY, IS(0)}, "waiting for devices, the console and deadlines"},
	{CALL(readv), {FD(FDS_NIC), ANY, UP_TO(1024)}, "frames from the network: a tap, or the socket of its helper"},
	{CALL(writev), {FD(FDS_NIC), ANY, UP_TO(1024)}, "frames to the network"},
	{CALL(timer_settime), {TIMER, UP_TO(1), ANY, IS(0)}, "preemption and deadlines"},
	{CALL(rt_sigprocmask), {UP_TO(2), ANY, IS(0), IS(8)}, "SIGIO, blocked while devices are polled"},
	{CALL(rt_sigreturn), {NONE}, "the end of a signal handler"},
	{CALL(write), {FD(FDS_OUT), ANY, ANY}, "the console"},
	{CALL(read), {FD(FDS_IN), ANY, ANY}, "the console"},
	{CALL(mmap),
	 {IN(REGION_USER, 1), ANY, PROT_WX(PROT_PROGRAM), WITH(MAP_SHARED | MAP_FIXED, MAP_POPULATE), FD(FDS_MEMORY),
	  IN(REGION_MEMORY, 1)},
	 "a program's pages in guest memory"},
	{CALL(mmap),
	 {IN(REGION_USER, 1), ANY, PROT(PROT_SOURCE), WITH(MAP_PRIVATE | MAP_FIXED, MAP_POPULATE), FD(FDS_IMAGE),
	  IN(REGION_PAYLOAD, 1)},
	 "a program's pages in the image, used in place; private, so the file stays as it is"},
	{CALL(munmap), {IN(REGION_USER, 1), ANY}, "a program's pages"},
	{CALL(mprotect), {IN(REGION_USER, 1), ANY, PROT_WX(PROT_PROGRAM)}, "a program's pages"},
	{CALL(mprotect), {IN(REGION_DIRECT, 1), ANY, PROT(PROT_RW)},
	 "frames that a program executes are read-only to the kernel meanwhile"},
	{CALL(fallocate), {FD(FDS_MEMORY), IS(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE), IN(REGION_MEMORY, 3), ANY},
	 "giving guest memory back"},
	{CALL(pread64), {FD(FDS_DISK), ANY, ANY, ANY}, "disks"},
	{CALL(pwrite64), {FD(FDS_DISK), ANY, ANY, ANY}, "disks; a read-only one is open read-only"},
	{CALL(fdatasync), {FD(FDS_DISK)}, "flushing disks"},
	{CALL(getrandom), {ANY, UP_TO(256), IS(0)}, "entropy"},
	{__NR_arch_prctl, true, "arch_prctl", {IS(ARCH_SET_FS), ANY}, "thread pointers where the CPU has no wrfsbase"},
	{__NR_arch_prctl, true, "arch_prctl", {IS(ARCH_SET_GS), ANY}, "the same"},
	{CALL(exit_group), {ANY}, "the end"},
};
/* clang-format on */

const unsigned hostcalls_count = ARRAY_LEN(hostcalls);
