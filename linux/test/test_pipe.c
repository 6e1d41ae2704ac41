/* SPDX-License-Identifier: ISC */
// FLAGS: -no-pie -fno-pie -Wl,--unresolved-symbols=ignore-all
/* A pipe whose copies to and from programs must wait for memory: others read, write and change its size meanwhile. What these
 * paths do not call is not there. */
#include "linux/pipe.c" /* its operations are static */
#include "test/tap.h"

void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);

static struct pipe *pipe;
static struct file reader = {.flags = O_RDONLY | O_NONBLOCK}, writer = {.flags = O_WRONLY | O_NONBLOCK};
static void (*asleep)(void); /* what others do while the next copy waits */
static unsigned char got[1 << 18];
static size_t got_count;
static ssize_t other;

void *kmalloc(size_t n)
{
	return malloc(n);
}

void *kzalloc(size_t n)
{
	return calloc(1, n);
}

void kfree(void *p)
{
	free(p);
}

void wait_wake(struct wait_queue *q UNUSED, unsigned n UNUSED, unsigned events UNUSED)
{
}

static void sleep_once(void)
{
	void (*fn)(void) = asleep;

	asleep = NULL;
	if (fn != NULL)
		fn();
}

int uio_touch(const struct uio *u UNUSED, size_t n UNUSED, bool put UNUSED)
{
	sleep_once();
	return 0;
}

ssize_t uio_put_now(struct uio *u, const void *src, size_t n)
{
	memcpy(got + got_count, src, n);
	got_count += n;
	u->left -= n;
	return (ssize_t)n;
}

ssize_t uio_get_now(struct uio *u, void *dst, size_t n)
{
	memset(dst, (int)(uintptr_t)u->vec, n);
	u->left -= n;
	return (ssize_t)n;
}

/* Those that may sleep in the middle. */
ssize_t uio_put(struct uio *u, const void *src, size_t n)
{
	sleep_once();
	return uio_put_now(u, src, n);
}

ssize_t uio_get(struct uio *u, void *dst, size_t n)
{
	sleep_once();
	return uio_get_now(u, dst, n);
}

static ssize_t read_some(size_t n)
{
	struct uio u = {.left = n};

	return pipe_read(&reader, &u, NULL);
}

static ssize_t write_some(char c, size_t n)
{
	struct uio u = {.left = n, .vec = (const struct uvec *)(uintptr_t)c};

	return pipe_write(&writer, &u, NULL);
}

static void other_reads_all(void)
{
	other = read_some(sizeof got);
}

static void other_grows(void)
{
	other = write_some('b', 3 * PIPE_FIRST);
}

static void other_fills(void)
{
	other = write_some('b', pipe->capacity - taken(pipe) - 10);
}

int main(void)
{
	if (pipe_attach(&reader, &pipe) != 0 || pipe_attach(&writer, &pipe) != 0)
		return 1;
	write_some('a', 100);
	asleep = other_reads_all;
	tap_ok(read_some(50) == -EAGAIN && other == 100 && pipe->used == 0,
	       "another reader is quicker: there is nothing left");
	write_some('a', 100);
	asleep = other_grows;
	tap_ok(read_some(50) == 50 && other == 3 * PIPE_FIRST && pipe->used == 50 + 3 * PIPE_FIRST,
	       "a writer makes it larger while a reader's memory is made");
	other_reads_all();
	asleep = other_grows;
	tap_ok(write_some('a', 100) == 100 && other == 3 * PIPE_FIRST && pipe->used == 100 + 3 * PIPE_FIRST,
	       "or a writer's");
	other_reads_all();
	asleep = other_fills;
	tap_ok(write_some('a', 100) == -EAGAIN && pipe->capacity - taken(pipe) == 10,
	       "or fills it: a short write is whole or not");
	pipe_release(&reader);
	pipe_release(&writer);
	return tap_end();
}
