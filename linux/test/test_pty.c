/* SPDX-License-Identifier: ISC */
// FLAGS: -no-pie -fno-pie -Wl,--unresolved-symbols=ignore-all
/* A master whose copies to and from programs sleep: others read, write and flush meanwhile. What these paths do not call is
 * not there. */

#include "linux/tty/pty.c" /* its files' operations are static */
#include "test/tap.h"

static struct pty *pty;
static struct file file = {.flags = O_NONBLOCK};
static void (*asleep)(void); /* what others do while the next copy sleeps */
static unsigned char got[2 * RING];
static size_t got_count, taken, room_for;

static void sleep_once(void)
{
	void (*fn)(void) = asleep;

	asleep = NULL;
	if (fn != NULL)
		fn();
}

ssize_t uio_put(struct uio *u, const void *src, size_t n)
{
	sleep_once();
	memcpy(got + got_count, src, n);
	got_count += n;
	u->left -= n;
	return (ssize_t)n;
}

ssize_t uio_get(struct uio *u, void *dst, size_t n)
{
	sleep_once();
	memset(dst, (int)(uintptr_t)u->vec, n);
	u->left -= n;
	return (ssize_t)n;
}

size_t tty_input(struct tty *t UNUSED, const char *buf, size_t n)
{
	n = MIN(n, room_for);
	memcpy(got + taken, buf, n);
	taken += n;
	room_for -= n;
	return n;
}

void tty_output_ready(struct tty *t UNUSED)
{
}

void wait_wake(struct wait_queue *q UNUSED, unsigned n UNUSED, unsigned events UNUSED)
{
}

static ssize_t read_some(size_t n)
{
	struct uio u = {.left = n};

	return master_read(&file, &u, NULL);
}

static ssize_t write_some(char c, size_t n)
{
	struct uio u = {.left = n, .vec = (const struct uvec *)(uintptr_t)c};

	return master_write(&file, &u, NULL);
}

static void other_reads(void)
{
	read_some(100);
}

static void other_flushes(void)
{
	flush(&pty->tty);
}

static ssize_t other_wrote;

static void other_writes(void)
{
	other_wrote = write_some('b', 10);
}

static void put_out(unsigned n)
{
	static unsigned char next;

	for (unsigned i = 0; i < n; i++, next++)
		write(&pty->tty, (char *)&next, 1);
}

static bool each_once(size_t n)
{
	unsigned seen[256] = {0};

	for (size_t i = 0; i < n; i++)
		if (++seen[got[i]] > (n + 255) / 256)
			return false;
	return got_count == n;
}

int main(void)
{
	static struct pty memory;

	file.priv = pty = &memory;
	pty->master = true;

	put_out(256);
	asleep = other_reads;
	read_some(200);
	tap_ok(got_count == 256 && each_once(256), "two readers get each byte once (%zu)", got_count);
	tap_ok(room(&pty->tty) == RING && read_some(1) == -EAGAIN, "and then the ring is empty");

	got_count = 0;
	put_out(256);
	asleep = other_flushes;
	read_some(10);
	tap_ok(room(&pty->tty) == RING && read_some(1) == -EAGAIN, "flushed while a reader's copy sleeps: empty");

	got_count = 0;
	put_out(RING);
	tap_ok(read_some(2 * RING) == RING && each_once(RING), "a full ring");

	memset(got, 0, sizeof got);
	asleep = other_writes;
	tap_ok(write_some('a', 20) == -EAGAIN && other_wrote == 10, "a writer comes second when its copy slept longer");
	room_for = HELD;
	pull(&pty->tty);
	tap_ok(taken == 10 && got[0] == 'b' && got[9] == 'b', "what the first wrote is there");
	tap_ok(write_some('a', 20) == 20 && taken == 30 && got[10] == 'a', "then the second's");
	return tap_end();
}
