/* SPDX-License-Identifier: ISC */
/*
 * Console input: a ring that the platform fills when asked; what does not fit stays with the platform. Framed input
 * (abi/console.h) is taken apart here: signals and window sizes leave at once, though a full ring holds them up.
 */
#include "kernel/console.h"

#include <asm/signal.h>

#include "abi/boot.h"
#include "abi/console.h"
#include "kernel/init.h"
#include "kernel/personality.h"
#include "lib/string.h"
#include "platform/platform.h"

#define RING 1024u /* a power of two */
#define LINE 256u

struct wait_queue console_wait = WAIT_QUEUE_INIT(console_wait);
void (*console_resized)(unsigned rows, unsigned columns);

static char ring[RING];
static unsigned head, tail; /* free-running; head - tail bytes are there */
static bool ended, asked;

/* Framed input. */
static bool started, escaped, signal_next;
static uint8_t size[CONSOLE_SIZE_BYTES];
static unsigned size_left;

static bool has(enum console_flags flag)
{
	return (platform_boot_info()->console_flags & flag) != 0;
}

/* Takes a byte that follows an escape: true when it is one for the reader. */
static bool unescape(uint8_t c)
{
	if (!started) {
		started = c == CONSOLE_START;
		return false;
	}
	switch (c) {
	case CONSOLE_ESC: return !ended;
	case CONSOLE_END: ended = true; break;
	case CONSOLE_INT: personality_host_signal(SIGINT); break;
	case CONSOLE_TERM: personality_host_signal(SIGTERM); break;
	case CONSOLE_HUP: personality_host_signal(SIGHUP); break;
	case CONSOLE_SIGNAL: signal_next = true; break;
	case CONSOLE_SIZE: size_left = CONSOLE_SIZE_BYTES; break;
	}
	return false;
}

/* True when the byte is one for the reader. */
static bool unframe(uint8_t c)
{
	if (size_left > 0) {
		size[CONSOLE_SIZE_BYTES - size_left--] = c;
		if (size_left == 0 && console_resized != NULL)
			console_resized(size[0] | (unsigned)size[1] << 8, size[2] | (unsigned)size[3] << 8);
		return false;
	}
	if (signal_next) {
		signal_next = false;
		if (c < 32 && (CONSOLE_SIGNALS >> c & 1) != 0)
			personality_host_signal(c);
		return false;
	}
	if (escaped) {
		escaped = false;
		return unescape(c);
	}
	escaped = c == CONSOLE_ESC;
	return started && !escaped && !ended;
}

/* As platform_console_read, without the frames. 0: none now. */
static size_t take(char *buf, size_t n)
{
	for (;;) {
		size_t got = platform_console_read(buf, n), kept = 0;

		if (got == PLATFORM_CONSOLE_END || got == 0 || !has(CONSOLE_FRAMED))
			return got;
		for (size_t i = 0; i < got; i++)
			if (unframe((uint8_t)buf[i]))
				buf[kept++] = buf[i];
		if (kept > 0)
			return kept;
	}
}

/* A terminal that edits lines itself gives whole ones, but they come in pieces: held back until they are whole. */
static size_t take_line(char *buf, size_t n)
{
	static char line[LINE];
	static size_t have, given;

	while (given == 0 && have < LINE && (have == 0 || line[have - 1] != '\n') && take(&line[have], 1) == 1)
		have++;
	if (have == 0 || (line[have - 1] != '\n' && have < LINE && !ended))
		return 0;
	n = MIN(n, have - given);
	memcpy(buf, line + given, n);
	given += n;
	if (given == have)
		have = given = 0;
	return n;
}

static void fill(void)
{
	bool lines = has(CONSOLE_FRAMED) && has(CONSOLE_STDIN_TTY) && !has(CONSOLE_RAW);

	if (!asked) {
		asked = true;
		platform_console_events(true);
	}
	while (head - tail < RING) {
		unsigned room = MIN(RING - (head - tail), RING - head % RING);
		size_t n = lines ? take_line(ring + head % RING, room) : take(ring + head % RING, room);

		if (n == PLATFORM_CONSOLE_END)
			ended = true;
		if (n == PLATFORM_CONSOLE_END || n == 0)
			break;
		head += (unsigned)n;
	}
}

size_t console_read(char *buf, size_t n)
{
	size_t done = 0;

	if (head == tail)
		fill();
	while (done < n && head != tail)
		buf[done++] = ring[tail++ % RING];
	return done;
}

bool console_readable(void)
{
	if (head == tail)
		fill();
	return head != tail;
}

bool console_eof(void)
{
	return ended && head == tail;
}

void console_input(void)
{
	fill();
	if (head != tail || ended)
		wait_wake_all(&console_wait, 0);
}

/* A signal must arrive while nobody reads. */
static void console_listen(void)
{
	if (has(CONSOLE_FRAMED))
		fill();
}
INIT(INIT_LATE, console_listen);
