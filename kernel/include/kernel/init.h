/* SPDX-License-Identifier: ISC */
/*
 * Boot order. A component registers an init function in the linker section of its level; kernel_main runs the levels
 * in this order, within a level in link order. From INIT_THREADS on the functions run in a thread and may block.
 */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include "lib/base.h"

/* Macros, not an enum: the number becomes part of a section's name. */
#define INIT_MEMORY  0 /* frames and heap: kmalloc works afterwards */
#define INIT_TIME    1 /* clocks and timers */
#define INIT_THREADS 2 /* the scheduler runs; this level and all below run in the init thread */
#define INIT_CONFIG  3 /* the configuration is known afterwards */
#define INIT_DRIVER  4 /* drivers find their devices */
#define INIT_FS      5 /* root file system, /dev, /proc, mounts */
#define INIT_NET     6 /* interfaces come up */
#define INIT_LATE    7 /* everything is there; the personality starts the programs afterwards */
#define INIT_LEVELS  8

struct init_entry {
	void (*fn)(void);
	unsigned long level;
};

/* INIT(INIT_FS, erofs_init): fn is `static void fn(void)`. The sections .kiln.init.N are sorted by the linker script. */
#define INIT(level, func) INIT_(level, func)
#define INIT_(level, func)                                                                                             \
	static const struct init_entry init_entry_##func                                                               \
	    __attribute__((used, aligned(8), section(".kiln.init." #level))) = {func, level}

#endif
