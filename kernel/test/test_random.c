/* SPDX-License-Identifier: ISC */
// USES: kernel/random.c
/* The generator: the stream does not depend on the sizes of the requests, and goes on over the pool's end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/random.h"
#include "platform/platform.h"
#include "test/tap.h"

#define BYTES 4096u

static unsigned asked;

void platform_entropy(void *buf, size_t n)
{
	memset(buf, (int)++asked, n);
}

/* The generator's state is of the process: each stream is made by a child of its own. */
static void stream(uint8_t *to, size_t chunk)
{
	int fd[2];

	if (pipe(fd) != 0)
		abort();
	if (fork() == 0) {
		for (size_t at = 0; at < BYTES; at += chunk)
			random_bytes(to + at, chunk < BYTES - at ? chunk : BYTES - at);
		_exit(write(fd[1], to, BYTES) == BYTES ? 0 : 1);
	}
	close(fd[1]);
	for (size_t at = 0; at < BYTES;) {
		ssize_t n = read(fd[0], to + at, BYTES - at);

		if (n <= 0)
			abort();
		at += (size_t)n;
	}
	close(fd[0]);
}

int main(void)
{
	static const size_t chunks[] = {1, 7, 16, 32, 95, 96, 97, 128, 1000};
	static uint8_t want[BYTES], got[BYTES];
	unsigned seen[256] = {0}, most = 0;

	stream(want, BYTES);
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		memset(got, 0, sizeof got);
		stream(got, chunks[i]);
		tap_ok(memcmp(got, want, BYTES) == 0, "requests of %zu bytes give the same stream", chunks[i]);
	}
	for (size_t i = 0; i < BYTES; i++)
		most = ++seen[want[i]] > most ? seen[want[i]] : most;
	tap_ok(most < 60, "no byte is much more frequent than others (%u of 16 expected)", most);
	for (size_t at = 16; at < BYTES; at += 16)
		if (memcmp(want, want + at, 16) == 0)
			most = BYTES;
	tap_ok(most < BYTES, "the first words do not come again");
	random_bytes(got, 1);
	tap_ok(asked == 1, "entropy is asked for at the first request");
	return tap_end();
}
