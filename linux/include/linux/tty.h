/* SPDX-License-Identifier: ISC */
/*
 * Terminals. A struct tty is a line discipline between a driver (the console, a pseudo terminal's master) and the files
 * that are opened on it: bytes from the driver go in by tty_input, become lines or not (termios(3)), and are echoed;
 * what is written goes through output processing to the driver. It is the controlling terminal of the session whose
 * number it has. Kernel lock.
 */
#ifndef LINUX_TTY_H
#define LINUX_TTY_H

#include <asm/termbits.h>
#include <asm/termios.h>

#include "fs/file.h"

#define TTY_INPUT 4096u /* a power of two; a line has at most one byte less */
#define TTY_ECHO  512u /* echo that waits for room */

/* What a terminal begins with, in struct termios and struct termios2: ^C ^\ DEL ^U ^D, ^Q ^S ^Z, ^R ^O ^W ^V. */
#define TERMIOS_USUAL                                                                                                  \
	.c_iflag = ICRNL | IXON, .c_oflag = OPOST | ONLCR, .c_cflag = B38400 | CS8 | CREAD,                            \
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,                                   \
	.c_cc = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0}

struct process;
struct tty;

struct tty_ops {
	size_t (*room)(struct tty *t); /* bytes that write takes now */
	void (*write)(struct tty *t, const char *buf, size_t n); /* n <= room */
	void (*pull)(struct tty *t); /* there is room for input again */
	void (*flush)(struct tty *t); /* output that nobody has read yet is not wanted any more; NULL: there is none */
	unsigned (*waiting)(struct tty *t); /* bytes of such output; NULL: none */
	void (*closed)(struct tty *t); /* its last file went; NULL: nobody cares */
};

struct tty {
	const struct tty_ops *ops;
	struct list link;
	unsigned files;
	bool hung_up; /* for good: reads are at the end, all else is -EIO */
	bool stopped; /* output, by ^S or TCOOFF */
	bool boot; /* its session is that of the configuration's programs, which outlives its leader */
	struct termios2 set;
	struct winsize size;
	int sid, pgrp; /* session and foreground process group; 0: none */
	struct wait_queue wait; /* readers and writers */
	/* Input: [tail, line) can be read in canonical mode, [line, head) is the line that is edited. Free-running. */
	unsigned head, line, tail;
	bool literal; /* the next byte is no special one */
	bool erasing; /* ECHOPRT: within \.../ */
	unsigned column, line_column; /* of the cursor; of the edited line's start */
	unsigned echoed; /* bytes in echo */
	char input[TTY_INPUT];
	uint8_t ends[TTY_INPUT / 8]; /* bytes that end a line; a NUL is an end of file */
	char echo[TTY_ECHO];
};

#pragma GCC visibility push(default)
/* In zeroed memory: usual settings, in the list of all. */
void tty_init(struct tty *t, const struct tty_ops *ops);
void tty_remove(struct tty *t); /* out of the list; no file refers to it any more */
/* Makes *f a file of t: the rest of an open. It becomes the controlling terminal of a session leader that has none,
 * unless `noctty` or the file has O_NOCTTY. 0 or -EIO. */
int tty_open(struct tty *t, struct file *f, bool noctty) MUST_CHECK;
/* Bytes from the driver: how many were taken; less than n when there is no room. */
size_t tty_input(struct tty *t, const char *buf, size_t n);
bool tty_input_room(const struct tty *t);
void tty_flush_input(struct tty *t);
/* The driver has room for output again. */
void tty_output_ready(struct tty *t);
void tty_hang_up(struct tty *t);
void tty_resize(struct tty *t, const struct winsize *size); /* with SIGWINCH when it is another one */
/* ioctls that terminals and masters share; -ENOTTY: none of these. slave: not called for a master. */
long tty_ioctl(struct tty *t, unsigned cmd, uintptr_t arg, bool slave);
/* The current process's controlling terminal or NULL. */
struct tty *tty_controlling(void);
void tty_signal(const struct tty *t, int sig); /* to the foreground group */
#pragma GCC visibility pop

/* Within the line discipline. */
void tty_echo_flush(struct tty *t);
unsigned tty_output_byte(struct tty *t, char c, char *out); /* bytes put into out, TTY_EXPANSION at most */
#define TTY_EXPANSION 8u
unsigned tty_expansion(const struct tty *t); /* bytes that one may become, now */
void tty_set(struct tty *t, const struct termios2 *set);
void tty_start(struct tty *t);
void tty_stop(struct tty *t);
bool tty_readable(const struct tty *t); /* by a read that does not wait for VMIN bytes */
/* What a background process may do: 0, -EIO, or -ERESTARTSYS and the signal sent. */
int tty_job_check(struct tty *t, int sig) MUST_CHECK;
void tty_acquire(struct tty *t, struct process *leader);
long tty_job_ioctl(struct tty *t, unsigned cmd, uintptr_t arg, bool slave); /* -ENOTTY: not one of job control */

#endif
