/* SPDX-License-Identifier: ISC */
/*
 * How a pc image's exit status reaches the launcher: the line "exit N\n" written byte by byte to the debug port
 * EXIT_PORT (QEMU: -device isa-debugcon,iobase=0x502), then any value to EXIT_QEMU_PORT ends QEMU (isa-debug-exit).
 * No record means that the machine failed, not the program. Before, once the kernel is up and listens, it writes
 * EXIT_STARTED there if Kiln launched it (abi/console.h).
 */
#ifndef ABI_EXIT_H
#define ABI_EXIT_H

#define EXIT_PORT      0x502
#define EXIT_QEMU_PORT 0x501
#define EXIT_FORMAT    "exit %d\n"
#define EXIT_STARTED   "start\n"

#endif
