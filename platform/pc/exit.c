/* SPDX-License-Identifier: ISC */
/* The record for the launcher (abi/exit.h), then every way there is to stop the machine. */
#include "abi/exit.h"
#include "lib/fmt.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"

#define PORT_KEYBOARD 0x64 /* its controller can pull the reset line */

NORETURN void platform_exit(int status)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} PACKED no_table;
	char line[16];

	cpu_outsb(EXIT_PORT, line, (unsigned long)fmt_snprintf(line, sizeof line, EXIT_FORMAT, status & 0xff));
	cpu_outb(EXIT_QEMU_PORT, 0);
	cpu_outb(PORT_KEYBOARD, 0xfe);
	/* A triple fault. */
	__asm__ volatile("lidt %0; ud2" : : "m"(no_table));
	__builtin_unreachable();
}
