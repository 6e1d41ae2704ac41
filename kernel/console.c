/* SPDX-License-Identifier: ISC */
/* Console input: a ring that the platform fills when asked; what does not fit stays with the platform. */
#include "kernel/console.h"

#include "platform/platform.h"

#define RING 1024u /* a power of two */

struct wait_queue console_wait = WAIT_QUEUE_INIT(console_wait);

static char ring[RING];
static unsigned head, tail; /* free-running; head - tail bytes are there */
static bool ended, asked;

static void fill(void)
{
	if (!asked) {
		asked = true;
		platform_console_events(true);
	}
	while (!ended && head - tail < RING) {
		unsigned room = MIN(RING - (head - tail), RING - head % RING);
		size_t n = platform_console_read(ring + head % RING, room);

		if (n == PLATFORM_CONSOLE_END)
			ended = true;
		else if (n == 0)
			break;
		else
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
