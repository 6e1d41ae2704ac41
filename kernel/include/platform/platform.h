/* SPDX-License-Identifier: ISC */
/*
 * Platform seam: all that the kernel asks of a machine (pc) or of a host process (sandbox). Rules for every call:
 * called with the kernel lock, on a kernel stack; none blocks but platform_wait; none allocates; lengths are bytes,
 * times monotonic nanoseconds; addresses and sizes of memory are page-aligned. A function that a platform lacks is a
 * link error. Failures are returned as -errno where the prototype has an int, else the call aborts with a clear line.
 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "kernel/page.h"

struct boot_info;

#define PLATFORM_CONSOLE_END SIZE_MAX

/* What programs write to descriptors 1 and 2; where the platform has one channel they are the same. */
enum platform_stream { PLATFORM_OUT = 1, PLATFORM_ERR = 2 };

#pragma GCC visibility push(default)
/* What the boot code learned; constant. See abi/boot.h. */
const struct boot_info *platform_boot_info(void);

/* Console output: the bytes that were taken, 0: none now, or -errno. What input there is (0: none now, PLATFORM_CONSOLE_END:
 * none ever).
 * platform_console_events(true) asks that input wakes platform_wait and calls console_input() (kernel/console.h). */
long platform_console_write(enum platform_stream to, const char *buf, size_t n);
size_t platform_console_read(char *buf, size_t n);
void platform_console_events(bool on);

uint64_t platform_mono(void); /* ns, never goes back, zero near boot */
uint64_t platform_real(void); /* ns since the epoch, as the platform knows it */
/* Asks for kernel_events() (an interrupt, or the deferred flag) at `deadline`; TIME_NEVER disarms. One-shot. At
 * most 1 ms early, unless it says so by sched_timer_fired(). */
void platform_timer_arm(uint64_t deadline);
/* Idle: returns when a device or the console has something, or at `deadline`. The caller then calls kernel_events. */
void platform_wait(uint64_t deadline);
/* Devices with something to do are asked now (calls drivers' interrupt handlers); called by kernel_events. */
void platform_poll(void);

/* n random bytes fit for keys and address randomisation (RDRAND/RDSEED mixed with the seed; getrandom of the host). */
void platform_entropy(void *buf, size_t n);

/* Program memory, called by arch pmap code for each contiguous run that changes in the active table.
 * pc: invalidates the TLB. Sandbox: mmap, munmap, mprotect. prot: enum pmap_prot. */
void platform_map(uintptr_t va, paddr_t pa, size_t n, unsigned prot);
void platform_unmap(uintptr_t va, size_t n);
void platform_protect(uintptr_t va, size_t n, unsigned prot);
/* Frames [pa, pa+n) are not needed: true when they were given back and read as zero from now on. */
bool platform_discard(paddr_t pa, size_t n);

/* Finds devices and offers them to drivers (INIT_DRIVER). */
void platform_probe(void);

/* The end: status (0 to 255) reaches whoever ran the image. */
NORETURN void platform_exit(int status);
#pragma GCC visibility pop
#endif
