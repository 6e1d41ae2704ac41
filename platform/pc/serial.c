/* SPDX-License-Identifier: ISC */
/*
 * The console: a 16550 at COM1, and a debug port for errors where there is one. Output waits for room in the FIFO a moment, and
 * leaves the rest to the caller; input comes by interrupt once asked for, and is read by polling before. QEMU hands over no
 * more input at once than fits below the trigger level.
 */
#include "abi/boot.h"
#include "abi/console.h"
#include "abi/exit.h"
#include "drivers/machine.h"
#include "kernel/console.h"
#include "kernel/init.h"
#include "platform/platform.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"

#define COM1       0x3f8
#define IRQ_LINE   4
#define REG_DATA   (COM1 + 0)
#define REG_IER    (COM1 + 1)
#define REG_FCR    (COM1 + 2)
#define REG_LCR    (COM1 + 3)
#define REG_MCR    (COM1 + 4)
#define REG_LSR    (COM1 + 5)
#define IER_RX     1
#define FCR_ENABLE 0xc7 /* FIFOs on and cleared; input is told of by 14 bytes, or after a pause */
#define LCR_DLAB   0x80
#define LCR_8N1    3
#define MCR_ON     0xb /* DTR, RTS, OUT2: interrupts reach the line */
#define LSR_RX     1
#define LSR_EMPTY  0x20
#define FIFO       16u
#define ABSENT     0xff
#define PATIENCE   4000u /* looks at a transmitter that does not get empty */

static bool present;

void serial_init(void)
{
	cpu_outb(REG_IER, 0);
	cpu_outb(REG_LCR, LCR_DLAB);
	cpu_outb(REG_DATA, 1); /* 115,200 baud */
	cpu_outb(REG_IER, 0);
	cpu_outb(REG_LCR, LCR_8N1);
	cpu_outb(REG_FCR, FCR_ENABLE);
	cpu_outb(REG_MCR, MCR_ON);
	present = cpu_inb(REG_LSR) != ABSENT;
	/* QEMU looks again for input only when the data register is read. */
	(void)cpu_inb(REG_DATA);
}

long platform_console_write(enum platform_stream to, const char *buf, size_t n)
{
	size_t done = 0;

	if (to == PLATFORM_ERR && (platform_boot_info()->console_flags & CONSOLE_ERRORS) != 0) {
		cpu_outsb(CONSOLE_ERROR_PORT, buf, n);
		return (long)n;
	}
	while (present && done < n) {
		size_t k = MIN(n - done, FIFO);

		for (unsigned i = 0; (cpu_inb(REG_LSR) & LSR_EMPTY) == 0; i++)
			if (i == PATIENCE)
				return (long)done;
		cpu_outsb(REG_DATA, buf + done, k);
		done += k;
	}
	return (long)n;
}

size_t platform_console_read(char *buf, size_t n)
{
	size_t i = 0;

	while (present && i < n && (cpu_inb(REG_LSR) & LSR_RX) != 0)
		buf[i++] = (char)cpu_inb(REG_DATA);
	return i;
}

static void serial_irq(void *arg UNUSED)
{
	console_input();
}

void platform_console_events(bool on)
{
	static struct irq irq = {.fn = serial_irq};
	static bool wired;

	if (!present)
		return;
	if (on && !wired && machine_irq(IRQ_LINE, false, &irq) == 0)
		wired = true;
	cpu_outb(REG_IER, on ? IER_RX : 0);
}

/* A Ctrl-C must arrive while nobody reads; and who launched us may wait for this. */
static void serial_listen(void)
{
	if ((platform_boot_info()->console_flags & CONSOLE_FRAMED) == 0)
		return;
	platform_console_events(true);
	cpu_outsb(EXIT_PORT, EXIT_STARTED, sizeof EXIT_STARTED - 1);
}
INIT(INIT_LATE, serial_listen);
