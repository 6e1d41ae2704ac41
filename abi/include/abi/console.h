/* SPDX-License-Identifier: ISC */
/*
 * The console, between `kiln run` and the kernel. A serial line or a pipe knows no end of file, no Ctrl-C and no
 * window size, and a serial line loses what comes before the guest is ready. So with CONSOLE_FRAMED input is framed:
 * bytes before CONSOLE_ESC CONSOLE_START are dropped; afterwards CONSOLE_ESC is followed by one of the others, or by
 * itself for the byte.
 *
 * Output: the sandbox has descriptors 1 and 2 of the host. On pc all of it goes to the serial port; with CONSOLE_ERRORS
 * what programs write to descriptor 2, and the kernel's own lines, go byte by byte to the debug port CONSOLE_ERROR_PORT.
 *
 * On pc fw_cfg's CONSOLE_FILE says "FLAGS[ ROWS COLUMNS]", decimal; the tender has it as --console FLAGS[,ROWS,COLUMNS].
 */
#ifndef ABI_CONSOLE_H
#define ABI_CONSOLE_H

#define CONSOLE_FILE "opt/kiln/console"

enum console_flags { /* boot_info.console_flags */
		     CONSOLE_STDIN_TTY = 1 << 0, /* 1 << descriptor */
		     CONSOLE_STDOUT_TTY = 1 << 1,
		     CONSOLE_STDERR_TTY = 1 << 2,
		     CONSOLE_FRAMED = 8,
		     CONSOLE_RAW = 16, /* the host's terminal is raw: editing, echo and Ctrl-C are the guest's */
		     CONSOLE_ERRORS = 32, /* pc: there is a port for standard error */
};
#define CONSOLE_RAW_TTY (CONSOLE_STDIN_TTY | CONSOLE_STDOUT_TTY | CONSOLE_STDERR_TTY | CONSOLE_FRAMED | CONSOLE_RAW)

#define CONSOLE_ERROR_PORT 0x503

#define CONSOLE_ESC    0x10
#define CONSOLE_START  0x02
#define CONSOLE_END    0x04 /* no more input */
#define CONSOLE_GONE   0x05 /* nobody reads descriptor 1 any more: writes are EPIPE; 0x06: nor descriptor 2 */
#define CONSOLE_SIZE   0x17 /* CONSOLE_SIZE_BYTES follow, as they are: rows, columns, each little-endian */
#define CONSOLE_SIGNAL 0x13 /* a byte follows, as it is: that signal to the programs, if it is one of CONSOLE_SIGNALS */
#define CONSOLE_FILL   0x16 /* what stands before the start, to get lost */

#define CONSOLE_SIZE_BYTES 4
/* Bits 1 << signal: SIGHUP INT QUIT USR1 USR2 TERM */
#define CONSOLE_SIGNALS (1u << 1 | 1u << 2 | 1u << 3 | 1u << 10 | 1u << 12 | 1u << 15)

#endif
