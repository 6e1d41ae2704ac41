/* SPDX-License-Identifier: ISC */
/*
 * Console output is handed on; of a reader that is gone a frame tells. Input is a ring that the platform fills when asked; what
 * does not fit stays with the platform. Frames (abi/console.h) are taken apart here: signals and window sizes leave at once,
 * though a full ring holds them up.
 */
#include "kernel/console.h"

#include "abi/boot.h"
#include "abi/console.h"
#include "abi/errno.h"
#include "kernel/init.h"
#include "kernel/personality.h"
#include "lib/string.h"
#include "platform/platform.h"

#define RING  1024u /* a power of two */
#define TRIES 256u

struct wait_queue console_wait = WAIT_QUEUE_INIT(console_wait);
void (*console_resized)(unsigned rows, unsigned columns);

static char ring[RING];
static unsigned head, whole, tail; /* free-running; head - tail bytes are there, whole - tail can be read */
static bool ended, asked;
static unsigned gone; /* bits 1 << enum platform_stream */

/* Framed input. */
static bool started;
static uint8_t frame; /* what the next byte belongs to: 0, CONSOLE_ESC, CONSOLE_SIGNAL, CONSOLE_SIZE */
static uint8_t size[CONSOLE_SIZE_BYTES], size_at;

static bool has(enum console_flags flag)
{
	return (platform_boot_info()->console_flags & flag) != 0;
}

/* Takes a byte that follows an escape: true when it is one for the reader. */
static bool unescape(uint8_t c)
{
	if (!started)
		started = c == CONSOLE_START;
	else if (c == CONSOLE_ESC)
		return !ended;
	else if (c == CONSOLE_END)
		ended = true;
	else if (c == CONSOLE_GONE || c == CONSOLE_GONE + 1)
		gone |= 1u << (c - CONSOLE_GONE + PLATFORM_OUT);
	else
		frame = c;
	return false;
}

/* True when the byte is one for the reader. */
static bool unframe(uint8_t c)
{
	uint8_t was = frame;

	if (was == 0 && c != CONSOLE_ESC)
		return started && !ended;
	frame = was == 0 ? CONSOLE_ESC : 0;
	if (was == CONSOLE_ESC)
		return unescape(c);
	if (was == CONSOLE_SIGNAL && c < 32 && (CONSOLE_SIGNALS >> c & 1) != 0)
		personality_host_signal(c);
	if (was == CONSOLE_SIZE) {
		size[size_at++ % CONSOLE_SIZE_BYTES] = c;
		if (size_at % CONSOLE_SIZE_BYTES != 0)
			frame = CONSOLE_SIZE;
		else if (console_resized != NULL)
			console_resized(size[0] | (unsigned)size[1] << 8, size[2] | (unsigned)size[3] << 8);
	}
	return false;
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
static void fill(void)
{
	uint32_t mode = platform_boot_info()->console_flags & (CONSOLE_FRAMED | CONSOLE_STDIN_TTY | CONSOLE_RAW);

	if (!asked) {
		asked = true;
		platform_console_events(true);
	}
	while (head - tail < RING) {
		size_t n = take(ring + head % RING, MIN(RING - (head - tail), RING - head % RING));

		if (n == PLATFORM_CONSOLE_END)
			ended = true;
		if (n == PLATFORM_CONSOLE_END || n == 0)
			break;
		for (; n > 0; n--)
			if (ring[head++ % RING] == '\n')
				whole = head;
	}
	if (mode != (CONSOLE_FRAMED | CONSOLE_STDIN_TTY) || ended || head - tail == RING)
		whole = head;
}

long console_write(enum platform_stream to, const char *buf, size_t n)
{
	return (gone >> to & 1) != 0 ? -EPIPE : platform_console_write(to, buf, n);
}

void console_put(enum platform_stream to, const char *buf, size_t n)
{
	for (unsigned tries = 0; n > 0 && tries < TRIES; tries++) {
		long done = console_write(to, buf, n);

		if (done < 0)
			return;
		if (done > 0)
			tries = 0;
		buf += done;
		n -= (size_t)done;
	}
}

size_t console_read(char *buf, size_t n)
{
	size_t done = 0;

	if (whole == tail)
		fill();
	while (done < n && whole != tail)
		buf[done++] = ring[tail++ % RING];
	return done;
}

bool console_readable(void)
{
	if (whole == tail)
		fill();
	return whole != tail;
}

bool console_eof(void)
{
	return ended && whole == tail;
}

void console_input(void)
{
	fill();
	if (whole != tail || ended)
		wait_wake_all(&console_wait, 0);
}

/* A signal must arrive while nobody reads. */
static void console_listen(void)
{
	if (has(CONSOLE_FRAMED))
		fill();
}
INIT(INIT_LATE, console_listen);
