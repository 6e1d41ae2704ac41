/* SPDX-License-Identifier: ISC */
/*
 * Four threads change mappings at random, each its own and one window that all share, and check every byte that they
 * wrote. A model of 64 pages a thread says what must be there.
 */
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include "test/tap.h"

#define PAGE    4096ul
#define PAGES   64u
#define THREADS 4
#define ROUNDS  1500
#define RW      (PROT_READ | PROT_WRITE)
#define ANON    (MAP_PRIVATE | MAP_ANONYMOUS)

struct worker {
	pthread_t thread;
	uint64_t seed;
	char *base;
	struct {
		bool mapped, writable;
		unsigned char value;
	} page[PAGES];
	unsigned wrong;
};

static pthread_barrier_t all_here;
static char *window; /* shared by all: each writes only bytes of its own */

static unsigned rnd(struct worker *w, unsigned below)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(w->seed >> 33) % below;
}

static void check(struct worker *w, unsigned i)
{
	if (w->page[i].mapped && (unsigned char)w->base[i * PAGE + 123] != w->page[i].value)
		w->wrong++;
}

static void map(struct worker *w, unsigned i, unsigned n)
{
	if (mmap(w->base + i * PAGE, n * PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED)
		w->wrong++;
	for (; n > 0; n--, i++) {
		w->page[i].mapped = w->page[i].writable = true;
		w->page[i].value = 0;
	}
}

static void protect(struct worker *w, unsigned i, bool writable)
{
	if (!w->page[i].mapped)
		return;
	if (mprotect(w->base + i * PAGE, PAGE, writable ? RW : PROT_READ) != 0)
		w->wrong++;
	w->page[i].writable = writable;
}

/* Moves a page away and back again to another place of the thread's. */
static void move(struct worker *w, unsigned from, unsigned to)
{
	char *p;

	if (!w->page[from].mapped || from == to)
		return;
	p = mremap(w->base + from * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, w->base + to * PAGE);
	if (p == MAP_FAILED)
		w->wrong++;
	w->page[to] = w->page[from];
	w->page[from].mapped = false;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned me = (unsigned)(w->seed % THREADS);

	pthread_barrier_wait(&all_here); /* nobody else maps memory from now on: holes stay holes */
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned i = rnd(w, PAGES), n = 1 + rnd(w, PAGES - i < 8 ? PAGES - i : 8);

		switch (rnd(w, 8)) {
		case 0: map(w, i, n); break;
		case 1:
			munmap(w->base + i * PAGE, PAGE);
			w->page[i].mapped = false;
			break;
		case 2: protect(w, i, rnd(w, 2)); break;
		case 3: move(w, i, rnd(w, PAGES)); break;
		case 4:
			if (w->page[i].mapped && madvise(w->base + i * PAGE, PAGE, MADV_DONTNEED) == 0)
				w->page[i].value = 0;
			break;
		default:
			if (w->page[i].mapped && w->page[i].writable)
				w->base[i * PAGE + 123] = (char)(w->page[i].value = (unsigned char)rnd(w, 256));
		}
		check(w, rnd(w, PAGES));
		window[rnd(w, 512) * PAGE + me] = (char)(me + 1);
	}
	for (unsigned i = 0; i < PAGES; i++)
		check(w, i);
	return NULL;
}

int main(void)
{
	static struct worker workers[THREADS];
	unsigned foreign = 0;

	pthread_barrier_init(&all_here, NULL, THREADS);
	window = mmap(NULL, 512 * PAGE, RW, ANON, -1, 0);
	for (unsigned t = 0; t < THREADS; t++) {
		workers[t].seed = t;
		workers[t].base = mmap(NULL, PAGES * PAGE, PROT_NONE, ANON, -1, 0);
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]) != 0)
			return 1;
	}
	for (unsigned t = 0; t < THREADS; t++) {
		pthread_join(workers[t].thread, NULL);
		tap_ok(workers[t].wrong == 0, "thread %u: %u wrong", t, workers[t].wrong);
	}
	for (unsigned i = 0; i < 512; i++)
		for (unsigned t = 0; t < THREADS; t++)
			foreign += window[i * PAGE + t] != 0 && window[i * PAGE + t] != (char)(t + 1);
	tap_ok(foreign == 0, "the shared window holds what each wrote");
	return tap_end();
}
