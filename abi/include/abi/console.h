/* SPDX-License-Identifier: ISC */
/*
 * The console's input on pc, between `kiln run` and platform/pc. A serial line knows no end of file and no Ctrl-C, and
 * loses what comes before the guest is ready. So, when fw_cfg has CONSOLE_FILE (decimal, enum console_flags), input is
 * framed: bytes before CONSOLE_ESC CONSOLE_START are dropped; afterwards CONSOLE_ESC is followed by one of the others,
 * or by itself for the byte.
 */
#ifndef ABI_CONSOLE_H
#define ABI_CONSOLE_H

#define CONSOLE_FILE "opt/kiln/console"

enum console_flags { /* boot_info.console_flags */
		     CONSOLE_STDIN_TTY = 1,
		     CONSOLE_STDOUT_TTY = 2,
		     CONSOLE_FRAMED = 4,
};

#define CONSOLE_ESC   0x10
#define CONSOLE_START 0x02
#define CONSOLE_END   0x04 /* no more input */
#define CONSOLE_INT   0x03 /* the user pressed Ctrl-C: SIGINT to the programs */
#define CONSOLE_TERM  0x0f /* the user wants an end: SIGTERM to the programs */
#define CONSOLE_FILL  0x16 /* what stands before the start, to get lost */

#endif
